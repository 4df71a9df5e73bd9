"""The legal clocks: CSP R5121-156 2° a and b, GVP VI.B.7 and table VI.8."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from pharmacovigilance.domain.deadlines import RULES
from pharmacovigilance.domain.declaration import DECLARATION
from pharmacovigilance.domain.report import (
    DrugInformation,
    Information,
    Patient,
    ReactionInformation,
)
from pharmacovigilance.domain.vocabulary import Outcome, SeriousnessCriterion
from tests.domain.samples import SERIOUS, VALID, answer, ask, at, declare, follow_up, withdraw
from tests.scenario import given

LAW = Path(__file__).parents[3] / "shared" / "data" / "decision-tables" / "deadlines.json"
HOSPITALISED = (SeriousnessCriterion.HOSPITALISATION,)


def clocks_after(*commands):
    facts = given(DECLARATION).when(*commands).state
    return [(clock.kind, clock.due.isoformat(), clock.restarted_by) for clock in facts.clocks]


@pytest.mark.parametrize("criterion", list(SeriousnessCriterion))
def test_each_seriousness_criterion_alone_gives_fifteen_days(criterion):
    """E.i.3.2a–f, any of them; CSP R5121-156 2° a."""
    report = replace(VALID, seriousness=(criterion,))
    assert clocks_after(declare(report)) == [("agency_serious", "2026-03-16", None)]


def test_without_a_criterion_ninety_days():
    """CSP R5121-156 2° b."""
    assert clocks_after(declare()) == [("agency_non_serious", "2026-05-30", None)]


@pytest.mark.parametrize(
    "report",
    [
        replace(VALID, death_date="2026-02-28"),
        replace(VALID, death_cause="Choc"),
        replace(VALID, reactions=(replace(VALID.reactions[0], outcome=Outcome.FATAL),)),
    ],
)
def test_a_death_that_is_told_but_not_ticked_is_serious(report):
    """CSP R5121-152: a lethal reaction is serious; nobody's tick decides it."""
    assert clocks_after(declare(report)) == [("agency_serious", "2026-03-16", None)]


def test_days_are_calendar_days_in_paris_around_midnight_and_summer_time():
    """23:30 UTC on 28 March is 29 March in Paris, the day the clocks change."""
    received = at("2026-03-29", hour=0)
    assert received.date() == date(2026, 3, 28)
    assert clocks_after(declare(SERIOUS, received)) == [("agency_serious", "2026-04-13", None)]


def test_no_clock_runs_before_the_four_criteria_are_held():
    report = replace(SERIOUS, reactions=())
    assert clocks_after(declare(report)) == []
    completed = follow_up(
        Information(reactions=(ReactionInformation(term="Fièvre"),)), "2026-03-20"
    )
    assert clocks_after(declare(report), completed) == [("agency_serious", "2026-04-04", None)]


def test_new_serious_information_starts_fifteen_days_and_keeps_the_first_clock():
    """GVP VI.B.7: initial and follow-up information are each due within 15 days of receipt."""
    worse = Information(seriousness=(*HOSPITALISED, SeriousnessCriterion.DEATH))
    assert clocks_after(declare(SERIOUS), follow_up(worse, "2026-03-10")) == [
        ("agency_serious", "2026-03-16", None),
        ("agency_serious", "2026-03-25", 1),
    ]


@pytest.mark.parametrize(
    ("news", "restarts"),
    [
        (Information(reactions=(ReactionInformation(term="Choc"),)), True),
        (Information(drugs=(DrugInformation(name="Autre"),)), True),
        (Information(narrative="Aggravation."), True),
        (Information(lab_results="Plaquettes 10 G/L"), True),
        (Information(death_date="2026-03-09"), True),
        (Information(patient=Patient(weight_kg=71)), False),
        (Information(hospital_unit="Médecine interne"), False),
        (Information(seriousness=HOSPITALISED), False),
    ],
)
def test_only_information_on_the_course_of_a_serious_case_restarts(news, restarts):
    """GVP VI.B.7.1: significant follow-up information, not administrative details."""
    assert len(clocks_after(declare(SERIOUS), follow_up(news))) == (2 if restarts else 1)


def test_an_answer_to_a_question_on_a_serious_case_restarts():
    assert clocks_after(declare(SERIOUS), ask(), answer(received="2026-03-06")) == [
        ("agency_serious", "2026-03-16", None),
        ("agency_serious", "2026-03-21", 1),
    ]


def test_becoming_serious_gives_fifteen_days_from_that_receipt():
    worse = Information(seriousness=HOSPITALISED)
    assert clocks_after(declare(), follow_up(worse, "2026-03-10")) == [
        ("agency_serious", "2026-03-25", 1),
        ("agency_non_serious", "2026-05-30", None),
    ]


def test_a_downgrade_leaves_ninety_days_from_day_zero():
    """GVP VI.B.7: a case found not serious follows the time frame of non-serious cases."""
    better = Information(seriousness=())
    assert clocks_after(declare(SERIOUS), follow_up(better, "2026-03-10")) == [
        ("agency_non_serious", "2026-05-30", 1),
    ]


def test_a_death_stays_until_the_criteria_are_stated_without_it():
    dead = declare(replace(VALID, death_date="2026-02-28"))
    assert clocks_after(dead, follow_up(Information(narrative="Suite.")))[0][0] == "agency_serious"
    facts = given(DECLARATION).when(dead, follow_up(Information(seriousness=()))).state
    assert not facts.serious
    assert facts.flags == ("death_corrected",)


def test_two_follow_ups_on_one_day_owe_one_report():
    news = follow_up(Information(narrative="Suite."), "2026-03-10")
    assert len(clocks_after(declare(SERIOUS), news, news)) == 2


def test_a_withdrawal_stops_no_clock_and_later_information_takes_the_case_up_again():
    """What a declarant wishes ends no legal duty; a report of fact afterwards must not be lost."""
    facts = given(DECLARATION).when(declare(SERIOUS), withdraw()).state
    assert facts.withdrawn
    assert [clock.due for clock in facts.clocks] == [date(2026, 3, 16)]
    late = follow_up(Information(narrative="Décédé depuis."), "2026-03-20")
    facts = given(DECLARATION).when(declare(SERIOUS), withdraw(), late).state
    assert not facts.withdrawn
    assert [clock.due for clock in facts.clocks] == [date(2026, 3, 16), date(2026, 4, 4)]
    assert facts.flags == ("information_after_withdrawal",)


@pytest.mark.skipif(not LAW.exists(), reason="the table of legal deadlines is not beside the tree")
def test_every_rule_says_what_the_table_of_legal_deadlines_says():
    table = {
        (row["scope"], row.get("seriousness")): row["days"]
        for row in json.loads(LAW.read_text())
        if "days" in row and row.get("origin", "FR") == "FR"
    }
    words = {True: "serious", False: "non_serious", None: "any"}
    for rule in RULES:
        assert table[rule.scope, words[rule.serious]] == rule.days, rule.code


def test_every_clock_names_its_legal_source():
    assert all("CSP R5121-1" in rule.source for rule in RULES)
