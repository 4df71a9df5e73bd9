"""The four minimum criteria of a valid case.

Source: GVP module VI (rev. 2) VI.B.2 and ICH E2D 4.2: an identifiable reporter, an identifiable
patient, at least one suspect product, at least one suspected reaction. A criterion once held is
held for good: day 0 is a fact of the past, which later corrections do not move.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from pharmacovigilance.domain.said import (
    DrugSaid,
    InformationSaid,
    PatientSaid,
    ReactionSaid,
    ReporterSaid,
    ReportSaid,
)
from pharmacovigilance.domain.vocabulary import SUSPECTED_ROLES, Channel, Criterion

Held = tuple[date | None, date | None, date | None, date | None]
"""The first day, in Paris, on which each criterion was held, in the order of `Criterion`."""

Shows = tuple[bool, bool, bool, bool]
"""Which criteria one piece of information shows, in the order of `Criterion`."""

NOTHING_HELD: Held = (None, None, None, None)

IDENTIFYING_PATIENT = frozenset({"/patient/name_letters", "/patient/first_name_initial"}) | {
    "/patient/birth_date"
}
IDENTIFYING_REPORTER = frozenset(
    f"/reporter/{name}"
    for name in [
        "family_name",
        "given_name",
        "rpps",
        "institution",
        "street",
        "city",
        "phone",
        "email",
    ]
)
TRANSCRIBED = frozenset({Channel.PAPER, Channel.PHONE})
"""Channels on which a regional centre writes down what somebody else told."""


def patient_identifiable(patient: PatientSaid | None, filled: Iterable[str]) -> bool:
    """Say whether one of initials, birth date, age, age group or sex is known (D.1, D.2, D.5)."""
    clear = patient is not None and (
        patient.age_value is not None
        or patient.age_group is not None
        or patient.sex in ("male", "female")
    )
    return clear or not IDENTIFYING_PATIENT.isdisjoint(filled)


def reporter_identifiable(
    reporter: ReporterSaid | None, filled: Iterable[str], account: str | None
) -> bool:
    """Say whether the reporter's existence is evident: qualification, name, address or account."""
    return (
        account is not None
        or (reporter is not None and reporter.profession is not None)
        or not IDENTIFYING_REPORTER.isdisjoint(filled)
    )


def account_of_reporter(account: str | None, channel: str | None) -> str | None:
    """Return the account that speaks for itself: who transcribes paper or a call is no reporter."""
    return None if channel in TRANSCRIBED else account


def product_suspected(drugs: Sequence[DrugSaid]) -> bool:
    """Say whether a named drug is suspect, interacting, or not administered (G.k.1, G.k.2.2)."""
    return any(drug.name and drug.role in SUSPECTED_ROLES for drug in drugs)


def reaction_suspected(reactions: Sequence[ReactionSaid]) -> bool:
    """Say whether a reaction is described (E.i.1.1a)."""
    return any(reaction.term for reaction in reactions)


def shown(
    told: ReportSaid | InformationSaid,
    filled: Iterable[str],
    drugs: Sequence[DrugSaid],
    reactions: Sequence[ReactionSaid],
    account: str | None = None,
) -> Shows:
    """Return which criteria are shown by what is told, with all drugs and reactions known then."""
    return (
        reporter_identifiable(told.reporter, filled, account),
        patient_identifiable(told.patient, filled),
        product_suspected(drugs),
        reaction_suspected(reactions),
    )


def held_since(held: Held, now: Shows, day: date) -> Held:
    """Return the first day of each criterion after information received on `day`."""
    reporter, patient, product, reaction = (
        min(since or day, day) if true else since for since, true in zip(held, now, strict=True)
    )
    return reporter, patient, product, reaction


def day_zero(held: Held) -> date | None:
    """Return day 0: the first day on which all four criteria were held, None before that."""
    latest: date | None = None
    for since in held:
        if since is None:
            return None
        if latest is None or since > latest:
            latest = since
    return latest


def missing(held: Held) -> tuple[Criterion, ...]:
    """Return the criteria that are not held yet."""
    if None not in held:
        return ()
    return tuple(
        criterion for criterion, since in zip(Criterion, held, strict=True) if since is None
    )
