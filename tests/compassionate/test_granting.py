"""A grant and all that it touches: one stroke, or nothing."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from compassionate.domain.authorisation import AUTHORISATION
from compassionate.domain.follow_up import FOLLOW_UP
from compassionate.domain.granting import Around, strokes
from compassionate.domain.holder_file import HOLDER_FILE
from compassionate.domain.request import REQUEST
from compassionate.domain.vocabulary import AuthorisationState, RequestKind, RequestState as State
from events.errors import Refused
from tests.compassionate import (
    test_authorisation as authorisations,
    test_criteria_sheet as sheets,
    test_holder_file as holders,
)
from tests.compassionate.samples import (
    INTO,
    RENEWAL,
    SHEET,
    TERMS,
    TODAY,
    check,
    draft,
    grant,
    propose,
    take_up,
    to_agency,
    to_pharmacy,
)
from tests.compassionate.test_request_table import after

REQUEST_ID = UUID(int=7)
PROTOCOL = sheets.after(*sheets.ONE, sheets.protocol()).protocols[0]
RENEWS = "AAC-2026-000123-5"
ASKED = (
    draft(RENEWAL, kind=RequestKind.RENEWAL, renews=RENEWS), to_pharmacy(), to_agency(), take_up(),
    check(), propose(),
)  # fmt: skip


def test_a_first_grant_issues_begins_and_starts_the_period_to_file():
    """R5121-74-3 I, R5121-74-5, D5121-74-1-1 I."""
    request = after(INTO[State.TO_SIGN])
    around = Around(file=holders.after(holders.opened()), protocol=PROTOCOL)
    asked = strokes(grant(), REQUEST_ID, request, around)
    (issued,) = AUTHORISATION.decide(AUTHORISATION.initial, asked.authorisation)
    assert (issued.number, issued.request_id) == (grant().number, REQUEST_ID)
    assert (issued.product, issued.criteria_version) == ("nirogacestat", SHEET.version)
    assert asked.file is not None
    assert around.file is not None
    (begun,) = FOLLOW_UP.decide(FOLLOW_UP.initial, asked.follow_up)
    assert (begun.number, begun.every_days) == (issued.number, (30, 90, 180))
    file = HOLDER_FILE.fold(HOLDER_FILE.decide(around.file, asked.file), around.file)
    assert file.granted_on == TODAY
    assert asked.previous is None
    assert REQUEST.fold(REQUEST.decide(request, asked.request), request).state is State.GRANTED


def test_a_second_grant_starts_no_period_and_the_follow_up_waits_for_no_protocol():
    around = Around(file=holders.after(holders.opened(), holders.grant()))
    asked = strokes(grant(), REQUEST_ID, after(INTO[State.TO_SIGN]), around)
    assert asked.file is None
    assert (asked.follow_up.protocol_version, asked.follow_up.every_days) == (None, ())


def test_a_renewal_takes_the_place_of_what_it_goes_on_from():
    previous = authorisations.after((authorisations.issue(),))
    asked = strokes(grant(), REQUEST_ID, after(ASKED), Around(previous=previous))
    assert asked.authorisation.replaces == RENEWS
    assert asked.previous is not None
    events = AUTHORISATION.decide(previous, asked.previous)
    replaced = AUTHORISATION.fold(events, previous)
    assert (replaced.state, replaced.replaced_by) == (AuthorisationState.REPLACED, grant().number)


@pytest.mark.parametrize(("state", "code"), [
    (AuthorisationState.SUSPENDED, "suspended"),
    (AuthorisationState.WITHDRAWN, "authorisation_withdrawn"),
    (AuthorisationState.ABROGATED, "authorisation_abrogated"),
    (AuthorisationState.CEASED, "authorisation_ceased"),
    (AuthorisationState.REPLACED, "authorisation_replaced"),
])  # fmt: skip
def test_nothing_goes_on_from_what_was_ended_by_a_decision(state, code):
    previous = authorisations.after(authorisations.INTO[state])
    asked = strokes(grant(), REQUEST_ID, after(ASKED), Around(previous=previous))
    assert asked.previous is not None
    with pytest.raises(Refused, match=code):
        AUTHORISATION.decide(previous, asked.previous)


def test_what_ran_out_while_the_renewal_waited_is_not_replaced():
    """No text keeps it alive (R5121-74-4): the new one begins by itself, after a gap."""
    noted = authorisations.after(authorisations.INTO[AuthorisationState.EXPIRED])
    assert strokes(grant(), REQUEST_ID, after(ASKED), Around(previous=noted)).previous is None
    past = replace(TERMS, begins_on=TODAY - timedelta(days=200), ends_on=TODAY - timedelta(days=1))
    unnoted = authorisations.after((authorisations.issue(terms=past),))
    assert unnoted.state is AuthorisationState.ACTIVE
    assert strokes(grant(), REQUEST_ID, after(ASKED), Around(previous=unnoted)).previous is None


OTHERS = [
    ({"number": "AAC-2026-999999-9"}, "unknown_previous"),
    ({"institution": "690000245"}, "other_authorisation"),
    ({"product": "autre"}, "other_authorisation"),
    ({"indication": "autre"}, "other_authorisation"),
]


@pytest.mark.parametrize(("said", "code"), OTHERS)
def test_a_renewal_ends_nobody_elses_authorisation(said, code):
    previous = authorisations.after((authorisations.issue(**said),))
    with pytest.raises(Refused, match=code):
        strokes(grant(), REQUEST_ID, after(ASKED), Around(previous=previous))


def test_a_renewal_of_nothing_is_refused():
    with pytest.raises(Refused, match="unknown_previous"):
        strokes(grant(), REQUEST_ID, after(ASKED), Around())


def test_a_change_of_dosage_prolongs_nothing():
    """A longer duration asks for what a renewal asks for (R5121-74-4)."""
    short = replace(TERMS, ends_on=TODAY + timedelta(days=2))
    previous = authorisations.after((authorisations.issue(terms=short),))
    changed = (draft(kind=RequestKind.DOSAGE_CHANGE, renews=RENEWS), *ASKED[1:])
    with pytest.raises(Refused, match="change_outlasts"):
        strokes(grant(), REQUEST_ID, after(changed), Around(previous=previous))
    asked = strokes(grant(terms=short), REQUEST_ID, after(changed), Around(previous=previous))
    assert asked.authorisation.terms == short


def test_nothing_is_granted_beyond_the_year_that_a_missed_filing_leaves():
    """D5121-74-1-1 III."""
    past = replace(TERMS, begins_on=holders.date(2028, 9, 1), ends_on=holders.date(2028, 12, 1))
    file = holders.after(holders.opened(), holders.grant(), holders.missed())
    with pytest.raises(Refused, match="beyond_maintenance"):
        strokes(grant(terms=past), REQUEST_ID, after(INTO[State.TO_SIGN]), Around(file=file))
