"""The letters about a request: acknowledgement, question, decision, silence."""

from dataclasses import replace

from compassionate.domain import letter_texts as texts
from compassionate.domain.authorisation_events import CessationSet
from compassionate.domain.criteria_events import ProductCessationSet
from compassionate.domain.decision import APPEAL, Reasons, Signature
from compassionate.domain.letter import Block, Letter, LetterFacts, Names
from compassionate.domain.letter_texts import LetterKind, day, instant, shown
from compassionate.domain.request_events import (
    InformationAsked,
    RequestGranted,
    RequestReceived,
    RequestRefused,
    SilenceEstablished,
)
from compassionate.domain.vocabulary import LABELS, OutOfHoursRoute, SilenceEffect
from events.event import DomainEvent

Rows = tuple[tuple[str, str], ...]


def made(
    kind: LetterKind, event: DomainEvent, names: Names, *, number: str, to: tuple[str, ...]
) -> Letter:
    """Return a letter with its head and nothing in it."""
    title, gloss = texts.TITLES[kind]
    return Letter(
        kind=kind,
        number=number,
        dated_at=event.occurred_at,
        sender=(names.agency, *names.address, names.service, names.mail, names.phone),
        to=to,
        title=title,
        subtitle_en=gloss,
        blocks=(),
        mentions=(),
        signatory=(names.agency, names.service),
    )


def filled(
    head: Letter,
    blocks: tuple[Block, ...],
    mentions: tuple[str, ...],
    signatory: tuple[str, ...] = (),
) -> Letter:
    """Return a letter with what it says; without a signatory it is its service's."""
    return replace(head, blocks=blocks, mentions=mentions, signatory=signatory or head.signatory)


def to_prescriber(names: Names, facts: LetterFacts) -> tuple[str, ...]:
    """Return the lines of the prescriber's address."""
    service = facts.prescription.service if facts.prescription else None
    lines = (_prescriber(names, facts), service, names.institution)
    return tuple(line for line in lines if line)


def _prescriber(names: Names, facts: LetterFacts) -> str:
    part = facts.prescription
    return shown(part.prescriber_name if part else names.prescriber)


def _contact(names: Names, facts: LetterFacts) -> str:
    part = facts.prescription
    if part is None:
        return shown(names.prescriber_contact)
    if part.prescriber_name is None:
        return texts.ERASED
    said = [text for text in (part.prescriber_email, part.prescriber_phone) if text]
    return " – ".join(said) or shown(names.prescriber_contact)


def _optional(label: str, value: str | None, facts: LetterFacts) -> Rows:
    """Return a row that may be unsaid: erased and unsaid are told apart by the initials."""
    if value is None and not facts.patient_erased:
        return ()
    return ((label, shown(value)),)


