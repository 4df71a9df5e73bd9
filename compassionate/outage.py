"""What an outage touched of compassionate access: what was received meanwhile, and what waited (§7)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

import msgspec
from django.db.models import Q

from compassionate.domain.legal_parameter import LegalParameter
from compassionate.domain.outage_terms import (
    Fold,
    cover_term,
    folded_in,
    given_of,
    holder_terms,
    terms_of,
)
from compassionate.domain.request_events import (
    EVENTS,
    DispensingDeclared,
    InformationAnswered,
    OralAgreementRecorded,
    OralRefusalRecorded,
    RequestReceiptJoined,
    RequestReceived,
)
from compassionate.domain.vocabulary import ENDED, Channel
from compassionate.models import AccessRequestRow, AuthorisationRow, HolderFileRow
from compassionate.streams import holder_facts, parameter_facts
from events import reading
from events.codec import catalogue
from events.days import day_of, morning_of
from events.errors import EventError
from events.event import DomainEvent, StoredEvent, identifier_of
from events.number import number_of
from events.projection import Seen, event_of, whole
from events.touched import Arrival, Case, Term, Touched, Window

KINDS = {
    RequestReceived.TYPE: "request",
    DispensingDeclared.TYPE: "dose",
    OralAgreementRecorded.TYPE: "oral_agreement",
    OralRefusalRecorded.TYPE: "oral_refusal",
    InformationAnswered.TYPE: "access_answer",
}
"""What comes in from outside; a refusal by telephone leaves nothing to decide."""
BY_TYPE = {event.TYPE: event for event in EVENTS}
VIEWS = {event.TYPE: whole(event) for event in EVENTS}
DAY = timedelta(days=1)
RAN = ("active", "suspended", "expired", "replaced")


class Cover(NamedTuple):
    """An authorisation whose last day passed in the window; `followed` if another has gone on from it."""

    number: str
    begins_on: date
    ends_on: date
    followed: bool


def touched_by(window: Window) -> Touched:
    """Return what was received in the window, and every request, term and authorisation it touched."""
    arrived = reading.received(list(KINDS), window)
    ended = _ended(window)
    streams = sorted(_streams(window) | {one.stream for one in arrived})
    cases, unreadable = _cases(streams, window, ended)
    renewed = {term.of for case in cases for term in case.terms}
    without = sum(not one.followed and one.number not in renewed for one in ended.values())
    return Touched(
        arrivals=[_arrival(one) for one in arrived],
        clocks=(),
        usual=reading.usual([RequestReceived.TYPE], window),
        recorded_since=reading.first_received(list(KINDS)),
        again=_again(window),
        cases=cases,
        apart=_apart(window),
        counts={"ended_without_renewal": without, "unreadable": unreadable},
    )


def _again(window: Window) -> dict[str, int]:
    return {"sent_again": len(reading.received([RequestReceiptJoined.TYPE], window))}


def _arrival(stored: StoredEvent) -> Arrival:
    said = msgspec.json.decode(stored.payload)
    return Arrival(
        reference=number_of(identifier_of(stored.stream)),
        kind=KINDS[stored.type],
        channel=_channel(stored.type, said),
        node=reading.issuer_of(stored),
        received_at=stored.received_at,
        recorded_at=stored.recorded_at,
    )


def _channel(type_name: str, said: Mapping[str, object]) -> str:
    """Return the way by which something came: what stood on a numbered sheet, by that."""
    if said.get("sheet_number"):
        return "sheet"
    if type_name in {OralAgreementRecorded.TYPE, OralRefusalRecorded.TYPE}:
        return Channel.PHONE.value
    return str(said.get("channel") or "electronic")


def _streams(window: Window) -> set[str]:
    """Return the streams of what had reached the agency by the end, and was not closed at the start."""
    reached = Q(received_at__lt=window.until) | Q(given_at__lt=window.until)
    # What was closed before says nothing more: all of it was recorded before.
    waited = ~Q(state__in=ENDED) | Q(last_event_at__gte=window.since)
    found = AccessRequestRow.objects.filter(reached & waited)
    return set(found.values_list("stream", flat=True))


def _cases(
    streams: Sequence[str], window: Window, ended: Mapping[str, Cover]
) -> tuple[list[Case], int]:
    """Return what waited in the window, and how many streams of it nobody can read."""
    settled = parameter_facts(LegalParameter.REGULARISATION_DAYS)
    found, unreadable = [], 0
    for stream, events in reading.told_by_stream(streams, list(VIEWS)):
        try:
            fold = folded_in(_events(events), window)
        except EventError:
            unreadable += 1
            continue
        if fold.waited_in(window):
            terms = terms_of(fold, window, settled)
            found.append(_case(stream, fold, terms, ended))
    return found, unreadable


def _events(past: Iterable[StoredEvent]) -> Iterator[DomainEvent]:
    """Yield the events without any key: personal fields stay ciphertext, the facts read none."""
    for one in past:
        view = catalogue.view(VIEWS[one.type], one.type, one.schema_version, one.payload.encode())
        seen = Seen(one.version, one.occurred_at, one.received_at, one.recorded_at, view)
        yield event_of(BY_TYPE[one.type], seen)


def _case(stream: str, fold: Fold, terms: tuple[Term, ...], ended: Mapping[str, Cover]) -> Case:
    cover = ended.get(fold.facts.renews or "")
    if cover is not None and fold.waited_at(morning_of(cover.ends_on + DAY)):
        terms = (*terms, cover_term(cover.number, cover.begins_on, cover.ends_on, fold.closed_at))
    return Case(
        reference=number_of(identifier_of(stream)),
        is_urgent=fold.is_urgent,
        begins_at=fold.begins_at,
        closed_at=fold.closed_at,
        state_at_start=fold.state_at_start,
        terms=terms,
        given=given_of(fold),
    )


def _ended(window: Window) -> dict[str, Cover]:
    """Return the authorisations whose last day passed in the window, nothing having replaced them before."""
    first, last = day_of(window.since), day_of(window.until)
    rows = AuthorisationRow.objects.filter(ends_on__range=(first - DAY, last), state__in=RAN)
    return {
        row.number: Cover(row.number, row.begins_on, row.ends_on, row.replaced_on is not None)
        for row in rows.order_by("number")
        if row.number and row.begins_on and row.ends_on
        and window.since < morning_of(row.ends_on + DAY) <= window.until
        and (row.replaced_on is None or row.replaced_on > row.ends_on)
        and (row.ceases_on is None or row.ceases_on >= row.ends_on)
    }  # fmt: skip


def _apart(window: Window) -> list[tuple[str, Term]]:
    """Return what rights holders owed in the window, by product and indication."""
    asked = (
        Q(granted_on__isnull=False)
        | Q(undertaking_due__isnull=False)
        | Q(undertaken_on__isnull=False)
    )
    rows = HolderFileRow.objects.filter(asked).order_by("product", "indication")
    return [
        (f"{row.product} / {row.indication}", term)
        for row in rows
        for term in holder_terms(holder_facts(row.product, row.indication))
        if _ran(term, window)
    ]


def _ran(term: Term, window: Window) -> bool:
    done: datetime = term.done_at or term.ends_at
    return term.begins_at < window.until and window.since < min(done, term.ends_at)
