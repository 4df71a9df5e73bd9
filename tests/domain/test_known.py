"""The report as known now."""

from dataclasses import replace

from pharmacovigilance.domain.declaration import DECLARATION
from pharmacovigilance.domain.events import DeclarationEvent
from pharmacovigilance.domain.known import report_after, tidied, with_information
from pharmacovigilance.domain.report import (
    BloodProduct,
    DrugInformation,
    Information,
    Newborn,
    Patient,
    Reaction,
    ReactionInformation,
    Reporter,
)
from pharmacovigilance.domain.vocabulary import (
    Circumstance,
    DrugRole,
    NewbornExposure,
    Outcome,
    Sex,
)
from tests.domain.samples import SERIOUS, VALID, declare, follow_up, withdraw
from tests.scenario import given


def test_what_a_follow_up_leaves_unsaid_stays():
    news = Information(
        patient=Patient(weight_kg=61.5),
        drugs=(DrugInformation(index=0, end="2026-03"),),
        reactions=(ReactionInformation(index=0, outcome=Outcome.RECOVERING),),
    )
    after = with_information(SERIOUS, news)
    assert after == replace(
        SERIOUS,
        patient=replace(VALID.patient, weight_kg=61.5),
        drugs=(replace(VALID.drugs[0], end="2026-03"),),
        reactions=(replace(VALID.reactions[0], outcome=Outcome.RECOVERING),),
    )


def test_texts_are_added_and_other_values_replaced():
    known = replace(
        VALID,
        narrative="Début.",
        circumstances=(Circumstance.NORMAL_USE,),
        patient=replace(VALID.patient, medical_history="Diabète"),
    )
    news = Information(
        narrative="Fin.",
        lab_results="Plaquettes 10 G/L",
        circumstances=(Circumstance.OVERDOSE,),
        patient=Patient(sex=Sex.MALE, medical_history="HTA"),
        reporter=Reporter(phone="05 56 00 00 00"),
        blood_products=(BloodProduct(name="CGR"),),
        seriousness=(),
    )
    after = with_information(known, news)
    assert after.narrative == "Début.\n\nFin."
    assert after.lab_results == "Plaquettes 10 G/L"
    assert after.circumstances == (Circumstance.OVERDOSE,)
    assert after.patient.medical_history == "Diabète\n\nHTA"
    assert after.patient.sex is Sex.MALE
    assert after.reporter == replace(VALID.reporter, phone="05 56 00 00 00")
    assert after.blood_products == (BloodProduct(name="CGR"),)


def test_the_newborn_block_is_completed_field_by_field():
    known = replace(VALID, patient=Patient(newborn=Newborn(trimesters=(1,))))
    news = Information(
        patient=Patient(newborn=Newborn(exposures=(NewbornExposure.MOTHER_DURING_PREGNANCY,)))
    )
    assert with_information(known, news).patient.newborn == Newborn(
        exposures=(NewbornExposure.MOTHER_DURING_PREGNANCY,), trimesters=(1,)
    )


def test_the_same_text_sent_again_is_not_doubled():
    known = replace(VALID, narrative="Début.")
    assert with_information(known, Information(narrative="Début.")) == known


def test_the_report_after_all_events_agrees_with_the_facts():
    commands = (
        declare(),
        follow_up(Information(drugs=(DrugInformation(index=9, name="Autre"),))),
        withdraw(),
        follow_up(
            Information(
                drugs=(DrugInformation(index=1, role=DrugRole.CONCOMITANT),),
                reactions=(ReactionInformation(term="Fièvre"),),
            )
        ),
    )
    past: tuple[DeclarationEvent, ...] = ()
    for command in commands:
        past += given(DECLARATION, *past).when(command).made
    report = report_after(past)
    facts = DECLARATION.fold(past)
    assert report is not None
    assert [(drug.name, drug.role) for drug in report.drugs] == [
        (drug.name, drug.role) for drug in facts.drugs
    ]
    assert report.reactions[1] == Reaction(term="Fièvre")
    assert facts.suspects == ("Méthotrexate",)


def test_before_the_declaration_there_is_no_report():
    assert report_after(()) is None


def test_a_product_that_is_only_named_by_its_place_is_no_news():
    """It must start no clock; what is said beside it is kept."""
    news = Information(
        patient=Patient(weight_kg=61.5),
        drugs=(DrugInformation(index=0), DrugInformation(index=0, end="2026-03")),
        reactions=(ReactionInformation(index=0, term=" "),),
    )
    after = tidied(news)
    assert after.drugs == (DrugInformation(index=0, end="2026-03"),)
    assert after.reactions == ()
    bare = Information(patient=Patient(weight_kg=61.5), drugs=(DrugInformation(index=0),))
    facts = given(DECLARATION).when(declare(SERIOUS), follow_up(bare, "2026-03-10")).state
    assert len(facts.clocks) == 1
