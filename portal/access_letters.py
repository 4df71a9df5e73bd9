"""The letters of compassionate access as files, and the page on which anybody checks a number."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.door import Quota, TooManyError
from compassionate import documents, notifying
from compassionate.domain.authorisation_events import (
    AuthorisationAbrogated,
    AuthorisationSuspended,
    AuthorisationWithdrawn,
    CessationSet,
    SuspensionLifted,
)
from compassionate.domain.request_events import (
    InformationAsked,
    RequestGranted,
    RequestReceived,
    RequestRefused,
    SilenceEstablished,
)
from compassionate.domain.vocabulary import AuthorisationState
from compassionate.queries import RequestShown
from compassionate.streams import authorisation_facts
from events.days import day_of
from events.event import Recorded
from events.number import number_of
from portal.access_outage import needs_log
from portal.addresses import identifier
from portal.pdf import as_answer

TRIES_AN_HOUR = 60
tries = Quota(lambda: TRIES_AN_HOUR)
"""How often one address may try a code: forty bits are enough only where tries are counted."""
LABELS: dict[str, Promise] = {
    RequestReceived.TYPE: _("Accusé de réception de la demande"),
    InformationAsked.TYPE: _("Demande d’information de l’agence"),
    RequestGranted.TYPE: _("Autorisation d’accès compassionnel"),
    RequestRefused.TYPE: _("Décision de refus"),
    SilenceEstablished.TYPE: _("Attestation de décision implicite"),
    AuthorisationSuspended.TYPE: _("Décision de suspension"),
    SuspensionLifted.TYPE: _("Fin de la suspension"),
    AuthorisationWithdrawn.TYPE: _("Décision de retrait"),
    AuthorisationAbrogated.TYPE: _("Décision d’abrogation"),
    CessationSet.TYPE: _("Arrêt après l’AMM"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One letter, to be opened; one that `waits` leaves only once its `signatory` has signed it."""

    label: str
    url: str
    version: int
    waits: bool
    signatory: str | None


def letters_of_request(shown: RequestShown) -> Sequence[Link]:
    """Return the letters of a request, for whoever may read what it says."""
    return [
        _link(one, reverse("portal:access_letter", args=[shown.number, one.version]))
        for one in documents.posted(shown.events)
    ]


def letters_of_authorisation(number: str, past: Sequence[Recorded]) -> Sequence[Link]:
    """Return the letters of an authorisation beside that of its request."""
    return [
        _link(one, reverse("portal:access_authorisation_letter", args=[number, one.version]))
        for one in documents.posted(past)
    ]


def sent(letters: Sequence[Link]) -> Sequence[Link]:
    """Return the letters that have left: none that waits to be signed."""
    return [one for one in letters if not one.waits]


def _link(one: documents.Posted, url: str) -> Link:
    return Link(
        label=str(LABELS[one.type]),
        url=url,
        version=one.version,
        waits=one.waits,
        signatory=one.signatory,
    )


@require_safe
@needs_log
@never_cache
@login_required
def of_request(request: HttpRequest, number: str, version: int) -> HttpResponse:
    """Give one letter of a request; a decision that its addressee opens is notified to her."""
    known = identifier(number)
    made = documents.request_letter(request.user, known, version)
    # What else stands in the file tells nothing of the decision (CRPA L221-8).
    if request.method == "GET" and documents.decides(known, version):
        _notified(request, known)
    return as_answer(made, f"{number_of(known)}-{version}")


@require_safe
@needs_log
@never_cache
@login_required
def of_authorisation(request: HttpRequest, number: str, version: int) -> HttpResponse:
    """Give one letter of an authorisation."""
    return as_answer(
        documents.authorisation_letter(request.user, number, version), f"{number}-{version}"
    )


@require_safe
@needs_log
@never_cache
def check(request: HttpRequest, number: str) -> HttpResponse:
    """Say to anybody who holds a letter whether its number and code are genuine, and its state today."""
    code = request.GET.get("code", "").strip()
    context: dict[str, object] = {"number": number, "code": code}
    if not code:
        return render(request, "portal/access/check.html", context)
    try:
        tries.take(request.META.get("REMOTE_ADDR", ""), f"{number}/{code}")
    except TooManyError as refusal:
        context["wait"] = -(-refusal.wait // 60)
        status = HTTPStatus.TOO_MANY_REQUESTS
        return render(request, "portal/access/check.html", context, status=status)
    context["genuine"] = documents.is_genuine(number, code)
    if context["genuine"]:
        facts = authorisation_facts(number)
        today = day_of(timezone.now())  # noqa: TID251  an edge of the house: the day asked about
        state = facts.state_on(today)
        context |= {
            "facts": facts,
            "day": today,
            "state": state,
            "in_force": facts.in_force(today),
            "is_suspended": state is AuthorisationState.SUSPENDED,
        }
    return render(request, "portal/access/check.html", context)


def _notified(request: HttpRequest, request_id: UUID) -> None:
    """Note the first reading by an addressee, if there is a decision to read."""
    notifying.note_first_reading(request.user, request_id, timezone.now())  # noqa: TID251  an edge
