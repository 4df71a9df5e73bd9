"""Every event of compassionate access comes back from the log as it went in."""

from datetime import timedelta
from uuid import uuid4

import pytest

from compassionate.domain import (
    authorisation_events,
    criteria_events,
    delegation,
    follow_up_events,
    holder_events,
    legal_parameter,
    letter_signing,
    request_events,
)
from compassionate.domain.authorisation import AUTHORISATION
from compassionate.domain.criteria_sheet import CRITERIA
from compassionate.domain.delegation import DELEGATION, EndDelegation, RecordDelegation
from compassionate.domain.follow_up import FOLLOW_UP
from compassionate.domain.holder_file import HOLDER_FILE, RecordAnswer
from compassionate.domain.legal_parameter import LEGAL_PARAMETER, SetParameter
from compassionate.domain.letter_signing import LETTER_SIGNING, SignLetter
from compassionate.domain.request import REQUEST
from compassionate.domain.vocabulary import (
    AskedOfHolder,
    AuthorisationState,
    RequestState as State,
    Scheduled,
)
from events.codec import catalogue
from events.described import described
from events.event import DomainEvent, StoredEvent
from tests.compassionate import (
    test_authorisation as authorisations,
    test_criteria_sheet as sheets,
    test_follow_up as follow_ups,
    test_holder_file as holders,
)
from tests.compassionate.samples import (
    AT,
    INTO,
    PART,
    TO_REGULARISE,
    agree,
    answer,
    ask,
    attach,
    change,
    correct,
    deposit,
    draft,
    join,
    late,
    note_correction,
    overdue,
    read,
    refuse_by_phone,
    regularise,
    report_withdrawal,
)
from tests.compassionate.test_delegation import ENDS, RECORD
from tests.compassionate.test_legal_parameter import SETS
from tests.compassionate.test_signing import SIGNS


def made(decider, commands) -> list[DomainEvent]:
    """Return the events of commands given one after the other."""
    facts, events = decider.initial, []
    for command in commands:
        fresh = decider.decide(facts, command)
        facts = decider.fold(fresh, facts)
        events.extend(fresh)
    return events


HISTORIES = [
    *[made(REQUEST, commands) for commands in INTO.values()],
    made(REQUEST, [draft(), change(), refuse_by_phone(), agree(), join()]),
    made(REQUEST, [*TO_REGULARISE, regularise(), deposit(), read()]),
    made(REQUEST, [*TO_REGULARISE, regularise(), correct(), note_correction()]),
    made(REQUEST, [*INTO[State.UNDER_ASSESSMENT], ask(), answer(prescription=PART)]),
    made(REQUEST, [*INTO[State.UNDER_ASSESSMENT], ask(), overdue()]),
    made(REQUEST, [*INTO[State.RECEIVED], late()]),
    made(REQUEST, [refuse_by_phone(prescriber=None), report_withdrawal()]),
    made(REQUEST, [*INTO[State.GRANTED], attach()]),
]
LIVES = [made(AUTHORISATION, commands) for commands in authorisations.INTO.values()] + [
    made(AUTHORISATION, [*authorisations.INTO[AuthorisationState.SUSPENDED], end])
    for end in (
        authorisations.lift(),
        authorisations.suspension_end(),
        authorisations.reminded(),
    )
]
VOIDED = made(
    AUTHORISATION, [authorisations.issue(), authorisations.renewed(), authorisations.void()]
)

ANSWERED = RecordAnswer(**holders.WHO, answered=(AskedOfHolder.TRIALS,))
OTHERS = [
    made(
        CRITERIA,
        [*sheets.ONE, sheets.protocol(), sheets.status(), sheets.cessation(), sheets.tell()],
    ),
    made(CRITERIA, [*sheets.THREE, sheets.restricted(scheduled=Scheduled.CANCEL, **sheets.SAID)]),
    made(
        HOLDER_FILE,
        [
            holders.opened(),
            holders.to_inform(holders.TOMORROW, 1),
            holders.inform(),
            ANSWERED,
            holders.ask(),
            holders.undertake(),
            holders.grant(),
            holders.extend(),
            holders.tell(),
            holders.file(),
            holders.decided(),
        ],
    ),
    made(HOLDER_FILE, [*holders.OWED, holders.grant(), holders.missed()]),
    made(
        FOLLOW_UP,
        [
            follow_ups.begin(),
            follow_ups.remind(),
            follow_ups.data(),
            follow_ups.link(),
            follow_ups.unlink(),
            follow_ups.end(),
        ],
    ),
    made(LETTER_SIGNING, [SignLetter(**SIGNS)]),
    made(DELEGATION, [RecordDelegation(**RECORD), EndDelegation(**ENDS)]),
    made(LEGAL_PARAMETER, [SetParameter(**SETS)]),
]


