"""The decider of a criteria sheet: prepared by one person, published by another, versions kept.

A restriction may come before a version that is published for later: whoever publishes it says whether
that one is kept or cancelled. Refusal codes: those of SENTENCES, and `hash_needed`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias

from compassionate.domain.acts import Act, cessation_problems, hash_problems, told
from compassionate.domain.completeness import MOST_DAYS
from compassionate.domain.criteria import Criterion
from compassionate.domain.criteria_events import (
    CATEGORY,
    CessationTold,
    CriteriaCancelled,
    CriteriaEvent,
    CriteriaPrepared,
    CriteriaPublished,
    CriteriaSheetOpened,
    ProductCessationSet,
    ProductStatusChanged,
    ProtocolPublished,
)
from compassionate.domain.criteria_facts import AT_ONCE, SheetFacts, evolve
from compassionate.domain.decision import Signature
from compassionate.domain.decision_guards import signature_problems
from compassionate.domain.telling import TOLD, Tell, telling_problems
from compassionate.domain.vocabulary import DeclareTo, ProductStatus, Scheduled
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
    """Publish what was prepared, from an instant on that is not past; unsaid: at once.

    `scheduled` and `reason`: what becomes of a version published for a later instant, and why this
    one comes before it.
    """

    in_force_from: datetime | None = None
    scheduled: Scheduled | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelCriteria(Act):
    """Cancel a version that is published and not in force yet."""

    version: int
    reason: str


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
    signature: Signature
    unentitled: tuple[Problem, ...] = ()
    exceptional: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TellCessation(Tell):
    """Record that the holder of the authorisation or the ministers were told of a cessation."""


SheetCommand: TypeAlias = (
    OpenSheet
    | PrepareCriteria
    | PublishCriteria
    | CancelCriteria
    | PublishProtocol
    | ChangeStatus
    | SetProductCessation
    | TellCessation
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
    "scheduled_undecided": (
        "Une autre version est publiée pour plus tard : dites si elle est gardée ou annulée."
    ),
    "same_instant": "Une autre version commence à cet instant : choisissez-en un autre.",
    "not_to_come": "Cette version n'est pas à venir : une version en vigueur se remplace.",
    "document_needed": "Déposez le protocole (PUT-SP).",
    "days_out_of_order": "Les échéances de suivi sont des jours, du plus proche au plus lointain.",
    "status_unchanged": "Le produit a déjà ce statut.",
    "reason_needed": "Donnez le motif : il reste à la fiche.",
}


def decide(facts: SheetFacts, command: SheetCommand) -> Sequence[CriteriaEvent]:
    """Return the events that a command makes, or raise Refused with every reason."""
    if isinstance(command, OpenSheet) is (facts.opened is not None):
        raise Refused(_problem("sheet_exists" if facts.opened else "unknown_sheet"))
    reasons = list(_GUARDS[type(command)](facts, command))
    if reasons:
        raise Refused(*reasons)
    if isinstance(command, PublishCriteria):
        return _published(facts, command)
    return [_MAKES[type(command)](facts, command)]


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
    if command.in_force_from is not None and command.in_force_from < command.at:
        yield _problem("in_force_in_past", "/in_force_from")
        return
    overtaken = _overtaken(facts, command)
    if overtaken and command.scheduled is None:
        yield _problem("scheduled_undecided", "/scheduled")
    if overtaken and not (command.reason or "").strip():
        yield _problem("reason_needed", "/reason")
    gone = overtaken if command.scheduled is Scheduled.CANCEL else ()
    begin = [one.in_force_from for one in facts.versions if one not in gone]
    if _begins(command) in begin:
        yield _problem("same_instant", "/in_force_from")


def _begins(command: PublishCriteria) -> datetime:
    return command.in_force_from or command.at + AT_ONCE


def _overtaken(facts: SheetFacts, command: PublishCriteria) -> tuple[CriteriaPublished, ...]:
    """Return the versions to come that would begin after the one to publish, or with it."""
    begins = _begins(command)
    return tuple([one for one in facts.to_come(command.at) if one.in_force_from >= begins])


def _cancel(facts: SheetFacts, command: CancelCriteria) -> Iterator[Problem]:
    if command.version not in {one.version for one in facts.to_come(command.at)}:
        yield _problem("not_to_come", "/version")
    if not command.reason.strip():
        yield _problem("reason_needed", "/reason")


def _protocol(_facts: SheetFacts, command: PublishProtocol) -> Iterator[Problem]:
    if not command.document.strip():
        yield _problem("document_needed", "/document")
    else:
        yield from hash_problems(command.document)
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
    yield from signature_problems(command.by, command.signature, command.unentitled)


def _tell(facts: SheetFacts, command: TellCessation) -> Iterator[Problem]:
    yield from telling_problems(command, facts.decided_on, facts.told)


_GUARDS: Mapping[type[Any], Callable[[SheetFacts, Any], Iterator[Problem]]] = {
    OpenSheet: _open,
    PrepareCriteria: _prepare,
    PublishCriteria: _publish,
    CancelCriteria: _cancel,
    PublishProtocol: _protocol,
    ChangeStatus: _change,
    SetProductCessation: _cease,
    TellCessation: _tell,
}


def _published(facts: SheetFacts, command: PublishCriteria) -> list[CriteriaEvent]:
    """Publish what was prepared, and cancel what it overtakes where it is not kept."""
    prepared, overtaken = facts.prepared, _overtaken(facts, command)
    reason = (command.reason or "").strip() or None
    kept = overtaken if command.scheduled is Scheduled.KEEP else ()
    published = CriteriaPublished(
        **told(command),
        in_force_from=_begins(command),
        version=len(facts.published) + 1,
        criteria=prepared.criteria if prepared else (),
        max_days=prepared.max_days if prepared else None,
        very_early=bool(prepared and prepared.very_early),
        keeps=tuple([one.version for one in kept]),
        reason=reason,
    )
    gone = overtaken if command.scheduled is Scheduled.CANCEL else ()
    cancelled = [
        CriteriaCancelled(**told(command), version=one.version, reason=reason or "")
        for one in gone
    ]
    return [*cancelled, published]


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
    CancelCriteria: lambda _, one: CriteriaCancelled(**told(one, "version", "reason")),
    PublishProtocol: lambda facts, one: ProtocolPublished(
        **told(one, "document", "every_days", "declare_to"), version=len(facts.protocols) + 1
    ),
    ChangeStatus: lambda _, one: ProductStatusChanged(**told(one, "status", "reason")),
    SetProductCessation: lambda _, one: ProductCessationSet(
        **told(one, "marketing_authorised_on", "ceases_on", "exceptional", "signature")
    ),
    TellCessation: lambda _, one: CessationTold(**told(one, *TOLD)),
}
