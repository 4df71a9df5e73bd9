"""The decider of a declaration, case by case."""

from dataclasses import replace

import pytest

from pharmacovigilance.domain.declaration import DECLARATION
from pharmacovigilance.domain.events import (
    AdverseEventDeclared,
    DeclarationEvent,
    DeclarationWithdrawn,
    FollowUpReceived,
    InformationProvided,
    InformationRequested,
)
from pharmacovigilance.domain.places import centre_of, department_of
from pharmacovigilance.domain.report import (
    DrugInformation,
    Information,
    ReactionInformation,
    Report,
    Reporter,
)
from pharmacovigilance.domain.vocabulary import (
    Channel,
    Party,
    ProductKind,
    SeriousnessCriterion,
    Status,
)
from tests.domain.samples import (
    QUESTION,
    SERIOUS,
    VALID,
    answer,
    ask,
    at,
    declare,
    follow_up,
    withdraw,
)
from tests.scenario import given

NEWS = Information(narrative="Suite.")
LATER = (follow_up(NEWS), withdraw(), ask(), answer())


def events_of(*commands):
    """Return the events that commands make, one after the other."""
    past: tuple[DeclarationEvent, ...] = ()
    for command in commands:
        past += given(DECLARATION, *past).when(command).made
    return past


def test_a_declaration_is_recorded_as_it_was_said():
    command = declare(SERIOUS, declarant="7f1e", institution="330781360", channel=Channel.API)
    given(DECLARATION).when(command).then(
        AdverseEventDeclared(
            occurred_at=command.occurred_at,
            received_at=command.received_at,
            report=SERIOUS,
            channel=Channel.API,
            declarant="7f1e",
            institution="330781360",
            filled=("/patient/name_letters", "/patient/birth_date"),
        )
    )


def test_blank_texts_count_as_unsaid_and_criteria_are_kept_once_in_order():
    stay, death = SeriousnessCriterion.HOSPITALISATION, SeriousnessCriterion.DEATH
    untidy = replace(
        SERIOUS,
        seriousness=(stay, death, stay),
        narrative="  ",
        reporter=replace(VALID.reporter, phone=""),
    )
    (event,) = given(DECLARATION).when(declare(untidy)).made
    assert isinstance(event, AdverseEventDeclared)
    assert event.report == replace(SERIOUS, seriousness=(death, stay))
    assert event.filled == ("/patient/name_letters", "/patient/birth_date")


def test_the_same_declaration_is_not_declared_twice():
    given(DECLARATION, *events_of(declare())).when(declare()).refused("already_declared")


@pytest.mark.parametrize("command", LATER)
def test_nothing_happens_to_a_declaration_that_nobody_made(command):
    given(DECLARATION).when(command).refused("unknown_declaration")


def test_a_refusal_gives_the_reasons_of_state_and_of_data_together():
    bad = declare(Report())
    given(DECLARATION, *events_of(declare())).when(bad).refused(
        "already_declared", "nothing_reported"
    )


@pytest.mark.parametrize(
    "past",
    [
        (declare(),),
        (declare(), ask()),
        (declare(), withdraw()),
        (declare(), follow_up(NEWS), ask(), answer()),
    ],
)
def test_reports_of_fact_are_accepted_in_every_state(past):
    """Architecture, intake rule 2: accepted by their decider in every state, flagged where odd."""
    history = given(DECLARATION, *events_of(*past))
    history.when(follow_up(NEWS)).then_types(FollowUpReceived)
    history.when(answer()).then_types(InformationProvided)
    history.when(follow_up(NEWS, by=Party.REVIEWER)).then_types(FollowUpReceived)


def test_a_withdrawal_is_recorded_once_with_its_reason():
    history = given(DECLARATION, *events_of(declare()))
    outcome = history.when(withdraw()).then_types(DeclarationWithdrawn)
    assert outcome.state.status is Status.WITHDRAWN
    history.when(withdraw(), withdraw()).refused("already_withdrawn")


def test_only_the_declarant_withdraws_and_only_with_a_reason():
    history = given(DECLARATION, *events_of(declare()))
    history.when(withdraw(by=Party.REVIEWER)).refused("not_the_declarant")
    history.when(withdraw(reason=" ")).refused_at(("/reason", "required"))
    history.when(withdraw(reason="x" * 2_001)).refused_at(("/reason", "too_long"))


