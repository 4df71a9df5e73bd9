"""People of two hospitals and of the agency, a criteria sheet, and the way of a request between them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from accounts.models import Institution, Role, User
from compassionate import acting, actions, decisions, delegating, sending, settling
from compassionate.domain.acts import Act
from compassionate.domain.criteria_sheet import (
    OpenSheet,
    PrepareCriteria,
    PublishCriteria,
    PublishProtocol,
)
from compassionate.domain.decision import Reasons, RefusalReasons, Terms
from compassionate.domain.grounds import RefusalGround
from compassionate.domain.holder_file import InformHolder
from compassionate.domain.legal_parameter import LegalParameter
from compassionate.domain.prescription import Prescription
from compassionate.domain.vocabulary import DeclareTo, Delegated, Proposal, RequestKind
from compassionate.giving import Done, Signed
from compassionate.streams import request_facts
from events import erasure
from events.acknowledged import Acknowledged
from events.days import day_of
from events.errors import Refused
from events.event import Actor
from events.handle import Handled
from events.keys import published
from tests.compassionate import samples

CODE = "sésame-ouvre-toi"
"""Under which a signatory's key lies."""
SIGNED = Signed(delegation="DG 2026-12")
REASONS = Reasons(law="CSP L5121-12-1 II", fact="Une alternative appropriée existe.")
REFUSAL = RefusalReasons(
    law=REASONS.law, fact=REASONS.fact, grounds=(RefusalGround.TREATMENT_EXISTS,)
)
BEFORE = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
AT = samples.AT
PART = replace(samples.PART, file_number="A-1042", criteria_version=1)
PHARMACY = replace(samples.PHARMACY, pharmacist_rpps="10009999920")


@dataclass
class Scene:
    """Who is there; every step is given under a key of its own."""

    people: dict[str, User]
    steps: int = field(default=0)

    def key(self) -> str:
        self.steps += 1
        return f"key-{self.steps}"

    def __getattr__(self, name: str) -> User:
        try:
            return self.people[name]
        except KeyError:
            raise AttributeError(name) from None

    def sheet(self, product: str = "nirogacestat", **said: Any) -> None:
        """Open a criteria sheet and publish its first version."""
        opened = {
            "product_name": product.upper(),
            "indication_text": "Tumeurs desmoïdes en progression",
            "holder": "Laboratoire de démonstration",
        } | said
        prepared = {"criteria": samples.CRITERIA, "max_days": 200}
        for act, fields, who in (
            (OpenSheet, opened, self.editor),
            (PrepareCriteria, prepared, self.editor),
            (PublishCriteria, {"in_force_from": BEFORE}, self.signatory),
        ):
            acting.act_on_sheet(
                who, product, "desmoide", act, fields, idempotency_key=self.key(), now=BEFORE
            )

    def protocol(self, every_days: tuple[int, ...] = (30, 60, 90)) -> None:
        """Publish a PUT-SP that asks for data at these days."""
        fields = {
            "document": "ab" * 32,
            "every_days": every_days,
            "declare_to": DeclareTo.REGIONAL_CENTRE,
        }
        self.act_on_sheet(PublishProtocol, fields, now=BEFORE)

    def act_on_sheet(
        self, act: type[Act], fields: Mapping[str, Any], by: User | None = None, **said: Any
    ) -> Handled[Any]:
        """Act on the criteria sheet, as the signatory unless said."""
        given: dict[str, Any] = {"idempotency_key": self.key(), "now": AT} | said
        return acting.act_on_sheet(
            by or self.signatory, "nirogacestat", "desmoide", act, fields, **given
        )

    def informed(self, at: datetime = AT) -> None:
        """Inform the rights holder of the first request."""
        acting.act_on_holder_file(
            self.evaluator,
            "nirogacestat",
            "desmoide",
            InformHolder,
            {"certain_on": day_of(at), "document": "ab" * 32},
            idempotency_key=self.key(),
            now=at,
        )

    def publish(self, at: datetime, **said: Any) -> None:
        """Prepare another criterion, for thirty days at most, and publish it as `said`."""
        other = {"criteria": (replace(samples.CRITERIA[0], code="other"),), "max_days": 30}
        for act, fields, who in (
            (PrepareCriteria, other, self.editor),
            (PublishCriteria, said, self.signatory),
        ):
            self.act_on_sheet(act, fields, who, now=at)

    def submitted(
        self, part: Prescription = PART, *, at: datetime = AT, key: str | None = None, **said: Any
    ) -> Acknowledged:
        """Send a whole request, as the pharmacist."""
        return sending.submit_request(
            said.pop("by", self.pharmacist),
            said.pop("kind", RequestKind.INITIAL),
            part,
            said.pop("pharmacy", PHARMACY),
            idempotency_key=key or self.key(),
            now=at,
            **said,
        )

    def taken_up(self, request_id: UUID, at: datetime = AT, by: User | None = None) -> Done:
        return decisions.take_up(
            by or self.evaluator,
            request_id,
            no_interest=True,
            idempotency_key=self.key(),
            now=at,
        )

    def terms(self, begins_on: date | None = None, days: int = 180) -> Terms:
        begins_on = begins_on or day_of(AT)
        return Terms(begins_on=begins_on, ends_on=begins_on + timedelta(days=days - 1))

    def proposed(self, request_id: UUID, terms: Terms | None = None, at: datetime = AT) -> Done:
        return decisions.propose_decision(
            self.evaluator,
            request_id,
            Proposal.GRANT,
            terms=terms or self.terms(),
            idempotency_key=self.key(),
            now=at,
        )

    def granted(
        self, request_id: UUID, terms: Terms | None = None, at: datetime = AT, **said: Any
    ) -> Done:
        return decisions.grant(
            said.pop("by", self.signatory),
            request_id,
            terms or self.terms(),
            SIGNED,
            idempotency_key=self.key(),
            now=at,
            **said,
        )

    def authorised(self, part: Prescription = PART) -> str:
        """Take a request through to its authorisation; return the number."""
        request_id = self.submitted(part).id
        self.taken_up(request_id)
        self.granted(request_id)
        return request_facts(request_id).number or ""

    def erased(self, stream: str) -> int:
        """Erase the patient of a stream, long after everything about her has ended."""
        operator = Actor(id="operator", role="operator")
        later = AT + timedelta(days=500)
        return erasure.erase(stream, "patient", basis="RGPD art. 17", actor=operator, now=later)

    def withdrawn(self, request_id: UUID) -> None:
        """Take a request back, as its prescriber."""
        sending.withdraw_request(
            self.doctor, request_id, "Patient transféré.", idempotency_key=self.key(), now=AT
        )

    def drafted(self, part: Prescription = PART) -> Done:
        return actions.draft_request(
            self.doctor, RequestKind.INITIAL, part, idempotency_key=self.key(), now=AT
        )


