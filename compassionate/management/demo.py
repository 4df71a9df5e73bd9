"""Demo criteria sheets and requests, in the name of the demo people, at every stage of their way."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from accounts.models import User
from compassionate import acting, actions, decisions, delegating, sending
from compassionate.domain.criteria import Criterion
from compassionate.domain.criteria_sheet import (
    OpenSheet,
    PrepareCriteria,
    PublishCriteria,
    PublishProtocol,
)
from compassionate.domain.decision import Terms
from compassionate.domain.follow_up import RecordData
from compassionate.domain.holder_file import InformHolder
from compassionate.domain.prescription import (
    CriterionAnswer,
    Dispensing,
    Justification,
    PharmacyPart,
    Prescription,
)
from compassionate.domain.vocabulary import (
    AgeUnit,
    DeclareTo,
    Delegated,
    Met,
    PatientOutcome,
    ProductStatus,
    Proposal,
    RequestKind,
    Sex,
)
from compassionate.giving import Signed
from compassionate.streams import authorisation_number, delegation_facts, sheet_facts
from events.acknowledged import Acknowledged
from events.days import day_of

DOCTOR, PHARMACIST, EVALUATOR, SIGNATORY = (
    "dr.martin",
    "ph.bernard",
    "evaluateur",
    "signataire",
)
ON_CALL, EDITOR, LAWYER = "astreinte", "referentiel", "juriste"
PEOPLE = (DOCTOR, PHARMACIST, EVALUATOR, SIGNATORY, ON_CALL, EDITOR, LAWYER)
INDICATION = "desmoide"
CRITERIA = (
    Criterion(code="line", text="Progression documentée après au moins une ligne de traitement"),
    Criterion(code="pregnancy", text="Grossesse en cours", required=False),
    Criterion(
        code="marker", text="Mutation recherchée, si le prélèvement existe", may_not_apply=True
    ),
)
ANSWERS = (
    CriterionAnswer(code="line", answer=Met.MET),
    CriterionAnswer(code="pregnancy", answer=Met.NOT_MET),
    CriterionAnswer(code="marker", answer=Met.NOT_APPLICABLE),
)
PART = Prescription(
    prescriber_name="Dr Claire Martin",
    prescriber_function="Praticien hospitalier",
    prescriber_rpps="10009999912",
    prescriber_email="dr.martin@example.invalid",
    prescriber_phone="01 40 00 00 01",
    service="Oncologie",
    patient_initials="DM",
    patient_age=54,
    patient_age_unit=AgeUnit.YEAR,
    patient_sex=Sex.FEMALE,
    patient_weight_kg=61.5,
    file_number="D-1042",
    product="nirogacestat",
    product_name="NIROGACESTAT",
    form="comprimé",
    strength="50 mg",
    indication=INDICATION,
    indication_text="Tumeur desmoïde abdominale en progression",
    dosage="150 mg deux fois par jour, voie orale",
    duration_days=180,
    prior_treatments="Sorafénib, arrêté pour progression.",
    trial="Aucun",
    deferrable=False,
    urgency="Compression digestive débutante",
    criteria_version=1,
    criteria=ANSWERS,
    undertakes_criteria=True,
    undertakes_follow_up=True,
)
OFF_CRITERIA = replace(
    PART,
    product=None,
    product_name="SETMELANOTIDE",
    indication=None,
    indication_text="Obésité par déficit en récepteur de la leptine",
    form="solution injectable",
    strength="10 mg/mL",
    dosage="2 mg par jour, voie sous-cutanée",
    patient_initials="LT",
    file_number="D-1077",
    deferrable=True,
    urgency=None,
    criteria_version=None,
    criteria=(),
    undertakes_criteria=False,
    justification=Justification(
        no_trial="Aucun essai ouvert en France dans cette indication.",
        no_alternative="Aucun traitement approprié n'est disponible.",
        presumed_benefit="Essai de phase III publié chez 21 patients.",
    ),
)
PHARMACY = PharmacyPart(
    pharmacist_name="Luc Bernard",
    pharmacist_rpps="10009999920",
    phone="01 40 00 00 00",
    analysis="Pas d'interaction relevée.",
    quantity="180 comprimés de 50 mg",
)
SIGNED = Signed(delegation="Délégation de démonstration")


@dataclass
class Seeding:
    """Makes what is missing; every command has a key of its own, so again adds nothing."""

    people: Mapping[str, User]
    now: datetime

    def run(self) -> int:
        """Seed; return how many requests were begun."""
        self._delegation()
        self._sheets()
        return sum(1 for _ in self._requests())

    def _delegation(self) -> None:
        """Let the signatory sign everything; a delegation is published before it holds."""
        signatory = self.people[SIGNATORY]
        if delegation_facts(signatory.public_id).given:
            return
        published_on = day_of(self._ago(days=70))
        said = {
            "reference": SIGNED.delegation,
            "quality": "Directrice",
            "acts": tuple(Delegated),
            "published_on": published_on,
            "begins_on": published_on,
        }
        at = self._ago(days=70)
        delegating.record(self.people[LAWYER], signatory, said, idempotency_key="demo", now=at)

    def _sheets(self) -> None:
        at = self.now - timedelta(days=60)
        if sheet_facts("nirogacestat", INDICATION).published:
            return
        early = {"status": ProductStatus.EARLY_ACCESS, "product_name": "VORASIDENIB"}
        listed: tuple[tuple[str, dict[str, Any]], ...] = (
            ("nirogacestat", {"product_name": "NIROGACESTAT"}),
            ("vorasidenib", early),
        )
        for product, said in listed:
            opened = {
                "indication_text": "Tumeurs desmoïdes en progression",
                "holder": "Laboratoire de démonstration",
                **said,
            }
            self._on_sheet(product, EDITOR, OpenSheet, opened, at)
        self._on_sheet(
            "nirogacestat", EDITOR, PrepareCriteria, {"criteria": CRITERIA, "max_days": 200}, at
        )
        self._on_sheet("nirogacestat", SIGNATORY, PublishCriteria, {"in_force_from": at}, at)
        protocol = {
            "document": "0" * 64,
            "every_days": (30, 90, 180),
            "declare_to": DeclareTo.REGIONAL_CENTRE,
        }
        self._on_sheet("nirogacestat", SIGNATORY, PublishProtocol, protocol, at)

    def _requests(self) -> Iterator[str]:
        """Begin requests that stand at every stage of their way."""
        granted = self._sent("granted", PART, days=40)
        if granted is None:
            return
        yield granted.number
        self._taken_up("granted", granted.id, days=39)
        begins_on = day_of(self._ago(days=39))
        # Far from its end: a demonstration sends no reminder by itself.
        terms = Terms(begins_on=begins_on, ends_on=begins_on + timedelta(days=159))
        decisions.grant(
            self.people[SIGNATORY], granted.id, terms, SIGNED,
            idempotency_key="demo-grant", now=self._ago(days=39),
        )  # fmt: skip
        informed = {"certain_on": day_of(self._ago(days=40)), "document": "0" * 64}
        acting.act_on_holder_file(
            self.people[EVALUATOR], "nirogacestat", INDICATION, InformHolder, informed,
            idempotency_key="demo-inform", now=self._ago(days=40),
        )  # fmt: skip
        self._followed(authorisation_number(granted.id), begins_on)
        waiting = self._sent("waiting", replace(PART, patient_initials="BR", file_number="D-1050"))
        off = self._sent("off", OFF_CRITERIA, days=2)
        for one in (waiting, off):
            if one is not None:
                yield one.number
        if off is not None:
            self._proposed(off.id)
        yield self._at_pharmacy()
        yield self._at_night()

    def _followed(self, number: str, begins_on: date) -> None:
        """Give the data of the first month: a demonstration owes nothing."""
        due_on = begins_on + timedelta(days=30)
        said = {
            "seen_on": due_on,
            "due_on": due_on,
            "outcome": PatientOutcome.STABLE,
            "efficacy": "Lésion stable à l'IRM.",
            "safety": "Diarrhée de grade 1.",
        }
        acting.act_on_follow_up(
            self.people[DOCTOR], number, RecordData, said,
            idempotency_key="demo-data", now=self._ago(days=8),
        )  # fmt: skip

    def _proposed(self, request_id: Any) -> None:
        self._taken_up("off", request_id, days=1)
        begins_on = day_of(self.now)
        decisions.propose_decision(
            self.people[EVALUATOR],
            request_id,
            Proposal.GRANT,
            terms=Terms(begins_on=begins_on, ends_on=begins_on + timedelta(days=89)),
            idempotency_key="demo-propose",
            now=self._ago(days=1),
        )

    def _at_pharmacy(self) -> str:
        part = replace(PART, patient_initials="KA", file_number="D-1061")
        drafted = actions.draft_request(
            self.people[DOCTOR], RequestKind.INITIAL, part,
            idempotency_key="demo-draft", now=self._ago(hours=3),
        )  # fmt: skip
        actions.send_to_pharmacy(
            self.people[DOCTOR], drafted.id, idempotency_key="demo-send", now=self._ago(hours=2)
        )
        return drafted.number

    def _at_night(self) -> str:
        told = sending.declare_dispensing(
            self.people[PHARMACIST],
            Dispensing(at=self._ago(hours=10), quantity="30 comprimés", batch="NX204"),
            prescription=replace(PART, patient_initials="SE", file_number="D-1069"),
            prescriber_attests=True,
            pharmacist_attests=True,
            idempotency_key="demo-dose",
            now=self._ago(hours=9),
        )
        return told.number

    def _sent(self, name: str, part: Prescription, days: int = 0) -> Acknowledged | None:
        """Send a whole request; None where a run before did."""
        at = self._ago(days=days, hours=1)
        sent = sending.submit_request(
            self.people[PHARMACIST], RequestKind.INITIAL, part, PHARMACY,
            idempotency_key=f"demo-{name}", now=at,
        )  # fmt: skip
        return None if sent.again else sent

    def _taken_up(self, name: str, request_id: Any, days: int) -> None:
        decisions.take_up(
            self.people[EVALUATOR], request_id, no_interest=True,
            idempotency_key=f"demo-take-up-{name}", now=self._ago(days=days),
        )  # fmt: skip

    def _on_sheet(
        self, product: str, who: str, act: Any, fields: dict[str, Any], at: datetime
    ) -> None:
        acting.act_on_sheet(
            self.people[who], product, INDICATION, act, fields,
            idempotency_key=f"demo-{act.__name__}", now=at,
        )  # fmt: skip

    def _ago(self, **past: float) -> datetime:
        return self.now - timedelta(**past)
