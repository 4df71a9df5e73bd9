"""The page of a receipt: what was received, when, and where it is now; needs no database."""

import segno
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from continuity.queries import kept_copy, receipt_state
from events.event import identifier_of
from events.number import identifier_from, number_of
from events.receipt_state import State, Told
from pharmacovigilance.domain.events import CATEGORY

SAFE = frozenset({State.RECORDED, State.REPLICATED, State.JOINED})


@require_safe
def received(request: HttpRequest, identifier: str) -> HttpResponse:
    """Show a receipt to whoever holds its address: no patient and no medicine is in it."""
    told = _told(identifier)
    context = {
        "told": told,
        "number": _number(told),
        "safe": told.state in SAFE,
        "declared": told.stream is None or told.stream.startswith(f"{CATEGORY}-"),
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


def _drawn(receipt: str) -> str:
    """Return the receipt as a drawing that a camera reads, for an image's address."""
    return segno.make(receipt, error="m", micro=False).svg_data_uri(scale=3, border=4)
