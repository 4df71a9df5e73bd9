"""A sheet that was received before its declaration: day 0 is the sheet's."""

from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils import timezone

from accounts.access import Someone
from accounts.models import Institution, InstitutionKind, Role, User
from backoffice.sheet_joins import move_receipts
from continuity import sheet_queries, sheets
from continuity.domain.sheet_facts import SheetFacts
from continuity.domain.sheet_number import sheet_id
from continuity.domain.sheet_words import SheetState
from events import compare, erasure, registry
from events.errors import Refused
from events.event import Actor, stream_name
from events.number import parse
from pharmacovigilance import queries
from pharmacovigilance.domain.dates import day_in_paris
from pharmacovigilance.domain.events import CATEGORY
from pharmacovigilance.sheet_receipts import disjoin_sheet, join_sheet
from tests.backoffice.sheet_moves import (
    disjoined,
    double,
    first_received,
    joined,
    match,
    received,
    taken,
    typed_again,
    undo,
)
from tests.continuity.sheet_desk import hours_ago, issued, recorded
from tests.portal.sending import browser, declared, projected, visible

pytestmark = pytest.mark.django_db


def test_the_earlier_receipt_of_a_matched_sheet_moves_day_0(people, number) -> None:
    paper = str(issued(people["operateur"]).numbers[0])
    times = {"occurred_at": hours_ago(31), "received_at": hours_ago(30)}
    (sheet,) = recorded(people["evaluateur"], paper, **times).facts.recordings
    projected()
    before = first_received(people, number)
    reviewer = browser(people["evaluateur"])
    form = {"reference": number, "reason": "Même cas", "key": str(uuid4())}
    for _ in range(2):
        answer = reviewer.post(f"/agence/fiches/{sheet_id(paper)}/rapprochement/", form)
        assert answer.status_code == 302
    after = first_received(people, number)
    assert after == sheet.received_at < before
    assert day_in_paris(after) < day_in_paris(before)
    assert joined(number) == [(paper, "DG", 1)]


def test_a_sheet_that_came_after_its_declaration_moves_nothing(people, number) -> None:
    paper = str(issued(people["operateur"]).numbers[0])
    recorded(people["evaluateur"], paper, received_at=timezone.now())
    projected()
    before = first_received(people, number)
    form = {"reference": number, "reason": "Même cas", "key": str(uuid4())}
    address = f"/agence/fiches/{sheet_id(paper)}/rapprochement/"
    assert browser(people["evaluateur"]).post(address, form).status_code == 302
    assert first_received(people, number) == before
    assert joined(number) == []


def test_a_receipt_is_joined_by_whoever_handles_sheets_and_sees_the_case(people, number) -> None:
    def join(user: Someone, identifier: UUID) -> None:
        join_sheet(user, identifier, receipt_id="DG-1", received_at=hours_ago(30))

    for user in (people["dr.martin"], people["signataire"], people["operateur"], AnonymousUser()):
        with pytest.raises(PermissionDenied):
            join(user, parse(number))
    with pytest.raises(Http404):
        join(people["evaluateur"], uuid4())
    assert joined(number) == []


def listed(reviewer: User, number: str) -> list[date]:
    """Return day 0 as the worklist, the deadline board and the case itself say it."""
    projected()
    identifier = parse(number)
    days = [
        next(row.day_zero for row in rows if row.declaration_id == identifier)
        for rows in (queries.worklist(reviewer).rows, queries.deadlines(reviewer).rows)
    ]
    days.append(queries.declaration(reviewer, identifier).facts.day_zero)
    return [day for day in days if day is not None]