def at(day: date) -> datetime:
    """Return the hour of AT on another day."""
    return AT + (day - day_of(AT))


def codes(refused: pytest.ExceptionInfo[Refused]) -> set[str]:
    """Return the code of each reason of a refusal."""
    return {one.code for one in refused.value.problems}


def keys() -> list[dict[str, Any]]:
    """Return the published keys as if they had signed in the time of the scene, too."""
    return [one | {"from": None} for one in published()]


def everybody() -> Scene:
    """Make the people of the scene."""
    places = {
        finess: Institution.objects.create(
            finess=finess, name=name, kind=kind, department=finess[:2], city=city
        )
        for finess, name, kind, city in (
            ("750712184", "Hôpital A", "hospital", "Paris"),
            ("690781810", "Hôpital B", "hospital", "Lyon"),
            ("939900031", "Agence", "agency", "Saint-Denis"),
        )
    }
    roles = {
        "doctor": (Role.DOCTOR, "750712184", "10009999912"),
        "intern": (Role.INTERN, "750712184", None),
        "other_intern": (Role.INTERN, "750712184", None),
        "pharmacist": (Role.HOSPITAL_PHARMACIST, "750712184", "10009999920"),
        "other_doctor": (Role.DOCTOR, "690781810", None),
        "other_pharmacist": (Role.HOSPITAL_PHARMACIST, "690781810", None),
        "evaluator": (Role.REVIEWER, "939900031", None),
        "second_evaluator": (Role.REVIEWER, "939900031", None),
        "signatory": (Role.SIGNATORY, "939900031", None),
        "on_call": (Role.ON_CALL, "939900031", None),
        "second_on_call": (Role.ON_CALL, "939900031", None),
        "pilot": (Role.VIGILANCE_PILOT, "939900031", None),
        "editor": (Role.CRITERIA_EDITOR, "939900031", None),
        "legal": (Role.LEGAL, "939900031", None),
        "operator": (Role.OPERATOR, "939900031", None),
    }
    people = Scene(
        {
            name: User.objects.create(
                username=name,
                role=role,
                institution=places[finess],
                rpps=rpps,
                email=f"{name}@example.invalid",
            )
            for name, (role, finess, rpps) in roles.items()
        }
    )
    delegated(people.legal, people.signatory)
    return people


def delegated(lawyer: User, signatory: User, **said: Any) -> None:
    """Let somebody sign everything, from the year before on."""
    fields: dict[str, Any] = {
        "reference": SIGNED.delegation,
        "quality": "Directrice médicale adjointe",
        "acts": tuple(Delegated),
        "published_on": date(2025, 1, 2),
        "begins_on": date(2025, 1, 2),
    } | said
    delegating.record(lawyer, signatory, fields, idempotency_key=fields["reference"], now=BEFORE)


def settled(
    lawyer: User,
    parameter: LegalParameter = LegalParameter.SILENCE_EFFECT,
    *,
    at: datetime = BEFORE,
    **said: Any,
) -> None:
    """Settle a parameter, from the day on which it is signed unless said: silence rejects."""
    fields: dict[str, Any] = {
        "value": "rejection",
        "in_force_from": day_of(at),
        "text": "CRPA L231-4 ; décret n° 2014-1288",
        "reference": "JUR 2026-7",
    } | said
    key = fields["reference"]
    settling.settle(lawyer, parameter, fields, idempotency_key=key, now=at)


@pytest.fixture
def scene(db) -> Scene:
    return everybody()