def decided(signature: Signature, names: Names) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the lines of the signatory, and what is said of the signature (CRPA L212-1, L212-2)."""
    lines = (
        "Pour le directeur général et par délégation",
        shown(names.signatory),
        signature.quality,
        f"Délégation : {signature.delegation}",
    )
    waived = texts.NO_SIGNATURE if signature.through_service else texts.SIGNED
    return lines, (waived,)


def reasons(why: Reasons) -> tuple[Block, ...]:
    """Return the reasons in law and in fact, and the routes of appeal."""
    return (
        Block(heading="Motifs de droit", paragraphs=(why.law,)),
        Block(heading="Motifs de fait", paragraphs=(shown(why.fact),)),
        recourse(why.appeal),
    )


def recourse(appeal: str = APPEAL) -> Block:
    """Return the routes of appeal."""
    return Block(heading="Voies et délais de recours", paragraphs=(appeal,))


def cessation(event: CessationSet | ProductCessationSet) -> tuple[Rows, tuple[Block, ...]]:
    """Return the days of a cessation after a marketing authorisation, and why it comes late where it does."""
    rows = (
        ("AMM délivrée le", day(event.marketing_authorised_on)),
        ("Dernier jour de l'accès compassionnel", day(event.ceases_on)),
    )
    if not event.exceptional:
        return rows, ()
    return rows, (Block(heading="Prolongation exceptionnelle", paragraphs=(event.exceptional,)),)


def contact(names: Names) -> Block:
    """Return whom to turn to."""
    rows = (("Service", names.service), ("Courriel", names.mail), ("Téléphone", names.phone))
    return Block(heading="Service chargé du dossier", rows=rows)


def authorisation_rows(facts: LetterFacts) -> Rows:
    """Return what names an authorisation, its patient and its medicine."""
    rows: Rows = (("Autorisation", facts.number or facts.reference),)
    if facts.prescription is not None:
        rows += (("Initiales du patient", shown(facts.prescription.patient_initials)),)
    return (*rows, *_medicine(facts))


def _request_rows(facts: LetterFacts) -> Rows:
    rows = [("Demande", facts.reference)]
    if facts.kind is not None:
        rows.append(("Type de demande", LABELS[facts.kind]))
    if facts.received_at is not None:
        rows.append(("Reçue par l'agence le", instant(facts.received_at)))
    return tuple(rows)


def acknowledgement(event: RequestReceived, facts: LetterFacts, names: Names) -> Letter:
    """Acknowledge a request (ARE): what CRPA R112-11-1 lists."""
    to = to_prescriber(names, facts)
    rows: Rows = (
        ("Demande", facts.reference),
        ("Type de demande", LABELS[event.kind]),
        ("Date de réception", instant(event.received_at)),
        ("Voie de réception", LABELS[event.channel]),
    )
    if event.sheet_number:
        rows += (("Fiche du mode dégradé", event.sheet_number),)
    settled, mentions = _implied(facts)
    head = made(LetterKind.ACKNOWLEDGEMENT, event, names, number=facts.reference, to=to)
    return filled(
        head,
        (
            Block(paragraphs=(texts.RECEIVED,), rows=rows),
            contact(names),
            settled,
        ),
        (texts.ACKNOWLEDGED, *mentions),
    )


def _implied(facts: LetterFacts) -> tuple[Block, tuple[str, ...]]:
    """Say what the silence means and from when, or that this is not settled."""
    heading = "En l'absence de réponse de l'agence"
    if facts.implied is None or facts.implied_on is None:
        rows = (
            ("Sens de la décision implicite", texts.NOT_SETTLED),
            ("Terme du délai", texts.NOT_SETTLED),
        )
        return Block(heading=heading, rows=rows), (texts.NO_TERM_OPPOSABLE, texts.SILENCE_APPEAL)
    rows = (
        ("Sens de la décision implicite", texts.EFFECTS[facts.implied]),
        ("Terme du délai", day(facts.implied_on)),
    )
    block = Block(heading=heading, paragraphs=(texts.UNLESS_INCOMPLETE,), rows=rows)
    if facts.implied is SilenceEffect.ACCEPTANCE:
        return block, (texts.ATTESTATION, texts.SILENCE_APPEAL)
    return block, (texts.SILENCE_APPEAL, texts.SILENCE_REASONS)


def question(event: InformationAsked, facts: LetterFacts, names: Names) -> Letter:
    """Ask for what is missing, item by item, with a limit (CRPA L114-5)."""
    items = tuple((f"{place}.", shown(item.text)) for place, item in enumerate(event.items, 1))
    limit = (("Date limite de réponse", day(event.limit)),)
    to = to_prescriber(names, facts)
    head = made(LetterKind.QUESTION, event, names, number=facts.reference, to=to)
    return filled(
        head,
        (
            Block(paragraphs=(texts.INCOMPLETE,), rows=_request_rows(facts)),
            Block(heading="Pièces et informations demandées", rows=items),
            Block(heading="Délai", paragraphs=(texts.ANSWER_BY,), rows=limit),
        ),
        (texts.MISSING, texts.SUSPENDS_CLOCK),
    )


def grant(event: RequestGranted, facts: LetterFacts, names: Names) -> Letter:
    """Authorise: what R5121-74-3 I lists, and how doses were given before where they were."""
    kind = LetterKind.REGULARISATION if event.route else LetterKind.AUTHORISATION
    signatory, waived = decided(event.signature, names)
    head = made(kind, event, names, number=event.number, to=to_prescriber(names, facts))
    algorithm = (texts.ALGORITHM.format(rules=facts.rule_version),) if facts.rule_version else ()
    blocks = (
        Block(paragraphs=(*texts.IN_VIEW_OF, texts.GRANTS), rows=_request_rows(facts)),
        Block(heading="Prescripteur, pharmacie et patient", rows=_people(facts, names)),
        Block(heading="Médicament autorisé", rows=_medicine(facts)),
        Block(heading="Durée et conditions", rows=_terms(event, facts)),
        *_beforehand(event.route, facts),
    )
    law = (texts.GRANTED_UNDER, texts.PROTOCOL, texts.BY_THE_PHARMACY, texts.DATA, texts.RENEWAL)
    return filled(head, blocks, (*law, *algorithm, *waived), signatory)


def _people(facts: LetterFacts, names: Names) -> Rows:
    part, pharmacy = facts.prescription, facts.pharmacy
    said = (pharmacy.phone, pharmacy.backup) if pharmacy else ()
    contact = " – ".join(text for text in said if text) or names.pharmacy_contact
    return (
        ("Prescripteur", _prescriber(names, facts)),
        ("Coordonnées du prescripteur", _contact(names, facts)),
        ("Pharmacie à usage intérieur", names.pharmacy),
        ("Coordonnées de la pharmacie", contact),
        ("Initiales du patient", shown(part.patient_initials if part else None)),
    )


def _medicine(facts: LetterFacts) -> Rows:
    part = facts.prescription
    unsaid = "non précisé"
    rows: Rows = (
        ("Médicament", (part.product_name if part else None) or facts.product or unsaid),
        ("Forme pharmaceutique", (part.form if part else None) or unsaid),
        ("Dosage", (part.strength if part else None) or unsaid),
    )
    if facts.indication:
        rows += (("Indication", facts.indication),)
    if facts.dispensing_class:
        rows += (("Conditions de prescription et de délivrance", facts.dispensing_class),)
    return rows


def _terms(event: RequestGranted, facts: LetterFacts) -> Rows:
    terms = event.terms
    within = f"du {day(terms.begins_on)} au {day(terms.ends_on)} inclus"
    rows: Rows = (("Durée", f"{texts.days(terms.days)}, {within}"),)
    rows += _optional("Posologie autorisée", terms.dosage, facts)
    rows += _optional("Conditions", terms.conditions, facts)
    if event.criteria_version is not None:
        rows += (("Version des critères appliqués", str(event.criteria_version)),)
    return rows


def _beforehand(route: OutOfHoursRoute | None, facts: LetterFacts) -> tuple[Block, ...]:
    if route is None:
        return ()
    rows: Rows = (("Voie", LABELS[route]),)
    if facts.agreement:
        rows += (("Numéro de l'accord ou de la fiche", facts.agreement),)
    return (Block(heading="Régularisation", paragraphs=(texts.REGULARISES,), rows=rows),)


def refusal(event: RequestRefused, facts: LetterFacts, names: Names) -> Letter:
    """Refuse, with the reasons; where doses were given, their follow-up is said."""
    regularised = facts.route is not None or event.safety_follow_up is not None
    kind = LetterKind.REGULARISATION_REFUSED if regularised else LetterKind.REFUSAL
    signatory, waived = decided(event.signature, names)
    head = made(kind, event, names, number=facts.reference, to=to_prescriber(names, facts))
    patient = shown(facts.prescription.patient_initials if facts.prescription else None)
    rows = (*_request_rows(facts), ("Initiales du patient", patient), *_medicine(facts))
    follow_up = Block(
        heading="Suivi de sécurité des doses administrées",
        paragraphs=(shown(event.safety_follow_up), texts.DECLARE),
    )
    opening = Block(paragraphs=(*texts.IN_VIEW_OF, texts.REFUSES), rows=rows)
    blocks = (opening, *reasons(event.reasons), *((follow_up,) if regularised else ()))
    return filled(head, blocks, (texts.REASONED, *waived), signatory)


def silence(event: SilenceEstablished, facts: LetterFacts, names: Names) -> Letter:
    """Record the decision that the silence of the agency made (CRPA L231-1)."""
    effect = texts.EFFECTS[event.effect]
    rows = (
        *_request_rows(facts),
        ("Terme du délai", day(event.due)),
        ("Sens de la décision implicite", effect),
    )
    accepted = event.effect is SilenceEffect.ACCEPTANCE
    law = (
        (texts.SILENCE_ATTESTED, texts.SILENCE_APPEAL)
        if accepted
        else (texts.SILENCE_APPEAL, texts.SILENCE_REASONS)
    )
    to = to_prescriber(names, facts)
    head = made(LetterKind.SILENCE, event, names, number=facts.reference, to=to)
    told = texts.SILENT.format(effect=effect)
    return filled(head, (Block(paragraphs=(told,), rows=rows),), (texts.SILENT_UNDER, *law))