def test_undoing_a_match_gives_the_declaration_its_own_day_0_back(people, number, paper) -> None:
    reviewer, client = people["evaluateur"], browser(people["evaluateur"])
    own = listed(reviewer, number)
    assert len(own) == 3
    assert match(client, paper, number) == 302
    assert listed(reviewer, number) == [day_in_paris(hours_ago(30))] * 3 < own
    for _ in range(2):
        assert undo(client, paper) == 302
    assert listed(reviewer, number) == own
    assert disjoined(number) == [(paper, "Autre patient")]
    projection = registry.projection("declarations")
    assert compare.compare(projection).differences == 0
    page = visible(client.get(f"/agence/{number}/").text)
    assert f"La fiche {paper} est d’un autre cas, sa réception ne compte plus : le jour 0" in page
    assert "Accusé de réception détaché" in page
    # It may name whoever the other case is about: it stands on the sheet.
    for who, path in (("evaluateur", "agence"), ("dr.martin", "declarations")):
        assert "Autre patient" not in browser(people[who]).get(f"/{path}/{number}/").text
    english = visible(browser(people["evaluateur"], "en").get(f"/agence/{number}/").text)
    assert "Receipt taken back" in english
    assert f"Sheet {paper} is of another case" in english


def test_a_match_that_is_changed_takes_the_receipt_along_and_back(people, number, paper) -> None:
    other = declared(browser(people["dr.martin"]))
    client = browser(people["evaluateur"])
    own = {one: first_received(people, one) for one in (number, other)}
    sheet = hours_ago(30)
    for one, another in ((number, other), (other, number), (number, other), (other, number)):
        assert match(client, paper, one, f"C’est {one}") == 302
        assert first_received(people, one) == sheet
        assert first_received(people, another) == own[another]
    assert joined(number) == joined(other) == [(paper, "DG", 1)] * 2
    assert disjoined(number) == [(paper, f"C’est {other}")] * 2
    assert disjoined(other) == [(paper, f"C’est {number}")]


def test_a_crash_between_the_two_logs_is_mended_by_the_same_form(
    people, number, paper, monkeypatch
) -> None:
    client = browser(people["evaluateur"])
    own = first_received(people, number)
    match(client, paper, number)
    given = sheets._given

    def dies(*_: object) -> None:
        raise OSError("gone")

    monkeypatch.setattr(sheets, "_given", dies)
    assert undo(client, paper) == 500
    assert first_received(people, number) == own
    monkeypatch.setattr(sheets, "_given", given)
    assert undo(client, paper, reason="Autre patiente") == 302
    assert disjoined(number) == [(paper, "Autre patient")]
    assert sheet_queries.facts_of(sheet_id(paper)).state is SheetState.TO_MATCH


def test_the_receipt_of_another_sheet_still_counts(people, number, paper) -> None:
    second = str(issued(people["operateur"]).numbers[0])
    client = browser(people["evaluateur"])
    recorded(people["evaluateur"], second, received_at=hours_ago(20), occurred_at=hours_ago(20))
    match(client, paper, number)
    match(client, second, number)
    assert first_received(people, number) == hours_ago(30)
    undo(client, paper)
    assert first_received(people, number) == hours_ago(20)


def test_a_version_that_holds_no_more_takes_its_receipt_along(people, number, paper) -> None:
    client, own = browser(people["evaluateur"]), first_received(people, number)
    match(client, paper, number)
    recorded(people["evaluateur"], paper, occurred_at=hours_ago(6), received_at=hours_ago(5))
    form = {"between": "recordings", "ruling": "other_holds", "recording": "1", "key": "k"}
    address = f"/agence/fiches/{sheet_id(paper)}/ecart/"
    done = client.post(address, form | {"reason": "Date mal recopiée"})
    assert done.status_code == 302
    assert first_received(people, number) == own
    match(client, paper, number)
    assert first_received(people, number) == hours_ago(5)
    assert [one for one, *_ in joined(number)] == [paper, f"{paper}/2"]


def test_a_match_with_a_case_of_elsewhere_is_undone_by_the_agency(people, number, paper) -> None:
    place = Institution.objects.create(
        finess="690000013", name="CRPV", kind=InstitutionKind.REGIONAL_CENTRE,
        department="69", territory=["69"],
    )  # fmt: skip
    lyon = User.objects.create(username="lyon", role=Role.REGIONAL_CENTRE, institution=place)
    client = browser(people["evaluateur"])
    match(client, paper, number)
    with pytest.raises(PermissionDenied):
        disjoin_sheet(people["dr.martin"], parse(number), receipt_id=paper, reason="x")
    with pytest.raises(Http404):
        disjoin_sheet(lyon, parse(number), receipt_id=paper, reason="x")
    disjoin_sheet(lyon, parse(number), receipt_id="DG-1", reason="x")
    facts = sheet_queries.facts_of(sheet_id(paper))
    with pytest.raises(Refused) as refused:
        move_receipts(lyon, facts, SheetFacts(), "x")
    assert [one.code for one in refused.value.problems] == ["match_elsewhere"]
    assert disjoined(number) == []


