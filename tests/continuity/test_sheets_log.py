"""Sheets in the log: once, under whatever number, narrowed to who may read, and made again."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404

from accounts.models import Institution, InstitutionKind, Role, User
from continuity import sheet_queries, sheets
from continuity.domain.sheet_number import SheetNumber, sheet_id
from continuity.domain.sheet_words import Between, NumberDoubt, Ruling, SheetState
from continuity.models import SheetRow
from continuity.sheets import Named
from events import compare, erasure, rebuild, registry, store, swap
from events.errors import CommandReused, Refused
from events.event import Actor, stream_name
from tests.continuity.sheet_desk import hours_ago, issued, recorded, taken, with_content
from tests.continuity.sheet_samples import SITE, TAKEN
from tests.portal.sending import projected
from tests.projections.conftest import tables

pytestmark = pytest.mark.django_db
MINE = ("sheets", "sheet_blocks")


@pytest.fixture
def lyon(people) -> User:
    place = Institution.objects.create(
        finess="690000013", name="CRPV", kind=InstitutionKind.REGIONAL_CENTRE,
        department="69", city="Lyon", territory=["69"],
    )  # fmt: skip
    return User.objects.create(username="lyon", role=Role.REGIONAL_CENTRE, institution=place)


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [problem.code for problem in refused.value.problems]


def test_the_same_form_twice_is_once_and_with_other_words_is_refused(reviewer, numbers):
    given, key = taken(numbers[0]), str(uuid4())
    first = sheets.record(reviewer, given, idempotency_key=key)
    again = sheets.record(reviewer, given, idempotency_key=key)
    assert (first.version, first.again, again.version, again.again) == (1, False, 1, True)
    with pytest.raises(CommandReused):
        sheets.record(
            reviewer, taken(numbers[0], with_content(drug_name="X")), idempotency_key=key
        )


def test_a_block_asked_for_twice_is_issued_once(people):
    operator, key = people["operateur"], str(uuid4())
    asked: dict[str, Any] = {
        "site": SITE, "count": 5, "holder": "PUI", "idempotency_key": key,
        "valid_until": (hours_ago(0) + timedelta(days=9)).date(),
    }  # fmt: skip
    assert sheets.issue_block(operator, **asked) == sheets.issue_block(operator, **asked)
    assert [one.last for one in sheets.blocks_of(SITE).blocks] == [5]


def test_times_are_kept_apart_and_names_are_sealed(reviewer, numbers):
    at, arrived = hours_ago(72), hours_ago(48)
    filed = recorded(reviewer, numbers[0], occurred_at=at, received_at=arrived)
    (stored,) = store.read_stream(stream_name("sheet", filed.id))
    assert (stored.occurred_at, stored.received_at) == (at, arrived)
    assert stored.recorded_at > arrived
    for secret in ("Zwingli", "ZQX", "Choc dix minutes", "Astreinte"):
        assert secret not in stored.payload
    assert "Amoxicilline" in stored.payload


@pytest.mark.parametrize(
    ("number", "doubt"),
    [
        (str(SheetNumber(site=SITE, rank=11)), NumberDoubt.NEVER_ISSUED),
        (str(SheetNumber(site="ANSM", rank=1)), NumberDoubt.NEVER_ISSUED),
        ("feuille 12", NumberDoubt.NOT_A_NUMBER),
    ],
)
def test_a_number_never_issued_is_recorded_and_becomes_a_question(
    reviewer, numbers, number, doubt
):
    filed = recorded(reviewer, number, written=True)
    assert filed.facts.questions == (doubt,)
    projected()
    (row,) = sheet_queries.sheets(reviewer)
    assert (row.questions, row.open) == (doubt, True)
    explained = sheets.explain_number(reviewer, filed.id, "Photocopie", "k")
    assert explained.facts.questions == ()


def test_a_number_that_cannot_be_read_is_copied_again_or_said_to_stand_so(reviewer):
    with pytest.raises(Refused) as refused:
        recorded(reviewer, "DG-759900012-00001-0")
    assert codes(refused) == ["not_a_sheet_number"]
    with pytest.raises(Refused) as refused:
        recorded(reviewer, "Mme Dupont, née en 1950 !", written=True)
    assert codes(refused) == ["number_needed"]


def test_a_block_that_was_over_on_the_day_of_the_call_is_a_question(reviewer, people):
    block = sheets.issue_block(
        people["operateur"], site=SITE, count=1, holder="PUI", idempotency_key="k",
        now=hours_ago(24 * 30), valid_until=(hours_ago(24 * 20)).date(),
    )  # fmt: skip
    filed = recorded(reviewer, str(block.numbers[0]))
    assert filed.facts.doubt is NumberDoubt.EXPIRED


def test_two_versions_are_kept_and_a_person_decides(reviewer, people, numbers):
    first = recorded(reviewer, numbers[0])
    recorded(people["crpv.paris"], numbers[0], content=with_content(drug_name="Ampicilline"))
    with pytest.raises(Refused) as refused:
        sheets.match(reviewer, first.id, Named(recording=1, reference="K7QX"), "", "m")
    assert codes(refused) == ["arbitrate_first"]
    settled = sheets.settle(
        reviewer, first.id, Between.RECORDINGS, Ruling.SEPARATE_CASES, 1,
        reason="Deux patients", key="s",
    )  # fmt: skip
    assert settled.facts.retained == (1, 2)
    for recording in (1, 2):
        sheets.match(
            reviewer,
            first.id,
            Named(recording=recording, reference=f"N{recording}"),
            "",
            f"m{recording}",
        )
    assert sheet_queries.facts_of(first.id).state is SheetState.MATCHED
    drugs = [one.content.drug_name for one in sheet_queries.facts_of(first.id).recordings]
    assert drugs == ["Amoxicilline", "Ampicilline"]


def test_a_loss_takes_two_persons(reviewer, people, numbers):
    sheets.propose_lost(reviewer, numbers[2], "Jamais reçue", "k")
    with pytest.raises(Refused) as refused:
        sheets.confirm_lost(reviewer, numbers[2], "Oui", "k")
    assert codes(refused) == ["same_person"]
    with pytest.raises(PermissionDenied):
        sheets.confirm_lost(people["operateur"], numbers[2], "Oui", "k")
    lost = sheets.confirm_lost(people["signataire"], numbers[2], "Archives vues", "k")
    assert lost.facts.state is SheetState.LOST


def test_a_sheet_of_no_block_is_neither_cancelled_nor_lost(reviewer):
    number = str(SheetNumber(site=SITE, rank=900))
    for verb in (sheets.cancel, sheets.propose_lost):
        with pytest.raises(Refused) as refused:
            verb(reviewer, number, "x", "k")
        assert codes(refused) == ["unknown_sheet"]


def test_a_blank_sheet_is_ended_by_the_agency_and_by_the_centre_of_its_site(
    people, reviewer, numbers, lyon
):
    agency = str(issued(people["operateur"], site="ANSM").numbers[0])
    for number in (numbers[1], agency):
        for verb in (sheets.cancel, sheets.propose_lost):
            with pytest.raises(Http404):
                verb(lyon, number, "Gâchée", "k")
    sheets.propose_lost(people["crpv.paris"], numbers[1], "Perdue", "k")
    with pytest.raises(Http404):
        sheets.confirm_lost(lyon, numbers[1], "Oui", "k")
    assert sheets.confirm_lost(reviewer, numbers[1], "Vu", "k").facts.state is SheetState.LOST
    assert sheets.cancel(reviewer, agency, "Gâchée", "k").facts.state is SheetState.CANCELLED


def test_a_duplicate_names_a_sheet_that_the_person_may_see(people, reviewer, numbers, lyon):
    theirs = recorded(lyon, numbers[0], content=with_content(department_code="69"))
    own = recorded(people["crpv.paris"], numbers[1])
    with pytest.raises(Refused) as refused:
        sheets.mark_duplicate(people["crpv.paris"], own.id, numbers[0], "Même appel", "k")
    assert codes(refused) == ["unknown_original"]
    sheets.mark_duplicate(reviewer, own.id, numbers[0], "Même appel", "k")
    with pytest.raises(Refused) as refused:
        sheets.mark_duplicate(reviewer, theirs.id, numbers[1], "Même appel", "k")
    assert codes(refused) == ["original_ended"]


def test_what_must_not_be_missing_is_done_before_a_match_and_only_for_one(reviewer, numbers):
    filed, done = recorded(reviewer, numbers[0]), []

    def fails(before, after) -> None:
        done.append("tried")
        raise OSError("no log")

    named = Named(recording=1, reference="N1")
    with pytest.raises(OSError, match="no log"):
        sheets.match(reviewer, filed.id, named, "", "k", first=fails)
    assert sheet_queries.facts_of(filed.id).state is SheetState.TO_MATCH
    sheets.match(reviewer, filed.id, named, "", "k", first=lambda *_: done.append("again"))
    with pytest.raises(Refused):
        sheets.match(reviewer, filed.id, named, "x", "l", first=fails)
    assert done == ["tried", "again"]


def test_who_may_what(people, reviewer, numbers, lyon):
    filed = recorded(reviewer, numbers[0])
    for name in ("dr.martin", "ph.bernard", "operateur", "signataire"):
        with pytest.raises(PermissionDenied):
            recorded(people[name], numbers[1])
    for name in ("dr.martin", "signataire", "crpv.paris"):
        with pytest.raises(PermissionDenied):
            issued(people[name])
    for stranger in (lyon, people["operateur"], people["dr.martin"]):
        with pytest.raises(Http404):
            sheet_queries.sheet(stranger, filed.id)
    with pytest.raises(Http404):
        sheets.match(lyon, filed.id, Named(recording=1, reference="X"), "", "k")
    projected()
    assert sheet_queries.sheets(lyon) == []
    assert len(sheet_queries.sheets(people["crpv.paris"])) == 1


def test_names_are_read_where_the_sheet_was_taken_and_by_the_centre_of_its_place(
    people, reviewer, numbers, lyon
):
    own = recorded(reviewer, numbers[0])
    theirs = recorded(people["crpv.paris"], numbers[1])
    elsewhere = recorded(lyon, numbers[2], content=with_content(department_code="69"))

    def names(user, filed):
        shown = sheet_queries.sheet(user, filed.id)
        content = shown.facts.recordings[0].content
        assert content.narrative == TAKEN.narrative
        assert shown.names_shown == (content.caller_name is not None)
        assert shown.names_shown == (content.patient_name_letters is not None)
        return shown.names_shown

    assert names(reviewer, own)
    assert names(people["signataire"], own)
    assert names(people["crpv.paris"], own)
    assert names(people["crpv.paris"], theirs)
    assert not names(reviewer, theirs)
    assert not names(reviewer, elsewhere)
    assert names(lyon, elsewhere)


def test_an_erased_patient_is_read_no_more_and_the_sheet_stays(reviewer, numbers):
    filed = recorded(reviewer, numbers[0])
    stream = stream_name("sheet", filed.id)
    erasure.erase(
        stream, "patient", basis="RGPD art. 17", actor=Actor(id="x", role="operator"),
        now=hours_ago(0),
    )  # fmt: skip
    content = sheet_queries.facts_of(filed.id).recordings[0].content
    assert (content.narrative, content.patient_name_letters) == (None, None)
    assert (content.caller_name, content.drug_name) == ("Dr Zwingli", "Amoxicilline")


def some_of_each(reviewer, people, numbers) -> None:
    """Leave one sheet in each state behind."""
    recorded(reviewer, numbers[0])
    matched = recorded(reviewer, numbers[1], content=with_content(drug_name="B"))
    named = Named(recording=1, reference="N1", differing=("drug_name",))
    sheets.match(reviewer, matched.id, named, "", "m")
    twice = recorded(reviewer, numbers[2])
    recorded(reviewer, numbers[2], content=with_content(drug_name="C"))
    assert twice.id == sheet_id(numbers[2])
    double = recorded(reviewer, numbers[3])
    sheets.mark_duplicate(reviewer, double.id, numbers[0].lower(), "Même appel", "d")
    sheets.cancel(reviewer, numbers[4], "Gâchée", "c")
    sheets.propose_lost(reviewer, numbers[5], "Perdue", "l")
    sheets.propose_lost(reviewer, numbers[6], "Perdue", "l")
    sheets.confirm_lost(people["signataire"], numbers[6], "Perdue", "l")
    recorded(reviewer, numbers[8])
    recorded(reviewer, "copie 3", written=True)
    sheets.return_block(reviewer, SITE, 1, 9, "r")
    projected()


def test_the_desk_lists_what_waits_and_what_ended(reviewer, people, numbers):
    some_of_each(reviewer, people, numbers)
    waiting = {row.number: row.questions for row in sheet_queries.sheets(reviewer)}
    assert waiting == {
        numbers[0]: "",
        numbers[1]: "declaration_differs",
        numbers[2]: "recordings_differ",
        numbers[5]: "loss_to_confirm",
        numbers[8]: "",
        "COPIE 3": "not_a_sheet_number",
    }
    ended = {row.number: row.state for row in sheet_queries.sheets(reviewer, ended=True)}
    assert ended == {numbers[3]: "duplicate", numbers[4]: "cancelled", numbers[6]: "lost"}
    (shown,) = sheet_queries.blocks(reviewer)
    assert [str(number) for number in shown.lacking] == [numbers[7]]
    assert (shown.used, shown.unused) == (8, 1)


def test_no_name_stands_in_the_lists_and_rebuilt_is_live(reviewer, people, numbers):
    some_of_each(reviewer, people, numbers)
    before = {name: rows for name, rows in tables().items() if name in MINE}
    assert all(before.values())
    for secret in ("Zwingli", "ZQX", "Choc dix"):
        assert secret not in str(before)
    for name in MINE:
        projection = registry.projection(name)
        with rebuild.coordinate(projection):
            run = rebuild.begin(projection, 2, resume=False)
            rebuild.work(projection)
            swap.finish(projection, run)
        assert compare.compare(projection).differences == 0
    assert {name: rows for name, rows in tables().items() if name in MINE} == before


def test_the_lists_cannot_be_written_by_a_page(reviewer, numbers):
    recorded(reviewer, numbers[0])
    projected()
    row = SheetRow.objects.get()
    for write in (row.save, row.delete):
        with pytest.raises(TypeError):
            write()
    with pytest.raises(Exception, match="permission denied"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM read.sheets")


def test_the_most_urgent_comes_first(reviewer, numbers):
    from continuity.domain.sheet_words import SheetKind, SheetSeriousness

    recorded(reviewer, numbers[0])
    recorded(reviewer, numbers[1], kind=SheetKind.OUT_OF_HOURS_DISPENSING)
    recorded(reviewer, numbers[2], kind=SheetKind.DEATH_IN_TRIAL)
    recorded(
        reviewer, numbers[3], content=with_content(seriousness=(SheetSeriousness.DISABILITY,))
    )
    recorded(
        reviewer,
        numbers[4],
        content=with_content(seriousness=(SheetSeriousness.LIFE_THREATENING,)),
    )
    projected()
    order = [row.number for row in sheet_queries.sheets(reviewer)]
    assert order == [numbers[place] for place in (2, 4, 1, 3, 0)]
