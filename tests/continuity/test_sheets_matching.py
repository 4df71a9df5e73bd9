"""A sheet beside what arrived: nothing that differs is passed over, and no sign is a proof."""

import pytest

from continuity.domain.matching import (
    WORTH_SHOWING,
    Sign,
    Verdict,
    alike,
    compare,
    differing,
    likeness,
    quotes,
)

NUMBER = "DG-759900012-00007-K"


@pytest.mark.parametrize(
    ("mine", "theirs", "verdict"),
    [
        ("Amoxicilline", ["amoxicilline "], Verdict.SAME),
        ("Methotrexate", ["Méthotrexate", "Paracétamol"], Verdict.SAME),
        ("Amoxicilline", ["Ampicilline"], Verdict.DIFFERENT),
        ("1,5 mg", ["15 mg"], Verdict.DIFFERENT),
        ("< 5 mg", ["> 5 mg"], Verdict.DIFFERENT),
        ("药", ["酒"], Verdict.DIFFERENT),
        ("B7", [], Verdict.ONLY_ON_SHEET),
        ("", ["B7"], Verdict.ONLY_ELSEWHERE),
    ],
)
def test_verdict_on_a_field(mine, theirs, verdict):
    (found,) = compare({"drug_name": mine}, {"drug_name": theirs})
    assert found.verdict is verdict


def test_a_narrative_that_is_contained_is_the_same_and_a_changed_one_is_not():
    told = "Choc dix minutes après l'injection."
    whole = f"Remplace la fiche {NUMBER}.\n\nChoc dix minutes\naprès l’injection. Suite."
    (same,) = compare({"narrative": told}, {"narrative": [whole]})
    (other,) = compare({"narrative": told}, {"narrative": [whole.replace("dix", "deux")]})
    assert (same.verdict, other.verdict) == (Verdict.SAME, Verdict.DIFFERENT)


def test_what_a_person_must_judge():
    compared = compare(
        {"a": "1", "b": "2", "c": "3", "e": ""},
        {"a": ["1"], "b": ["9"], "d": ["4"], "e": [""]},
    )
    assert differing(compared) == ("b", "c")
    assert [one.name for one in compared] == ["a", "b", "c", "d"]


def test_what_the_reader_may_not_see_is_compared_and_not_shown():
    sides = {"patient_name_letters": "ZQX"}, {"patient_name_letters": ["ZQY"]}
    hidden = frozenset({"patient_name_letters"})
    (found,) = compare(*sides, hidden_sheet=hidden, hidden_elsewhere=hidden)
    assert (found.sheet, found.elsewhere) == (None, None)
    assert differing([found]) == ("patient_name_letters",)


@pytest.mark.parametrize(
    ("mine", "theirs", "verdict"),
    [
        ("Dr Zwingli", "Huldrych Zwingli", Verdict.DIFFERENT),
        ("Dr Zwingli", "ZWINGLI", Verdict.SAME),
        ("Zwingli", "Huldrych Zwingli", Verdict.SAME),
        ("Zwingli", "Calvin", Verdict.DIFFERENT),
    ],
)
def test_a_name_may_carry_a_title(mine, theirs, verdict):
    (found,) = compare({"caller_name": mine}, {"caller_name": [theirs]})
    assert found.verdict is verdict


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"Remplace la fiche {NUMBER}.", True),
        ("fiche dg 759900012 00007 k", True),
        ("fiche DG-759900012-00008-K", False),
        ("", False),
        (None, False),
    ],
)
def test_a_number_is_found_however_it_is_spaced(text, found):
    assert quotes(NUMBER, text) is found


def test_a_scrap_of_a_number_is_found_nowhere():
    assert not quotes("7", "7 comprimés")
    assert not quotes("DG 12", "DG 12")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Amoxicilline", "AMOXICILLINE 500 mg", True),
        ("Amoxicilline", "Amoxicillines", False),
        ("", "", False),
        (None, "x", False),
    ],
)
def test_alike(one, other, expected):
    assert alike(one, other) is expected
    assert alike(other, one) is expected


def test_a_place_and_a_day_alone_propose_nothing_and_a_quoted_number_always_does():
    assert likeness([Sign.SAME_DEPARTMENT, Sign.NEAR_IN_TIME]) < WORTH_SHOWING
    assert likeness([Sign.SAME_DRUG, Sign.NEAR_IN_TIME]) >= WORTH_SHOWING
    rest = set(Sign) - {Sign.NUMBER_QUOTED}
    assert likeness([Sign.NUMBER_QUOTED]) > likeness(rest)