def test_a_match_with_a_person_who_was_erased_is_undone_and_says_no_reason(
    people, number, paper
) -> None:
    client, own = browser(people["evaluateur"]), first_received(people, number)
    match(client, paper, number)
    erasure.erase(
        stream_name(CATEGORY, parse(number)), "patient", basis="RGPD art. 17",
        actor=Actor(id="x", role="operator"), now=timezone.now(),
    )  # fmt: skip
    assert undo(client, paper) == 302
    assert disjoined(number) == [(paper, None)]
    assert first_received(people, number) == own


@pytest.mark.parametrize("matched_first", [True, False])
def test_a_duplicate_of_a_sheet_gives_its_declaration_the_earlier_receipt(
    people, number, paper, matched_first
) -> None:
    client, own = browser(people["evaluateur"]), first_received(people, number)
    original = taken(people, 20)
    if matched_first:
        assert match(client, original, number) == 302
        assert first_received(people, number) == received(original)
    assert double(client, paper, original) == 302
    projected()
    if not matched_first:
        assert match(client, original, number) == 302
    assert first_received(people, number) == received(paper)
    # It leaves with the sheet whose duplicate it is, and comes along to the right declaration.
    other = declared(browser(people["dr.martin"]))
    assert match(client, original, other, "Autre patient") == 302
    assert first_received(people, number) == own
    assert first_received(people, other) == received(paper)


def test_a_duplicate_of_a_duplicate_goes_along(people, number, paper) -> None:
    client = browser(people["evaluateur"])
    middle, last = taken(people, 20), taken(people, 10)
    assert double(client, paper, middle) == 302
    projected()
    assert double(client, middle, last) == 302
    projected()
    assert match(client, last, number) == 302
    assert [one for one, *_ in joined(number)] == [last, middle, paper]
    assert first_received(people, number) == received(paper)


def test_a_duplicate_of_a_case_of_elsewhere_is_left_to_the_agency(people, number, paper) -> None:
    place = Institution.objects.create(
        finess="690000013", name="CRPV", kind=InstitutionKind.REGIONAL_CENTRE,
        department="69", territory=["69"],
    )  # fmt: skip
    lyon = User.objects.create(username="lyon", role=Role.REGIONAL_CENTRE, institution=place)
    original = taken(people, 20)
    assert match(browser(people["evaluateur"]), original, number) == 302
    before = sheet_queries.facts_of(sheet_id(paper))
    with pytest.raises(Refused) as refused:
        move_receipts(lyon, before, replace(before, doubles=original, doubled=(1,)), "x")
    assert [one.code for one in refused.value.problems] == ["original_elsewhere"]
    assert [one for one, *_ in joined(number)] == [original]


@pytest.mark.parametrize("again", ["matched", "doubled"])
def test_a_wrong_duplicate_of_a_declaration_is_undone(people, number, paper, again) -> None:
    client, own = browser(people["evaluateur"]), first_received(people, number)
    other = declared(browser(people["dr.martin"]))
    assert double(client, paper, number) == 302
    assert first_received(people, number) == received(paper)
    # Typed again as it is, it is open again, and its receipt still counts.
    typed_again(people, paper)
    assert sheet_queries.facts_of(sheet_id(paper)).state is SheetState.TO_MATCH
    assert first_received(people, number) == received(paper)
    done = match(client, paper, other) if again == "matched" else double(client, paper, other)
    assert done == 302
    assert first_received(people, number) == own
    assert first_received(people, other) == received(paper)


def test_a_duplicate_that_is_matched_to_the_same_declaration_stays_joined_once(
    people, number, paper
) -> None:
    client = browser(people["evaluateur"])
    assert double(client, paper, number) == 302
    typed_again(people, paper)
    assert match(client, paper, number) == 302
    assert (joined(number), disjoined(number)) == ([(paper, "DG", 1)], [])
