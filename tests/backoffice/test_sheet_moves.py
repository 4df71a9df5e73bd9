"""Which receipts of a sheet move, and which stay where they are."""

from dataclasses import replace

import pytest
from django.utils import timezone

from accounts.models import Institution, InstitutionKind, Role, User
from backoffice.sheet_joins import move_receipts
from continuity import sheet_queries, sheets
from continuity.domain.sheet_number import sheet_id
from continuity.domain.sheet_words import SheetState
from tests.backoffice.sheet_moves import (
    KEY,
    disjoined,
    double,
    first_received,
    joined,
    judge,
    match,
    received,
    taken,
    typed_again,
    undo,
)
from tests.continuity.sheet_desk import hours_ago, issued, recorded, with_content
from tests.portal.sending import browser, declared, projected, visible

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(people) -> str:
    """The declaration of another case."""
    return declared(browser(people["dr.martin"]))


def retyped(people, paper: str) -> None:
    """Type the number once more, of another patient, five hours before the declaration."""
    content = with_content(patient_name_letters="AAA", drug_name="Codéine")
    times = {"occurred_at": hours_ago(5), "received_at": hours_ago(5)}
    recorded(people["evaluateur"], paper, content=content, **times)


def test_a_form_that_is_sent_again_with_another_number_moves_nothing(
    people, number, other, paper
) -> None:
    client = browser(people["evaluateur"])
    assert match(client, paper, number, key=KEY) == 302
    assert match(client, paper, other, "Autre cas", key=KEY) == 422
    assert (joined(number), disjoined(number)) == ([(paper, "DG", 1)], [])
    assert joined(other) == []


def test_an_undoing_that_is_sent_again_after_a_new_match_moves_nothing(
    people, number, paper
) -> None:
    client = browser(people["evaluateur"])
    assert match(client, paper, number) == 302
    assert undo(client, paper) == 302
    assert match(client, paper, number) == 302
    moved = (joined(number), disjoined(number))
    assert moved == ([(paper, "DG", 1)] * 2, [(paper, "Autre patient")])
    assert undo(client, paper) == 302
    assert (joined(number), disjoined(number)) == moved
    assert first_received(people, number) == received(paper)
    assert sheet_queries.facts_of(sheet_id(paper)).state is SheetState.MATCHED


@pytest.mark.parametrize("reason", ["Même cas", ""])
def test_whoever_comes_second_leaves_no_receipt_behind(
    people, other, paper, monkeypatch, reason
) -> None:
    number = declared(browser(people["dr.martin"]), narrative=f"Suite de la fiche {paper}.")
    own, given = first_received(people, number), sheets._given

    def second(*command):
        monkeypatch.setattr(sheets, "_given", given)
        assert match(browser(people["pilote.pv"]), paper, other) == 302
        return given(*command)

    monkeypatch.setattr(sheets, "_given", second)
    client = browser(people["evaluateur"])
    assert match(client, paper, number, reason, key=KEY) == 409
    assert first_received(people, number) == own
    assert first_received(people, other) == received(paper)
    # The same form says it again, now against the other's match: for a reason.
    assert match(client, paper, number, "C’est celle-ci", key=KEY) == 302
    assert first_received(people, number) == received(paper)
    assert [one for one, _reason in disjoined(other)] == [paper]


def test_another_patient_under_the_number_of_a_duplicate_takes_no_receipt_along(
    people, number, other, paper
) -> None:
    client = browser(people["evaluateur"])
    assert double(client, paper, number) == 302
    retyped(people, paper)
    assert judge(client, paper, "separate_cases") == 302
    assert match(client, paper, other, version="2") == 302
    assert (joined(number), disjoined(number)) == ([(paper, "DG", 1)], [])
    assert (joined(other), disjoined(other)) == ([(f"{paper}/2", "DG", 1)], [])
    # Said once more of the sheet, it is said of the version that stands for nothing else.
    assert double(client, paper, number) == 302
    assert sheet_queries.facts_of(sheet_id(paper)).state is SheetState.DUPLICATE
    assert undo(client, paper, recording="2") == 302
    assert (joined(number), disjoined(number)) == ([(paper, "DG", 1)], [])
    assert [one for one, _reason in disjoined(other)] == [f"{paper}/2"]
    assert sheet_queries.facts_of(sheet_id(paper)).state is SheetState.TO_MATCH


def test_what_takes_the_place_of_a_doubled_version_doubles_the_same(people, number, paper) -> None:
    client = browser(people["evaluateur"])
    assert double(client, paper, number) == 302
    retyped(people, paper)
    assert judge(client, paper, "other_holds") == 302
    assert [one for one, *_ in joined(number)] == [paper, f"{paper}/2"]
    assert [one for one, _reason in disjoined(number)] == [paper]
    assert first_received(people, number) == hours_ago(5)


def test_a_duplicate_that_was_lost_later_still_gives_its_receipt(people, number, paper) -> None:
    client = browser(people["evaluateur"])
    original = taken(people, 20)
    assert double(client, paper, original) == 302
    typed_again(people, paper)
    sheets.propose_lost(people["evaluateur"], paper, "Brûlée", "k")
    lost = sheets.confirm_lost(people["pilote.pv"], paper, "Vu", "k")
    assert lost.facts.state is SheetState.LOST
    projected()
    assert match(client, original, number) == 302
    assert [one for one, *_ in joined(number)] == [original, paper]
    assert first_received(people, number) == received(paper)


def test_a_receipt_that_would_not_count_is_asked_of_nobody(people, number) -> None:
    place = Institution.objects.create(
        finess="690000013", name="CRPV", kind=InstitutionKind.REGIONAL_CENTRE,
        department="69", territory=["69"],
    )  # fmt: skip
    lyon = User.objects.create(username="lyon", role=Role.REGIONAL_CENTRE, institution=place)
    original = taken(people, 20)
    assert match(browser(people["evaluateur"]), original, number) == 302
    late = str(issued(people["operateur"]).numbers[0])
    before = recorded(people["evaluateur"], late, received_at=timezone.now()).facts
    move_receipts(lyon, before, replace(before, doubles=original, doubled=(1,)), "x")
    assert [one for one, *_ in joined(number)] == [original]


def test_a_reason_is_asked_where_a_receipt_would_leave_what_the_sheet_doubles(
    people, number, paper
) -> None:
    client = browser(people["evaluateur"])
    quoting = declared(browser(people["dr.martin"]), narrative=f"Suite de la fiche {paper}.")
    address = f"/agence/fiches/{sheet_id(paper)}/rapprochement/?declaration={quoting}"
    assert "Motif (facultatif" in visible(client.get(address).text)
    assert double(client, paper, number) == 302
    typed_again(people, paper)
    assert "Motif (facultatif" not in visible(client.get(address).text)
    assert match(client, paper, quoting, reason="") == 422
    assert (joined(quoting), disjoined(number)) == ([], [])
    assert match(client, paper, quoting, reason="C’est celle-ci") == 302
    assert first_received(people, quoting) == received(paper)
    assert [one for one, _reason in disjoined(number)] == [paper]
