"""The decider of a criteria sheet: prepared by one person, published by another, versions kept.

Refusal codes: those of SENTENCES. What was in force at an instant stays known: `sheet_at`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, TypeAlias

from compassionate.domain.acts import Act, cessation_problems, told
from compassionate.domain.completeness import MOST_DAYS
from compassionate.domain.criteria import CriteriaSheet, Criterion
from compassionate.domain.criteria_events import (
    CATEGORY,
    CriteriaEvent,
    CriteriaPrepared,
    CriteriaPublished,
    CriteriaSheetOpened,
    ProductCessationSet,
    ProductStatusChanged,
    ProtocolPublished,
)
from compassionate.domain.vocabulary import DeclareTo, ProductStatus
from events.decider import Decider
from events.errors import Problem, Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSheet(Act):
    """Open the sheet of a product in an indication."""

    product: str
    product_name: str
    indication: str
    indication_text: str
    holder: str
    status: ProductStatus = ProductStatus.NAMED_PATIENT
    rare: bool = False
    very_early: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareCriteria(Act):
    """Write the next version of the criteria down."""

    criteria: tuple[Criterion, ...]
    max_days: int | None = None
    very_early: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishCriteria(Act):
    """Publish what was prepared, from an instant on that is not past."""

    in_force_from: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishProtocol(Act):
    """Publish a version of the PUT-SP."""

    document: str
    every_days: tuple[int, ...]
    declare_to: DeclareTo


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeStatus(Act):
    """Say that the product is given by another derogation from now on."""

    status: ProductStatus
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetProductCessation(Act):
    """Fix the day on which access stops after a marketing authorisation (R5121-74-9 I)."""

    marketing_authorised_on: date
    ceases_on: date
    exceptional: str | None = None


SheetCommand: TypeAlias = (
    OpenSheet
    | PrepareCriteria
    | PublishCriteria
    | PublishProtocol
    | ChangeStatus
    | SetProductCessation
)

SENTENCES = {
    "sheet_exists": "Cette fiche existe déjà.",
    "unknown_sheet": "Cette fiche n'existe pas.",
    "product_needed": "Nommez le produit, son identifiant et son titulaire.",
    "indication_needed": "Donnez le code et le texte de l'indication.",
    "criteria_needed": "Écrivez au moins un critère.",
    "criterion_empty": "Ce critère n'a pas de code ou pas de texte.",
    "criterion_twice": "Deux critères ont le même code.",
    "duration_out_of_range": "La durée maximale est comprise entre 1 et 365 jours (CSP L5121-12-1).",
    "nothing_prepared": "Aucun critère n'est préparé.",
    "preparer_publishes": "Les critères sont publiés par une autre personne que celle qui les prépare.",
    "in_force_in_past": "Une version ne vaut pas pour ce qui est déjà reçu.",
    "before_last_version": "Une version ne vaut pas avant celle qui la précède.",
    "document_needed": "Déposez le protocole (PUT-SP).",
    "days_out_of_order": "Les échéances de suivi sont des jours, du plus proche au plus lointain.",
    "status_unchanged": "Le produit a déjà ce statut.",
    "reason_needed": "Donnez le motif : il reste à la fiche.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetFacts:
    """One sheet with every version of it; `statuses` and `cessations` by the instant they were set."""

    opened: CriteriaSheetOpened | None = None
    prepared: CriteriaPrepared | None = None
    published: tuple[CriteriaPublished, ...] = ()
    protocols: tuple[ProtocolPublished, ...] = ()
    statuses: tuple[tuple[datetime, ProductStatus], ...] = ()
    cessations: tuple[tuple[datetime, date], ...] = ()

    @property
    def status(self) -> ProductStatus | None:
        """Return by which derogation it is given now."""
        return self.statuses[-1][1] if self.statuses else None


def sheet_at(
    facts: SheetFacts,
    at: datetime,
    *,
    decided_at: datetime | None = None,
    undertaking_on: date | None = None,
) -> CriteriaSheet:
    """Return what a request received at `at` is judged by (§5.3 5); `undertaking_on` is the holder's.

    The criteria are those of its receipt. Status, cessation and very early access bind a decision as
    they stand when it is taken, `decided_at` (§5.3 10, 11, 15). Raises ValueError: no such sheet.
    """
    if facts.opened is None:
        raise ValueError("no such sheet")
    now = decided_at or at
    in_force = [one for one in facts.published if one.in_force_from <= at]
    statuses = [status for since, status in facts.statuses if since <= now]
    cessations = [day for since, day in facts.cessations if since <= now]
    sheet = CriteriaSheet(
        product=facts.opened.product,
        indication=facts.opened.indication,
        status=statuses[-1] if statuses else facts.statuses[0][1],
        ceases_on=cessations[-1] if cessations else None,
        undertaking_on=undertaking_on,
        very_early=_is_very_early(facts, now),
    )
    if not in_force:
        return sheet
    last = in_force[-1]
    return replace(
        sheet,
        version=last.version,
        in_force_from=last.in_force_from,
        criteria=last.criteria,
        max_days=last.max_days,
    )


def _is_very_early(facts: SheetFacts, now: datetime) -> bool:
    """Said when the sheet was opened, before any criteria, or by the version in force."""
    in_force = [one for one in facts.published if one.in_force_from <= now]
    opened = facts.opened is not None and facts.opened.very_early
    return in_force[-1].very_early if in_force else opened


def decide(facts: SheetFacts, command: SheetCommand) -> Sequence[CriteriaEvent]:
    """Return the event that a command makes, or raise Refused with every reason."""
    if isinstance(command, OpenSheet) is (facts.opened is not None):
        raise Refused(_problem("sheet_exists" if facts.opened else "unknown_sheet"))
    reasons = list(_GUARDS[type(command)](facts, command))
    if reasons:
        raise Refused(*reasons)
    return [_made(facts, command)]


def evolve(facts: SheetFacts, event: CriteriaEvent) -> SheetFacts:
    """Return the facts after one event."""
    match event:
        case CriteriaSheetOpened():
            return replace(facts, opened=event, statuses=((event.occurred_at, event.status),))
        case CriteriaPrepared():
            return replace(facts, prepared=event)
        case CriteriaPublished():
            return replace(facts, prepared=None, published=(*facts.published, event))
        case ProtocolPublished():
            return replace(facts, protocols=(*facts.protocols, event))
        case ProductStatusChanged():
            changed = (event.occurred_at, event.status)
            return replace(facts, statuses=(*facts.statuses, changed))
        case ProductCessationSet():
            fixed = (event.occurred_at, event.ceases_on)
            return replace(facts, cessations=(*facts.cessations, fixed))


CRITERIA: Decider[SheetFacts, SheetCommand, CriteriaEvent] = Decider(
    category=CATEGORY, initial=SheetFacts(), decide=decide, evolve=evolve
)


def _problem(code: str, pointer: str = "") -> Problem:
    return Problem(pointer, code, SENTENCES[code])


def _open(_facts: SheetFacts, command: OpenSheet) -> Iterator[Problem]:
    for name in ("product", "product_name", "holder"):
        if not getattr(command, name).strip():
            yield _problem("product_needed", f"/{name}")
    for name in ("indication", "indication_text"):
        if not getattr(command, name).strip():
            yield _problem("indication_needed", f"/{name}")


def _prepare(_facts: SheetFacts, command: PrepareCriteria) -> Iterator[Problem]:
    if not command.criteria:
        yield _problem("criteria_needed", "/criteria")
    seen: set[str] = set()
    for place, one in enumerate(command.criteria):
        if not (one.code.strip() and one.text.strip()):
            yield _problem("criterion_empty", f"/criteria/{place}")
        elif one.code in seen:
            yield _problem("criterion_twice", f"/criteria/{place}/code")
        seen.add(one.code)
    if command.max_days is not None and not 1 <= command.max_days <= MOST_DAYS:
        yield _problem("duration_out_of_range", "/max_days")


def _publish(facts: SheetFacts, command: PublishCriteria) -> Iterator[Problem]:
    if facts.prepared is None:
        yield _problem("nothing_prepared")
    elif facts.prepared.by == command.by:
        yield _problem("preparer_publishes")
    if command.in_force_from < command.at:
        yield _problem("in_force_in_past", "/in_force_from")
    elif facts.published and command.in_force_from <= facts.published[-1].in_force_from:
        yield _problem("before_last_version", "/in_force_from")


def _protocol(_facts: SheetFacts, command: PublishProtocol) -> Iterator[Problem]:
    if not command.document.strip():
        yield _problem("document_needed", "/document")
    days = command.every_days
    if any(day < 1 for day in days) or list(days) != sorted(set(days)):
        yield _problem("days_out_of_order", "/every_days")


def _change(facts: SheetFacts, command: ChangeStatus) -> Iterator[Problem]:
    if command.status is facts.status:
        yield _problem("status_unchanged", "/status")
    if not command.reason.strip():
        yield _problem("reason_needed", "/reason")


def _cease(_facts: SheetFacts, command: SetProductCessation) -> Iterator[Problem]:
    yield from cessation_problems(
        command.marketing_authorised_on, command.ceases_on, command.exceptional, command.at
    )


_GUARDS: Mapping[type[Any], Callable[[SheetFacts, Any], Iterator[Problem]]] = {
    OpenSheet: _open,
    PrepareCriteria: _prepare,
    PublishCriteria: _publish,
    PublishProtocol: _protocol,
    ChangeStatus: _change,
    SetProductCessation: _cease,
}


def _made(facts: SheetFacts, command: SheetCommand) -> CriteriaEvent:
    return _MAKES[type(command)](facts, command)


def _published(facts: SheetFacts, command: PublishCriteria) -> CriteriaPublished:
    prepared = facts.prepared
    return CriteriaPublished(
        **told(command, "in_force_from"),
        version=len(facts.published) + 1,
        criteria=prepared.criteria if prepared else (),
        max_days=prepared.max_days if prepared else None,
        very_early=bool(prepared and prepared.very_early),
    )


OPENED = (
    "product",
    "product_name",
    "indication",
    "indication_text",
    "holder",
    "status",
    "rare",
    "very_early",
)
_MAKES: Mapping[type[Any], Callable[[SheetFacts, Any], CriteriaEvent]] = {
    OpenSheet: lambda _, one: CriteriaSheetOpened(**told(one, *OPENED)),
    PrepareCriteria: lambda _, one: CriteriaPrepared(
        **told(one, "criteria", "max_days", "very_early")
    ),
    PublishCriteria: _published,
    PublishProtocol: lambda facts, one: ProtocolPublished(
        **told(one, "document", "every_days", "declare_to"), version=len(facts.protocols) + 1
    ),
    ChangeStatus: lambda _, one: ProductStatusChanged(**told(one, "status", "reason")),
    SetProductCessation: lambda _, one: ProductCessationSet(
        **told(one, "marketing_authorised_on", "ceases_on", "exceptional")
    ),
}
