"""The page of a receipt: what was received, when, and where it is now; needs no database."""

import segno
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from compassionate.domain.request import REQUEST
from continuity.queries import kept_copy, receipt_state
from events.event import identifier_of
from events.number import identifier_from, number_of
from events.receipt_state import State, Told
from portal.links import came_from, query_of

SAFE = frozenset({State.RECORDED, State.REPLICATED, State.JOINED})


@require_safe
def received(request: HttpRequest, identifier: str) -> HttpResponse:
    """Show a receipt to whoever holds its address: no patient and no medicine is in it."""
    told = _told(identifier)
    of_access, authorisation = _is_access(told), came_from(request)
    context = {
        "told": told,
        "number": _number(told),
        "safe": told.state in SAFE,
        "access": of_access,
        "authorisation": "" if of_access else authorisation,
        "query": "" if of_access else query_of(authorisation),
        "code": _drawn(told.receipt) if told.receipt else "",
    }
    return render(request, "portal/received.html", context)


@require_safe
def copy(request: HttpRequest, identifier: str) -> HttpResponse:
    """Give the sealed command back: whoever hands it in again loses nothing if this node is lost."""
    told = _told(identifier)
    kept = kept_copy(told.id)
    if kept is None:
        raise Http404
    answer = JsonResponse(kept)
    answer["Content-Disposition"] = f'attachment; filename="{told.id}.json"'
    return answer


def _told(identifier: str) -> Told:
    try:
        return receipt_state(identifier)
    except ValueError:
        raise Http404 from None


def _number(told: Told) -> str:
    """Return the number that people are told, "" where it can't be told from here."""
    if told.stream is not None:
        return number_of(identifier_of(told.stream))
    return number_of(identifier_from(told.number)) if told.number else ""


def _is_access(told: Told) -> bool:
    """Say whether it is of a request for compassionate access, as far as it can be told from here."""
    of_stream = told.stream is not None and told.stream.startswith(f"{REQUEST.category}-")
    return of_stream or (told.kind or "").startswith("compassionate.")


def _drawn(receipt: str) -> str:
    """Return the receipt as a drawing that a camera reads, for an image's address."""
    return segno.make(receipt, error="m", micro=False).svg_data_uri(scale=3, border=4)
