"""What a declarant reports: every field of the French form (cerfa 10011*07).

Every field may be left unsaid (None or an empty tuple): a declaration with little is still a
declaration. Dates are ISO 8601 in reduced precision ("2021", "2021-05", "2021-05-12").
"""

from dataclasses import dataclass
from typing import Annotated

from events.event import Personal
from pharmacovigilance.domain.dates import PartialDate
from pharmacovigilance.domain.described import said
from pharmacovigilance.domain.vocabulary import (
    SUSPECTED_ROLES,
    ActionTaken,
    AgeGroup,
    AgeUnit,
    Answer,
    AuthorisationStatus,
    Circumstance,
    DrugRole,
    NewbornExposure,
    Outcome,
    ProductKind,
    Profession,
    SeriousnessCriterion,
    Sex,
)

PatientText = Annotated[str | None, Personal("patient")]
PatientDate = Annotated[PartialDate | None, Personal("patient")]
ReporterText = Annotated[str | None, Personal("reporter")]

DATE_FIELDS = frozenset(
    {"birth_date", "last_menstrual_period", "start", "end", "onset", "death_date"}
)
"""Names of the fields that hold a partial date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Newborn:
    """How a newborn received the drugs; kept empty for every other patient."""

    exposures: tuple[NewbornExposure, ...] = said(
        "How the newborn received the drugs", "D.10", default=()
    )
    trimesters: tuple[int, ...] = said(
        "Trimesters of the pregnancy in which the mother took them (1, 2, 3)", "G.k.6", default=()
    )
    last_menstrual_period: PatientDate = said("Date of the mother's last period", "D.10.3")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """The person who had the reaction."""

    name_letters: PatientText = said("First three letters of the family name", "D.1", 3)
    first_name_initial: PatientText = said("First letter of the given name", "D.1", 1)
    birth_date: PatientDate = said("Date of birth", "D.2.1")
    age_value: float | None = said("Age at the onset of the reaction", "D.2.2a")
    age_unit: AgeUnit | None = said("Unit of the age", "D.2.2b")
    age_group: AgeGroup | None = said("Age group, where no age is known", "D.2.3")
    sex: Sex | None = said("Sex", "D.5")
    weight_kg: float | None = said("Body weight, kilograms", "D.3")
    height_cm: int | None = said("Height, centimetres", "D.4")
    last_menstrual_period: PatientDate = said("Last period of a pregnant patient", "D.6")
    medical_history: PatientText = said("History and risk factors", "D.7.2", 10_000)
    newborn: Newborn | None = said("Newborn block of the form", "D.10")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drug:
    """One medicine or vaccine; a role left unsaid counts as suspect, a kind as medicine."""

    name: str | None = said("Name as reported", "G.k.2.2", 250)
    cis: str | None = said("Code CIS of the French medicines database, 8 digits", "G.k.2.1.1b")
    cip: str | None = said("Code CIP of the pack, 7 or 13 digits", "G.k.2.1.1b")
    kind: ProductKind | None = said("Medicine, vaccine or blood-derived medicine")
    role: DrugRole | None = said("Role in the reaction", "G.k.1")
    route: str | None = said("Route of administration", "G.k.4.r.10.1", 60)
    dosage: str | None = said("Dosage in words", "G.k.4.r.8", 2_000)
    start: PartialDate | None = said("First administration", "G.k.4.r.4")
    end: PartialDate | None = said("Last administration", "G.k.4.r.5")
    indication: str | None = said("Indication", "G.k.7.r.1", 250)
    authorisation: AuthorisationStatus | None = said(
        "AMM, early or compassionate access…", "G.k.3"
    )
    batch_number: str | None = said("Batch number", "G.k.4.r.7", 35)
    dose_number: int | None = said("Which dose of the series (vaccines)", "G.k.4.r.8")
    injection_site: str | None = said("Where it was injected (vaccines)", "G.k.4.r.8", 60)
    stopped: Answer | None = said("Was it stopped?", "G.k.8")
    disappeared: Answer | None = said("Did the reaction disappear then?", "G.k.11")
    reintroduced: Answer | None = said("Was it given again?", "G.k.9.i.4")
    reappeared: Answer | None = said("Did the reaction come back then?", "G.k.9.i.4")
    action_taken: ActionTaken | None = said("Action taken with the drug", "G.k.8")

    @property
    def is_suspected(self) -> bool:
        """Say whether the drug may carry the criterion "suspect product"."""
        return self.role in SUSPECTED_ROLES


@dataclass(frozen=True, slots=True, kw_only=True)
class BloodProduct:
    """One labile blood product (produit sanguin labile), which haemovigilance follows."""

    name: str | None = said("Name of the labile blood product", "G.k.2.2", 250)
    batch_number: str | None = said("Its batch number", "G.k.4.r.7", 35)
    haemovigilance_number: str | None = said(
        "Number of the haemovigilance declaration", "C.1.9.1.r.2", 100
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """One suspected adverse reaction (effet indésirable)."""

    term: str | None = said("The reaction in the reporter's words", "E.i.1.1a", 250)
    code: str | None = said("Its code in the site's terminology (MedDRA LLT)", "E.i.2.1b", 20)
    code_version: str | None = said("Version of that terminology", "E.i.2.1a", 10)
    onset: PartialDate | None = said("Start of the reaction", "E.i.4")
    end: PartialDate | None = said("End of the reaction", "E.i.5")
    outcome: Outcome | None = said("Outcome at the last observation", "E.i.7")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporter:
    """The primary source (notificateur): who noticed, and how to reach them."""

    profession: Profession | None = said("Profession", "C.2.r.4")
    family_name: ReporterText = said("Family name", "C.2.r.1.4", 60)
    given_name: ReporterText = said("Given name", "C.2.r.1.2", 60)
    rpps: ReporterText = said("RPPS number, which the register of professionals knows", None, 11)
    institution: ReporterText = said("Institution or practice", "C.2.r.2.1", 60)
    street: ReporterText = said("Street", "C.2.r.2.3", 100)
    city: ReporterText = said("City", "C.2.r.2.4", 35)
    phone: ReporterText = said("Telephone", "C.2.r.2.7", 33)
    email: ReporterText = said("E-mail address", None, 100)
    postcode: str | None = said("Postcode", "C.2.r.2.6", 15)
    department_code: str | None = said("Département, for the regional centre", "C.2.r.2.5")
    country: str | None = said("Country, ISO 3166-1 alpha-2; unsaid means FR", "C.2.r.3")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A whole declaration: the body of `POST /declarations`, field for field."""

    patient: Patient = said("The patient", "D", default=Patient())
    reporter: Reporter = said("The reporter", "C.2.r", default=Reporter())
    drugs: tuple[Drug, ...] = said("Medicines and vaccines", "G.k", default=())
    blood_products: tuple[BloodProduct, ...] = said("Labile blood products", "G.k", default=())
    reactions: tuple[Reaction, ...] = said("Suspected reactions", "E.i", default=())
    seriousness: tuple[SeriousnessCriterion, ...] = said(
        "Seriousness criteria; empty means not serious", "E.i.3.2", default=()
    )
    death_date: PatientDate = said("Date of death", "D.9.1")
    death_cause: PatientText = said("Cause of death", "D.9.2.r.2", 250)
    circumstances: tuple[Circumstance, ...] = said(
        "How the drug came to be used", "G.k.10.r", default=()
    )
    narrative: PatientText = said("What happened, in words", "H.1", 100_000)
    lab_results: PatientText = said("Results of tests", "F.r.3.4", 20_000)
    hospital_unit: ReporterText = said("Hospital unit of the administration", "C.2.r.2.2", 60)
    dispensing_pharmacy: ReporterText = said("Pharmacy that dispensed the product", "H.1", 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class DrugInformation(Drug):
    """A drug as a follow-up speaks of it: one already known (`index`), or a new one."""

    index: int | None = said("Place of the drug already known, from 0; unsaid means a new drug")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionInformation(Reaction):
    """A reaction as a follow-up speaks of it: one already known (`index`), or a new one."""

    index: int | None = said("Place of the reaction already known, from 0; unsaid means a new one")


@dataclass(frozen=True, slots=True, kw_only=True)
class Information:
    """What a follow-up adds: the body of `POST /declarations/{id}/follow-ups`.

    What is unsaid stays as known. Narrative, test results and history are added to what is known;
    every other value replaces the former. A drug or reaction is never removed, so that its index
    never changes.
    """

    patient: Patient | None = said("Newly known about the patient", "D")
    reporter: Reporter | None = said("Newly known about the reporter", "C.2.r")
    drugs: tuple[DrugInformation, ...] = said("New or changed drugs", "G.k", default=())
    blood_products: tuple[BloodProduct, ...] = said(
        "Further labile blood products", "G.k", default=()
    )
    reactions: tuple[ReactionInformation, ...] = said(
        "New or changed reactions", "E.i", default=()
    )
    seriousness: tuple[SeriousnessCriterion, ...] | None = said(
        "All criteria as now known; unsaid means unchanged, empty means not serious", "E.i.3.2"
    )
    death_date: PatientDate = said("Date of death", "D.9.1")
    death_cause: PatientText = said("Cause of death", "D.9.2.r.2", 250)
    circumstances: tuple[Circumstance, ...] | None = said(
        "All circumstances as now known; unsaid means unchanged", "G.k.10.r"
    )
    narrative: PatientText = said("Further narrative", "H.1", 100_000)
    lab_results: PatientText = said("Further results of tests", "F.r.3.4", 20_000)
    hospital_unit: ReporterText = said("Hospital unit of the administration", "C.2.r.2.2", 60)
    dispensing_pharmacy: ReporterText = said("Pharmacy that dispensed the product", "H.1", 100)
