"""What is odd in a report as known now: recorded all the same, and shown to whoever reads it."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from pharmacovigilance.domain.checks import DAYS
from pharmacovigilance.domain.dates import (
    PartialDate,
    certainly_before,
    day_in_paris,
    earliest,
    is_possible,
    latest,
)
from pharmacovigilance.domain.report import Drug, Report
from pharmacovigilance.domain.vocabulary import (
    BATCH_EXPECTED,
    IN_UTERO,
    ActionTaken,
    Answer,
    NewbornExposure,
    Outcome,
    SeriousnessCriterion,
    Sex,
)


class Flag(NamedTuple):
    """Something odd: where, what, and a sentence; never a reason to refuse."""

    pointer: str
    code: str
    detail: str
    element: str | None = None


SENTENCES: dict[str, str] = {
    "information_after_withdrawal": "Des informations sont arrivées après le retrait.",
    "answer_to_closed_question": "Une réponse porte sur une question déjà close.",
    "answer_to_unknown_question": "Une réponse porte sur une question inconnue.",
    "unknown_item": "Un complément cite un médicament ou un effet inconnu : il a été ajouté.",
    "death_corrected": "Un décès déclaré a été retiré par un complément.",
}
"""The flags that the fold raises (`CaseFacts.flags`), in words."""


def flags(report: Report, received_at: datetime) -> list[Flag]:
    """Return every odd thing in a report as known now, first received at that time."""
    found = list(_patient_flags(report, received_at))
    found.extend(_death_flags(report))
    for place, drug in enumerate(report.drugs):
        found.extend(_drug_flags(report, drug, f"/drugs/{place}"))
    if report.blood_products:
        sentence = "Un produit sanguin labile relève aussi de l'hémovigilance."
        found.append(Flag("/blood_products", "haemovigilance", sentence, "G.k"))
    return found


def _patient_flags(report: Report, received_at: datetime) -> Iterator[Flag]:
    patient = report.patient
    if patient.sex is Sex.MALE and patient.last_menstrual_period is not None:
        sentence = "Une date de dernières règles est donnée pour un patient masculin."
        yield Flag("/patient/last_menstrual_period", "period_of_male", sentence, "D.6")
    if _age_differs(report, day_in_paris(received_at)):
        sentence = "L'âge et la date de naissance ne s'accordent pas."
        yield Flag("/patient/age_value", "age_differs_from_birth", sentence, "D.2.2a")
    newborn = patient.newborn
    if (
        newborn is not None
        and newborn.trimesters
        and NewbornExposure.MOTHER_DURING_PREGNANCY not in newborn.exposures
    ):
        sentence = "Un trimestre est donné sans exposition pendant la grossesse."
        yield Flag("/patient/newborn/trimesters", "trimester_without_pregnancy", sentence, "G.k.6")


def _death_flags(report: Report) -> Iterator[Flag]:
    ticked = SeriousnessCriterion.DEATH in report.seriousness
    fatal = any(reaction.outcome is Outcome.FATAL for reaction in report.reactions)
    dated = report.death_date is not None or report.death_cause is not None
    if ticked and not fatal:
        sentence = "Le décès est coché mais aucun effet n'a une évolution fatale."
        yield Flag("/seriousness", "death_without_fatal_outcome", sentence, "E.i.7")
    if (fatal or dated) and not ticked:
        sentence = "Un décès est rapporté mais le critère « Décès » n'est pas coché."
        yield Flag("/seriousness", "death_not_ticked", sentence, "E.i.3.2a")


def _drug_flags(report: Report, drug: Drug, here: str) -> Iterator[Flag]:
    if drug.kind in BATCH_EXPECTED and drug.batch_number is None:
        sentence = "Le numéro de lot manque : il est demandé pour un vaccin ou un dérivé du sang."
        yield Flag(f"{here}/batch_number", "batch_missing", sentence, "G.k.4.r.7")
    if drug.is_suspected and _starts_after_reactions(report, drug):
        sentence = "Ce médicament suspect a débuté après l'effet."
        yield Flag(f"{here}/start", "drug_after_onset", sentence, "G.k.4.r.4")
    if _before(drug.start, report.patient.birth_date) and not _exposed_in_utero(report):
        sentence = "Ce traitement précède la naissance : précisez l'exposition du nouveau-né."
        yield Flag(f"{here}/start", "drug_before_birth", sentence, "G.k.4.r.4")
    if drug.disappeared is Answer.YES and drug.stopped is Answer.NO:
        sentence = "L'effet aurait disparu à l'arrêt, mais le médicament n'est pas arrêté."
        yield Flag(f"{here}/disappeared", "disappeared_without_stop", sentence, "G.k.8")
    if drug.reappeared is Answer.YES and drug.reintroduced is not Answer.YES:
        sentence = "L'effet aurait réapparu, mais aucune réintroduction n'est indiquée."
        yield Flag(
            f"{here}/reappeared", "reappeared_without_reintroduction", sentence, "G.k.9.i.4"
        )
    if drug.stopped is Answer.NO and drug.action_taken is ActionTaken.WITHDRAWN:
        sentence = "Le médicament est dit à la fois arrêté et non arrêté."
        yield Flag(f"{here}/action_taken", "stop_differs_from_action", sentence, "G.k.8")


def _starts_after_reactions(report: Report, drug: Drug) -> bool:
    onsets = [reaction.onset for reaction in report.reactions if reaction.onset is not None]
    return bool(onsets) and all(_before(onset, drug.start) for onset in onsets)


def _exposed_in_utero(report: Report) -> bool:
    newborn = report.patient.newborn
    return newborn is not None and not IN_UTERO.isdisjoint(newborn.exposures)


def _age_differs(report: Report, received: date) -> bool:
    """Say whether no day of birth and of onset can give the stated age, within one unit."""
    patient = report.patient
    birth, value, unit = patient.birth_date, patient.age_value, patient.age_unit
    if birth is None or value is None or unit is None or not is_possible(birth):
        return False
    onsets = [one.onset for one in report.reactions if one.onset and is_possible(one.onset)]
    first = min((earliest(onset) for onset in onsets), default=None)
    last = max((latest(onset) for onset in onsets), default=received)
    youngest = ((first or received) - latest(birth)).days
    oldest = (last - earliest(birth)).days
    days = DAYS[unit]
    slack = max(days, 1)
    return (value + 1) * days + slack < youngest or value * days - slack > oldest


def _before(one: PartialDate | None, other: PartialDate | None) -> bool:
    return (
        one is not None
        and other is not None
        and is_possible(one)
        and is_possible(other)
        and certainly_before(one, other)
    )
