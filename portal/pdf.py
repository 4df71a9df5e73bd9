"""A PDF as an answer."""

from django.http import HttpResponse


def as_answer(made: bytes, name: str, *, attached: bool = False) -> HttpResponse:
    """Return a file to read in the browser, or to keep where it is `attached`; `name` without its ending."""
    answer = HttpResponse(made, content_type="application/pdf")
    shown = "attachment" if attached else "inline"
    answer["Content-Disposition"] = f'{shown}; filename="{name}.pdf"'
    return answer
