"""The reason asked before a file is read for an audit, and the list of what was read."""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts import access, readings as recorded
from accounts.domain.reading_words import LABELS, Ground, Opened, Place
from accounts.models import ReadingRow
from accounts.people import names_of
from accounts.reading_queries import readings as read_before
from compassionate.domain.request_events import CATEGORY as REQUESTS
from events.errors import EventError
from events.event import identifier_of, stream_name
from events.handle import history
from events.number import NotANumber, number_of, parse
from pharmacovigilance.domain.events import CATEGORY as DECLARATIONS
from portal.addresses import readable_cursor
from portal.forms import NOT_REFUSED, Refusal, form_key, refusal, typed
from portal.kept import keeps_text
from portal.outage import reads
from portal.problems import in_readers_language

PAGES = {REQUESTS: "backoffice:access_request", DECLARATIONS: "backoffice:case"}
"""The page of a file, by the category of its stream."""
TEXTS = {"reference": gettext_lazy("Référence")}


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file: its stream, the number that people read, its page."""

    stream: str
    number: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One reading in words; `file` is None where its page is not known here."""

    row: ReadingRow
    reader: str
    opened: str
    ground: str
    place: str
    file: File | None


@require_safe
@reads
@login_required
def readings(request: HttpRequest) -> HttpResponse:
    """List who read what, when and why, the last first; `?numero=` names one file, to be opened too."""
    number = request.GET.get("numero", "").strip()
    files = _files_of(number) if number else None
    with readable_cursor():
        page = read_before(
            request.user,
            files=None if files is None else [file.stream for file in files],
            cursor=request.GET.get("suite") or None,
        )
    names = names_of({row.reader for row in page.rows})
    context = {
        "lines": [_line(row, names.get(row.reader, "")) for row in page.rows],
        "cursor": page.next_cursor,
        "number": number,
        "files": files or (),
        "error": _("Ce n’est pas le numéro d’un dossier : vérifiez-le.") if files == [] else "",
    }
    return render(request, "backoffice/readings.html", context)


def _shown(
    request: HttpRequest, notice: str = "", *, file: str, refused: Refusal = NOT_REFUSED
) -> HttpResponse:
    """Show the form by which a reason is given, with what was posted."""
    if not access.may_audit(request.user):
        raise PermissionDenied
    context = {
        "file": _file(file),
        "grounds": [(one.value, in_readers_language(LABELS[one])) for one in Ground],
        "ground": request.POST.get("ground", ""),
        "text": typed(request, "reference"),
        "to": request.POST.get("vers") or request.GET.get("vers", ""),
        "key": form_key(request),
        "errors": refused.sentences,
        "notice": notice,
    }
    return render(request, "backoffice/reading_reason.html", context, status=refused.status)


@keeps_text(_shown, TEXTS)
@require_http_methods(["GET", "HEAD", "POST"])
def reason(request: HttpRequest, file: str) -> HttpResponse:
    """Say why a file is read, once a day; then go to where the reader came from."""
    if request.method != "POST":
        return _shown(request, file=file)
    if not access.may_audit(request.user):
        raise PermissionDenied
    found = _file(file)
    try:
        recorded.give_reason(
            request.user,
            file,
            _ground(request.POST.get("ground", "")),
            typed(request, "reference"),
            idempotency_key=str(form_key(request)),
        )
    except EventError as error:
        return _shown(request, file=file, refused=refusal(error))
    to = request.POST.get("vers", "")
    return redirect(to if url_has_allowed_host_and_scheme(to, None) else found.url)


def _ground(value: str) -> Ground | None:
    return Ground(value) if value in set(Ground) else None


def _file(stream: str) -> File:
    """Return a file that there is. Raises Http404."""
    found = _named(stream)
    if found is None or not history(stream):
        raise Http404
    return found


def _named(stream: str) -> File | None:
    page = PAGES.get(stream.partition("-")[0])
    try:
        number = number_of(identifier_of(stream))
    except ValueError:
        return None
    return File(stream=stream, number=number, url=reverse(page, args=[number])) if page else None


def _files_of(number: str) -> list[File]:
    """Return the files that a number names: a request and a declaration are numbered alike."""
    try:
        identifier = parse(number)
    except NotANumber:
        return []
    named = [_named(stream_name(category, identifier)) for category in PAGES]
    return [file for file in named if file is not None and history(file.stream)]


def _line(row: ReadingRow, reader: str) -> Line:
    return Line(
        row=row,
        reader=reader,
        opened=in_readers_language(LABELS[Opened(row.opened)]),
        ground=in_readers_language(LABELS[Ground(row.ground)]),
        place=in_readers_language(LABELS[Place(row.place)]),
        file=_named(row.file),
    )