def test_a_question_is_asked_by_reviewers_once_and_not_after_a_withdrawal():
    history = given(DECLARATION, *events_of(declare()))
    history.when(ask()).then_types(InformationRequested)
    history.when(ask(by=Party.DECLARANT)).refused("only_reviewers_ask")
    history.when(ask(), ask()).refused("question_exists")
    history.when(ask(), answer(), ask()).refused("question_exists")
    history.when(withdraw(), ask()).refused("withdrawn")
    history.when(ask(text="\0")).refused_at(("/text", "unreadable_character"))


def test_the_state_follows_questions_and_answers():
    history = given(DECLARATION)
    assert history.when(declare()).state.status is Status.DECLARED
    asked = history.when(declare(), ask()).state
    assert asked.status is Status.INFORMATION_REQUESTED
    assert asked.open_questions == (QUESTION,)
    assert history.when(declare(), ask(), answer()).state.status is Status.DECLARED


def test_a_withdrawn_declaration_is_taken_up_again_by_a_fact():
    facts = given(DECLARATION).when(declare(), withdraw(), follow_up(NEWS)).state
    assert facts.status is Status.DECLARED
    given(DECLARATION).when(declare(), withdraw(), follow_up(NEWS), withdraw()).then_types(
        DeclarationWithdrawn
    )


def test_a_follow_up_adds_and_changes_what_lists_show():
    news = Information(
        reporter=Reporter(postcode="75014"),
        drugs=(
            DrugInformation(index=0, name="Méthotrexate 10 mg"),
            DrugInformation(name="Vaxigrip", kind=ProductKind.VACCINE),
        ),
        reactions=(ReactionInformation(term="Fièvre"),),
    )
    facts = given(DECLARATION).when(declare(), follow_up(news)).state
    assert facts.suspects == ("Méthotrexate 10 mg", "Vaxigrip")
    assert facts.reaction_terms == ("Pancytopénie", "Fièvre")
    assert facts.product_kinds == ("medicine", "vaccine")
    assert facts.department == "75"
    assert facts.follow_ups == 1
    assert facts.first_received_at == at("2026-03-01")
    assert facts.last_received_at == at("2026-03-10")


def test_the_latest_information_is_the_latest_receipt_not_the_latest_record():
    facts = (
        given(DECLARATION)
        .when(declare(), follow_up(NEWS, "2026-03-20"), follow_up(NEWS, "2026-03-10"))
        .state
    )
    assert facts.last_received_at == at("2026-03-20")


@pytest.mark.parametrize(
    ("reporter", "department", "centre"),
    [
        (Reporter(department_code="33"), "33", "bordeaux"),
        (Reporter(postcode="69003"), "69", "lyon"),
        (Reporter(postcode="20167"), "2A", "marseille"),
        (Reporter(postcode="20600"), "2B", "marseille"),
        (Reporter(postcode="97400"), "974", "bordeaux"),
        (Reporter(department_code="988"), "988", None),
        (Reporter(postcode="D-10115"), None, None),
        (Reporter(postcode="٣٣٠٠٠"), None, None),
        (Reporter(), None, None),
    ],
)
def test_the_regional_centre_follows_from_the_reporter_s_departement(reporter, department, centre):
    """BPPV 2022: the declaration goes to the CRPV of the département."""
    facts = given(DECLARATION).when(declare(replace(VALID, reporter=reporter))).state
    assert (facts.department, facts.centre) == (department, centre)


@pytest.mark.parametrize(
    ("reporter", "department"),
    [
        (Reporter(country="BE"), "75"),
        (Reporter(country="BE", postcode="1000"), "75"),
        (Reporter(department_code="33"), "33"),
        (Reporter(postcode="69003"), "69"),
    ],
)
def test_the_centre_that_received_it_follows_what_names_no_french_place(reporter, department):
    told = declare(replace(VALID, reporter=reporter), received_in="75")
    after = given(DECLARATION).when(told)
    assert after.state.department == department
    assert after.made[0].report.reporter == reporter


def test_a_postcode_and_its_departement_lead_to_the_same_centre():
    assert centre_of(department_of("83000")) == centre_of("83") == "nice"