def kept(event: DomainEvent, *, erased: bool = False) -> DomainEvent:
    """Return an event that went through the log, its patient erased since or not."""
    stored = StoredEvent(
        stream="access_request-1",
        version=1,
        type=event.TYPE,
        schema_version=event.SCHEMA,
        payload=catalogue.encode(event, lambda _subject, _pointer, value: f"sealed {value}"),
        metadata={},
        command_id=uuid4(),
        command_index=0,
        occurred_at=event.occurred_at,
        received_at=event.received_at,
        recorded_at=AT + timedelta(seconds=1),
    )

    def unseal(_subject: str, _pointer: str, value: str) -> str | None:
        return None if erased else value.removeprefix("sealed ")

    return catalogue.decode(stored, unseal).event


@pytest.mark.parametrize("history", [*HISTORIES, *LIVES, VOIDED, *OTHERS])
def test_what_was_kept_is_what_happened(history):
    assert [kept(event) for event in history] == history


@pytest.mark.parametrize("history", HISTORIES)
def test_an_erased_patient_leaves_a_request_that_folds_to_the_same_state(history):
    whole = REQUEST.fold(history)
    erased = REQUEST.fold([kept(event, erased=True) for event in history])
    assert (erased.state, erased.flags, erased.number) == (whole.state, whole.flags, whole.number)
    if erased.prescription is not None:
        assert erased.prescription.patient_initials is None


def test_every_kind_of_event_is_among_them():
    found = {type(event) for history in (*HISTORIES, *LIVES, VOIDED, *OTHERS) for event in history}
    assert found == {
        *request_events.EVENTS,
        *authorisation_events.EVENTS,
        *criteria_events.EVENTS,
        *holder_events.EVENTS,
        *follow_up_events.EVENTS,
        *letter_signing.EVENTS,
        *delegation.EVENTS,
        *legal_parameter.EVENTS,
    }


IN_CLEAR = {
    "answered", "appeal", "batch", "by", "code", "declarant", "declaration_number", "delegation",
    "document", "documents", "exceptional", "followed_by", "form", "holder", "in_stock", "indication",
    "indication_text", "institution", "law", "node", "number", "phone", "backup", "prescriber",
    "prescriber_function", "prescriber_specialty", "product", "product_name", "quality", "quantity",
    "receipt_id", "renews", "replaces", "rule_version", "service", "sheet_number", "signatory",
    "signed_off_by", "source", "certificate", "digest", "stream", "strength", "trial", "reason",
}  # fmt: skip
"""Texts that say nothing of a patient; whoever adds one here has thought about it."""
OF_A_PRODUCT = {"indication_text", "trial", "reason"}
"""In clear only where they are about a product, for everybody to read."""


def texts_in_clear(cls: type, found: set[tuple[type, str]]) -> set[tuple[type, str]]:
    """Return every text field of an event, or of what it holds, that is not sealed."""
    for name, about in described(cls).items():
        if about.inner is not None:
            texts_in_clear(about.inner, found)
        elif about.subject is None and about.hint in {str, str | None, tuple[str, ...]}:
            found.add((cls, name))
    return found


def test_no_text_about_a_patient_is_kept_in_clear():
    found: set[tuple[type, str]] = set()
    for events in (request_events, authorisation_events, follow_up_events, letter_signing):
        for cls in events.EVENTS:
            texts_in_clear(cls, found)
    assert {name for _, name in found} <= IN_CLEAR - OF_A_PRODUCT
    for events in (criteria_events, holder_events):
        for cls in events.EVENTS:
            assert {name for _, name in texts_in_clear(cls, set())} <= IN_CLEAR | {"text"}
