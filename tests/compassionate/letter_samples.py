"""One event of each letter, and what is known besides."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from compassionate.domain.authorisation_events import (
    AuthorisationAbrogated,
    AuthorisationSuspended,
    AuthorisationWithdrawn,
    CessationSet,
    SuspensionLifted,
)
from compassionate.domain.criteria_events import ProductCessationSet
from compassionate.domain.decision import AskedItem, Reasons, RefusalReasons, Signature, Terms
from compassionate.domain.grounds import RefusalGround, WithdrawalGround
from compassionate.domain.holder_events import FilingExtended, HolderInformed, UndertakingAsked
from compassionate.domain.letter import Letter, LetterFacts, Names
from compassionate.domain.letter_texts import LetterKind as Kind
from compassionate.domain.letters import letter_of
from compassionate.domain.prescription import PharmacyPart, Prescription
from compassionate.domain.product_letters import PRODUCT_LETTERS, product_letter_of
from compassionate.domain.request_events import (
    InformationAsked,
    RequestGranted,
    RequestReceived,
    RequestRefused,
    SilenceEstablished,
)
from compassionate.domain.vocabulary import (
    Addressee,
    AskedOfHolder,
    Channel,
    OutOfHoursRoute,
    RequestKind,
    SilenceEffect,
)

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
WHEN: dict[str, Any] = {"occurred_at": AT, "received_at": AT}
BY: dict[str, Any] = {**WHEN, "by": "evaluator-1"}
ADDRESS = "https://compassionnel.example/verifier/AAC-2026-004217"

NAMES = Names(
    agency="Agence nationale de sécurité du médicament et des produits de santé",
    address=("143-147, boulevard Anatole-France", "93285 Saint-Denis Cedex"),
    service="Guichet des accès compassionnels",
    mail="acces-compassionnel@agence.example",
    phone="01 00 00 00 00",
    signatory="Hélène Vasseur",
    prescriber="Dr Anne Morel",
    prescriber_contact="anne.morel@chu.example",
    institution="Centre hospitalier universitaire de Lyon",
    pharmacy="Pharmacie à usage intérieur, Centre hospitalier universitaire de Lyon",
    pharmacy_contact="pui@chu.example",
    holder=("Laboratoire Exemple SAS", "1, rue de l'Essai", "69000 Lyon"),
)
PRESCRIPTION = Prescription(
    prescriber_name="Dr Anne Morel",
    prescriber_email="anne.morel@chu.example",
    prescriber_phone="04 00 00 00 01",
    service="Oncologie médicale",
    patient_initials="DU, MA",
    product_name="Nirogacestat",
    form="Comprimé pelliculé",
    strength="50 mg",
)
FACTS = LetterFacts(
    reference="D-2026-009931",
    number="AAC-2026-004217",
    kind=RequestKind.INITIAL,
    received_at=datetime(2026, 11, 17, 7, 30, tzinfo=UTC),
    prescription=PRESCRIPTION,
    pharmacy=PharmacyPart(phone="04 00 00 00 02", backup="pui@chu.example"),
    dispensing_class="Liste I, prescription hospitalière réservée aux spécialistes en oncologie",
    product="Nirogacestat",
    indication="Tumeurs desmoïdes en progression",
    holder="Laboratoire Exemple SAS",
    granted_on=date(2025, 11, 24),
    filing_due=date(2027, 2, 24),
)
REASONS = Reasons(
    law="CSP, art. L. 5121-12-1 I et R. 5121-74-2.",
    fact="Une seule ligne antérieure est documentée ; le critère « au moins deux lignes » n'est pas rempli.",
)
WHY = RefusalReasons(law=REASONS.law, fact=REASONS.fact, grounds=(RefusalGround.NOT_ESTABLISHED,))
SIGNATURE = Signature(
    signatory="signatory-1",
    quality="Directrice médicale adjointe",
    delegation="décision DG n° 2026-112 du 2 mars 2026",
)
ON_PAPER = replace(SIGNATURE, through_service=False, signed=True)
TERMS = Terms(
    begins_on=date(2026, 11, 25),
    ends_on=date(2027, 5, 23),
    dosage="150 mg (3 comprimés) deux fois par jour, par voie orale",
    conditions="Surveillance de la kaliémie et de la phosphatémie tous les mois.",
)
STOP: dict[str, Any] = {**WHEN, "reasons": REASONS, "signature": SIGNATURE}
GRANT = RequestGranted(
    **BY, number="AAC-2026-004217", terms=TERMS, signature=SIGNATURE, criteria_version=3
)
REFUSAL = RequestRefused(**BY, reasons=WHY, signature=SIGNATURE)
EXTENSION = FilingExtended(
    **BY, months=3, reason="Les résultats de l'essai pivot sont attendus.", signature=ON_PAPER
)
PRODUCT_CESSATION = ProductCessationSet(
    **BY,
    marketing_authorised_on=date(2026, 11, 1),
    ceases_on=date(2027, 4, 30),
    exceptional="Ruptures d'approvisionnement annoncées jusqu'en avril.",
    signature=ON_PAPER,
)

EVENTS: dict[Kind, Any] = {
    Kind.ACKNOWLEDGEMENT: RequestReceived(
        **BY, kind=RequestKind.INITIAL, pharmacy=PharmacyPart(), channel=Channel.PORTAL
    ),
    Kind.QUESTION: InformationAsked(
        **BY,
        question_id=UUID(int=1),
        items=(
            AskedItem(text="Compte rendu de la réunion de concertation pluridisciplinaire"),
            AskedItem(text="Dernière imagerie, avec sa date"),
        ),
        limit=date(2026, 12, 8),
    ),
    Kind.AUTHORISATION: GRANT,
    Kind.REGULARISATION: replace(GRANT, route=OutOfHoursRoute.ORAL_AGREEMENT),
    Kind.REFUSAL: REFUSAL,
    Kind.REGULARISATION_REFUSED: replace(
        REFUSAL, safety_follow_up="Kaliémie à 48 heures, puis chaque semaine pendant un mois."
    ),
    Kind.SUSPENSION: AuthorisationSuspended(
        **STOP, until=date(2027, 2, 1), heard_on=date(2026, 11, 20)
    ),
    Kind.SUSPENSION_LIFTED: SuspensionLifted(
        **WHEN, signature=SIGNATURE, reason="Les données complémentaires sont rassurantes."
    ),
    Kind.WITHDRAWAL: AuthorisationWithdrawn(
        **STOP, ground=WithdrawalGround.PUBLIC_HEALTH, urgency="Décès signalé le 23 novembre."
    ),
    Kind.ABROGATION: AuthorisationAbrogated(**STOP, heard_on=date(2026, 11, 20)),
    Kind.CESSATION: CessationSet(
        **WHEN,
        marketing_authorised_on=date(2026, 11, 1),
        ceases_on=date(2027, 1, 31),
        signature=SIGNATURE,
    ),
    Kind.SILENCE: SilenceEstablished(
        **BY, effect=SilenceEffect.REJECTION, signed_off_by="legal-1", due=date(2026, 11, 23)
    ),
    Kind.HOLDER_INFORMED: HolderInformed(
        **BY, asked=tuple(AskedOfHolder), certain_on=AT.date(), document="0" * 64
    ),
    Kind.UNDERTAKING: UndertakingAsked(
        **BY, certain_on=AT.date(), trial="EudraCT 2026-000123-45, phase III"
    ),
    Kind.FILING_EXTENDED: EXTENSION,
    Kind.FILING_EXTENDED_MINISTERS: EXTENSION,
    Kind.PRODUCT_CESSATION: PRODUCT_CESSATION,
    Kind.PRODUCT_CESSATION_MINISTERS: PRODUCT_CESSATION,
}
TO_MINISTERS = (Kind.FILING_EXTENDED_MINISTERS, Kind.PRODUCT_CESSATION_MINISTERS)


def written(kind: Kind, facts: LetterFacts, names: Names = NAMES, **further: Any) -> Letter:
    """Return the letter of a kind with these facts and names."""
    event = EVENTS[kind]
    if type(event) not in PRODUCT_LETTERS:
        return letter_of(event, facts, names, **further)
    to = Addressee.MINISTERS if kind in TO_MINISTERS else Addressee.HOLDER
    return replace(product_letter_of(event, to, facts, names), **further)


def sample(kind: Kind, facts: LetterFacts = FACTS, **further: Any) -> Letter:
    """Return the letter of a kind."""
    return written(kind, facts, **further)


def coded(kind: Kind, facts: LetterFacts = FACTS) -> Letter:
    """Return a letter with a code and the address at which it is checked."""
    return sample(kind, facts, code="7KQ2-M0XD", address=ADDRESS)
