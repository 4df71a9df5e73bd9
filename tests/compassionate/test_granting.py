"""A grant and all that it touches: one stroke, or nothing."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from compassionate.domain.authorisation import AUTHORISATION
from compassionate.domain.follow_up import FOLLOW_UP
from compassionate.domain.granting import Around, expect_previous, strokes
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
RENEWS = "AAC-19E0-ZZQ0-003V6"
ASKED = (
    draft(RENEWAL, kind=RequestKind.RENEWAL, renews=RENEWS), to_pharmacy(), to_agency(), take_up(),
    check(), propose(),
)  # fmt: skip


def test_a_first_grant_issues_begins_and_is_noted_in_the_holders_file():
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


def test_a_second_grant_is_not_noted_there_and_the_follow_up_waits_for_no_protocol():
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


def test_what_ran_out_while_the_renewal_waited_stays_expired_and_is_renewed_once():
    """No text keeps it alive (R5121-74-4): the new one begins by itself, after a gap."""
    past = replace(TERMS, begins_on=TODAY - timedelta(days=200), ends_on=TODAY - timedelta(days=9))
    facts = authorisations.after((authorisations.issue(terms=past),))
    assert facts.state is AuthorisationState.ACTIVE
    asked = strokes(grant(), REQUEST_ID, after(ASKED), Around(previous=facts)).previous
    assert asked is not None
    renewed = AUTHORISATION.fold(AUTHORISATION.decide(facts, asked), facts)
    assert renewed.state_on(TODAY + timedelta(days=300)) is AuthorisationState.EXPIRED
    assert (renewed.replaced_by, renewed.replaced_on) == (asked.number, None)
    with pytest.raises(Refused, match="authorisation_replaced"):
        AUTHORISATION.decide(renewed, asked)
    with pytest.raises(Refused, match="authorisation_replaced"):
        expect_previous(after(ASKED), TERMS, renewed)


def test_a_change_of_dosage_comes_before_a_renewal_that_was_granted_ahead():
    """The renewal then goes on from the changed one; the changed one ends when the renewal begins."""
    ahead = authorisations.after((authorisations.issue(), authorisations.renewed()))
    within = replace(TERMS, ends_on=TERMS.ends_on - timedelta(days=1))
    changed = after((draft(kind=RequestKind.DOSAGE_CHANGE, renews=RENEWS), *ASKED[1:]))
    expect_previous(changed, within, ahead)
    asked = strokes(grant(terms=within), REQUEST_ID, changed, Around(previous=ahead))
    assert asked.previous is not None
    now = AUTHORISATION.fold(AUTHORISATION.decide(ahead, asked.previous), ahead)
    assert (now.replaced_by, now.replaced_on) == (asked.authorisation.number, within.begins_on)
    nothing = AUTHORISATION.initial
    one = AUTHORISATION.fold(AUTHORISATION.decide(nothing, asked.authorisation), nothing)
    assert (one.replaced_by, one.replaced_on) == (ahead.replaced_by, ahead.replaced_on)
    with pytest.raises(Refused, match="authorisation_replaced"):
        expect_previous(changed, TERMS, ahead)


OTHERS = [
    ({"number": "AAC-19E0-ZZQ0-YGHZE"}, "unknown_previous"),
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
    file = holders.after(*holders.OWED, holders.grant(), holders.missed())
    with pytest.raises(Refused, match="beyond_maintenance"):
        strokes(grant(terms=past), REQUEST_ID, after(INTO[State.TO_SIGN]), Around(file=file))


@pytest.mark.parametrize("kind", [RequestKind.INITIAL, RequestKind.RENEWAL])
def test_a_grant_and_a_renewal_keep_the_year_before_anybody_has_noted_it(kind):
    """D5121-74-1-1 III: the last day of the period is 24 November 2027, that of the year 2028."""
    file = holders.after(*holders.OWED, holders.grant())
    late = authorisations.noon(holders.date(2027, 11, 25))
    terms = replace(TERMS, begins_on=holders.date(2028, 11, 1), ends_on=holders.date(2028, 11, 25))
    renewal = kind is RequestKind.RENEWAL
    request = after(ASKED if renewal else INTO[State.TO_SIGN])
    around = Around(
        file=file, previous=authorisations.after((authorisations.issue(),)) if renewal else None
    )
    for last, allowed in ((24, True), (25, False)):
        within = replace(terms, ends_on=holders.date(2028, 11, last))
        command = grant(at=late, terms=within)
        if allowed:
            assert strokes(command, REQUEST_ID, request, around).authorisation.terms == within
            continue
        with pytest.raises(Refused, match="beyond_maintenance"):
            strokes(command, REQUEST_ID, request, around)


def test_nothing_limits_what_no_undertaking_is_owed_for():
    """L5121-12-1 II al. 2."""
    file = holders.after(holders.opened(), holders.grant())
    late = authorisations.noon(holders.date(2030, 1, 7))
    asked = strokes(grant(at=late), REQUEST_ID, after(INTO[State.TO_SIGN]), Around(file=file))
    assert asked.authorisation.terms == TERMS
