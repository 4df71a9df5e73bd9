"""The closed lists of compassionate access (AAC); a stored value is never renamed."""

from enum import StrEnum

from compassionate.domain.grounds import GROUNDS


class RequestKind(StrEnum):
    """What is asked for (type de demande)."""

    INITIAL = "initial"
    RENEWAL = "renewal"
    DOSAGE_CHANGE = "dosage_change"
    REGULARISATION = "regularisation"


class RequestState(StrEnum):
    """Where a request (demande) stands."""

    NOT_BEGUN = "not_begun"
    DRAFT = "draft"
    AT_PHARMACY = "at_pharmacy"
    RETURNED = "returned"
    TO_REGULARISE = "to_regularise"
    RECEIVED = "received"
    UNDER_ASSESSMENT = "under_assessment"
    INFORMATION_ASKED = "information_asked"
    TO_SIGN = "to_sign"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    IMPLICIT = "implicit"


BEFORE_AGENCY = frozenset(
    {RequestState.NOT_BEGUN, RequestState.DRAFT, RequestState.AT_PHARMACY, RequestState.RETURNED}
)
"""The agency was not seized yet."""

AT_AGENCY = frozenset(
    {
        RequestState.RECEIVED,
        RequestState.UNDER_ASSESSMENT,
        RequestState.INFORMATION_ASKED,
        RequestState.TO_SIGN,
    }
)
"""The agency was seized and has not decided."""

ABOUT_ONE = frozenset({RequestKind.RENEWAL, RequestKind.DOSAGE_CHANGE})
"""Kinds that are about an authorisation that exists."""

ENDED = frozenset(
    {
        RequestState.GRANTED,
        RequestState.REFUSED,
        RequestState.WITHDRAWN,
        RequestState.IMPLICIT,
    }
)


class ProductStatus(StrEnum):
    """By which derogation a product is given in an indication; named patients have the first only."""

    NAMED_PATIENT = "aac"
    EARLY_ACCESS = "aap"
    PRESCRIPTION_FRAMEWORK = "cpc"


class Sex(StrEnum):
    """Sex of the patient (R5121-74)."""

    MALE = "male"
    FEMALE = "female"
    UNKNOWN = "unknown"


class AgeUnit(StrEnum):
    """Unit of the patient's age: months under two years."""

    YEAR = "year"
    MONTH = "month"


class Scheduled(StrEnum):
    """What becomes of criteria published for later, when others come before them."""

    KEEP = "keep"
    CANCEL = "cancel"


class Met(StrEnum):
    """What a prescriber says of one criterion of the criteria sheet."""

    MET = "met"
    NOT_MET = "not_met"
    NOT_APPLICABLE = "not_applicable"


class Finding(StrEnum):
    """What the checking of one criterion found; help to a person, never a decision."""

    CONFORMS = "conforms"
    DEPARTS = "departs"
    UNANSWERED = "unanswered"


class Channel(StrEnum):
    """The way something came in."""

    PORTAL = "portal"
    API = "api"
    PHONE = "phone"
    PAPER = "paper"
    FAX = "fax"
    DECLARED_MAIL = "declared_mail"


class WrittenWish(StrEnum):
    """In which writing a prescriber without an account told the pharmacy that she takes a request back."""

    SIGNED_PAPER = "signed_paper"
    WRITTEN_MAIL = "written_mail"
    HOSPITAL_SOFTWARE = "hospital_software"


class DocumentKind(StrEnum):
    """What a supporting document of a request (pièce jointe) is."""

    LITERATURE = "literature"
    TEST_RESULT = "test_result"
    TREATMENT_SUMMARY = "treatment_summary"
    MEETING_OPINION = "meeting_opinion"
    OTHER = "other_document"


class MediaType(StrEnum):
    """What a supporting document may be as a file."""

    PDF = "application/pdf"
    PNG = "image/png"
    JPEG = "image/jpeg"


class OutOfHoursRoute(StrEnum):
    """How a dose was given before the agency decided; the two routes differ (trap T8)."""

    CRITERIA_MET = "criteria_met"
    ORAL_AGREEMENT = "oral_agreement"


class Proposal(StrEnum):
    """What an evaluator proposes to the signatory."""

    GRANT = "grant"
    REFUSE = "refuse"


UNREADABLE = "unreadable"
"""In lists, the state of what this software cannot read."""


class SilenceEffect(StrEnum):
    """What the agency's silence means (CRPA L231-1 and L231-4 to L231-6); signed off, dated."""

    ACCEPTANCE = "acceptance"
    REJECTION = "rejection"


class AuthorisationState(StrEnum):
    """Where an authorisation (AAC) stands."""

    NONE = "none"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"
    ABROGATED = "abrogated"
    CEASED = "ceased"
    EXPIRED = "expired"
    REPLACED = "replaced"


class Delegated(StrEnum):
    """What is signed under a delegation (CRPA L212-1)."""

    REQUESTS = "decide_requests"
    AUTHORISATIONS = "act_on_authorisations"
    PRODUCTS = "act_on_products"


class LateClock(StrEnum):
    """With what the house is late (§5.6)."""

    DECISION = "decision"
    REGULARISATION = "late_regularisation"


class DeclareTo(StrEnum):
    """Who receives the adverse-event declarations of a protocol (R5121-172)."""

    REGIONAL_CENTRE = "regional_centre"
    RIGHTS_HOLDER = "rights_holder"
    BOTH = "both"


class AskedOfHolder(StrEnum):
    """What is asked of a rights holder on the first request (R5121-74-1 II)."""

    EFFICACY_SAFETY_QUALITY = "efficacy_safety_quality"
    TRIALS = "trials"
    FOREIGN_AUTHORISATIONS = "foreign_authorisations"
    DRAFT_PROTOCOL = "draft_protocol"
    UNDERTAKING = "undertaking"


class NoPeriod(StrEnum):
    """Why no period to file for early access runs (L5121-12-1 II al. 2, D5121-74-1-1 I)."""

    NOT_OWED = "not_owed"
    NOT_GRANTED = "not_granted"


class Addressee(StrEnum):
    """Who is told of a decision about a product (D5121-74-1-1 II, R5121-74-9 I)."""

    HOLDER = "holder"
    MINISTERS = "ministers"


class DatedMeans(StrEnum):
    """By which means something was sent, each of which gives a date certain."""

    REGISTERED_LETTER = "registered_letter"
    ELECTRONIC_REGISTERED_LETTER = "electronic_registered_letter"
    DATED_DEPOSIT = "dated_deposit"
    HANDED_OVER = "handed_over"


class PatientOutcome(StrEnum):
    """What became of the patient under the treatment."""

    IMPROVED = "improved"
    STABLE = "stable"
    WORSENED = "worsened"
    STOPPED = "stopped"
    DIED = "died"
    LOST = "lost_to_follow_up"


class Flag(StrEnum):
    """What is odd in a report of fact or in a decision; shown to whoever assesses."""

    CRITERIA_UNKNOWN = "criteria_unknown"
    CRITERIA_CHANGED = "criteria_changed"
    IN_HOURS = "in_hours"
    OTHER_INSTITUTION = "other_institution"
    SAME_PERSON = "same_person"
    NOT_ATTESTED = "not_attested"
    NOT_CALLED_BACK = "not_called_back"
    NUMBER_NOT_READ_BACK = "number_not_read_back"
    NOT_VITAL = "not_vital"
    ALREADY_AT_AGENCY = "already_at_agency"
    ALREADY_ENDED = "already_ended"
    NOTHING_ASKED = "nothing_asked"
    LATE_ANSWER = "late_answer"
    DOSE_CORRECTED = "dose_corrected"
    CORRECTED_AFTER_DECISION = "corrected_after_decision"
    GIVEN_AFTER_DECISION = "given_after_decision"
    AFTER_PROPOSAL = "after_proposal"


AFTER_DECISION = (Flag.CORRECTED_AFTER_DECISION, Flag.GIVEN_AFTER_DECISION)
"""What came of a dose after the decision: somebody says what follows from it."""

LABELS: dict[str, str] = {
    RequestKind.INITIAL: "Demande initiale",
    RequestKind.RENEWAL: "Renouvellement",
    RequestKind.DOSAGE_CHANGE: "Modification de posologie",
    RequestKind.REGULARISATION: "Régularisation",
    RequestState.NOT_BEGUN: "Pas encore commencée",
    RequestState.DRAFT: "Brouillon",
    RequestState.AT_PHARMACY: "À la pharmacie (PUI)",
    RequestState.RETURNED: "Retournée au prescripteur",
    RequestState.TO_REGULARISE: "À régulariser",
    RequestState.RECEIVED: "Reçue par l'agence",
    RequestState.UNDER_ASSESSMENT: "En évaluation",
    RequestState.INFORMATION_ASKED: "Informations demandées",
    RequestState.TO_SIGN: "À la signature",
    RequestState.GRANTED: "Accordée",
    RequestState.REFUSED: "Refusée",
    RequestState.WITHDRAWN: "Retirée",
    RequestState.IMPLICIT: "Décision implicite",
    ProductStatus.NAMED_PATIENT: "Accès compassionnel (AAC)",
    ProductStatus.EARLY_ACCESS: "Accès précoce (AAP)",
    ProductStatus.PRESCRIPTION_FRAMEWORK: "Cadre de prescription compassionnelle (CPC)",
    Scheduled.KEEP: "La garder : elle remplacera celle-ci à sa date",
    Scheduled.CANCEL: "L'annuler : elle sera à préparer de nouveau",
    Sex.MALE: "Masculin",
    Sex.FEMALE: "Féminin",
    Sex.UNKNOWN: "Inconnu",
    AgeUnit.YEAR: "ans",
    AgeUnit.MONTH: "mois",
    Met.MET: "Rempli",
    Met.NOT_MET: "Non rempli",
    Met.NOT_APPLICABLE: "Sans objet",
    Finding.CONFORMS: "Conforme",
    Finding.DEPARTS: "S'écarte",
    Finding.UNANSWERED: "Sans réponse",
    Channel.PORTAL: "Téléservice",
    Channel.API: "Logiciel de l'établissement",
    Channel.PHONE: "Téléphone",
    Channel.PAPER: "Papier",
    Channel.FAX: "Télécopie",
    Channel.DECLARED_MAIL: "Adresse de secours déclarée",
    WrittenWish.SIGNED_PAPER: "Écrit signé sur papier",
    WrittenWish.WRITTEN_MAIL: "Courriel ou messagerie de santé",
    WrittenWish.HOSPITAL_SOFTWARE: "Logiciel de prescription de l'établissement",
    DocumentKind.LITERATURE: "Publication ou données publiées",
    DocumentKind.TEST_RESULT: "Résultat d'examen",
    DocumentKind.TREATMENT_SUMMARY: "Synthèse des traitements reçus",
    DocumentKind.MEETING_OPINION: "Avis d'une réunion de concertation (RCP)",
    DocumentKind.OTHER: "Autre pièce",
    MediaType.PDF: "PDF",
    MediaType.PNG: "PNG",
    MediaType.JPEG: "JPEG",
    OutOfHoursRoute.CRITERIA_MET: "Dispensation hors heures, critères remplis",
    OutOfHoursRoute.ORAL_AGREEMENT: "Accord oral de l'astreinte",
    Proposal.GRANT: "Accorder",
    Proposal.REFUSE: "Refuser",
    SilenceEffect.ACCEPTANCE: "Le silence vaut acceptation",
    SilenceEffect.REJECTION: "Le silence vaut rejet",
    AuthorisationState.NONE: "Aucune",
    AuthorisationState.ACTIVE: "En vigueur",
    AuthorisationState.SUSPENDED: "Suspendue",
    AuthorisationState.WITHDRAWN: "Retirée",
    AuthorisationState.ABROGATED: "Abrogée",
    AuthorisationState.CEASED: "Cessée après AMM",
    AuthorisationState.EXPIRED: "Expirée",
    AuthorisationState.REPLACED: "Remplacée par une autre",
    Delegated.REQUESTS: "Accorder, régulariser, refuser",
    Delegated.AUTHORISATIONS: "Suspendre, reprendre, retirer, abroger, fixer une cessation",
    Delegated.PRODUCTS: "Prolonger le délai de dépôt, fixer la cessation d'un produit après l'AMM",
    LateClock.DECISION: "Décision d'une demande non différable",
    LateClock.REGULARISATION: "Régularisation d'une dose ou d'un accord oral",
    **GROUNDS,
    DeclareTo.REGIONAL_CENTRE: "Centre régional (CRPV)",
    DeclareTo.RIGHTS_HOLDER: "Titulaire",
    DeclareTo.BOTH: "Centre régional et titulaire",
    AskedOfHolder.EFFICACY_SAFETY_QUALITY: "Données d'efficacité, de sécurité et de qualité",
    AskedOfHolder.TRIALS: "Essais cliniques prévus ou en cours",
    AskedOfHolder.FOREIGN_AUTHORISATIONS: "Copies des AMM étrangères",
    AskedOfHolder.DRAFT_PROTOCOL: "Projet de PUT-SP",
    AskedOfHolder.UNDERTAKING: "Engagement à déposer une demande d'accès précoce",
    NoPeriod.NOT_OWED: (
        "Aucun engagement n'est demandé ni reçu : le délai ne court que si un essai à visée commerciale "
        "dans l'indication en exige un (CSP L5121-12-1 II al. 2)."
    ),
    NoPeriod.NOT_GRANTED: "Aucune autorisation n'est encore accordée : aucun délai ne court.",
    Addressee.HOLDER: "Titulaire",
    Addressee.MINISTERS: "Ministres chargés de la santé et de la sécurité sociale",
    DatedMeans.REGISTERED_LETTER: "Lettre recommandée avec avis de réception",
    DatedMeans.ELECTRONIC_REGISTERED_LETTER: "Lettre recommandée électronique",
    DatedMeans.DATED_DEPOSIT: "Dépôt horodaté",
    DatedMeans.HANDED_OVER: "Remise contre récépissé",
    PatientOutcome.IMPROVED: "Amélioration",
    PatientOutcome.STABLE: "Stabilité",
    PatientOutcome.WORSENED: "Aggravation",
    PatientOutcome.STOPPED: "Traitement arrêté",
    PatientOutcome.DIED: "Décès",
    PatientOutcome.LOST: "Perdu de vue",
    Flag.CRITERIA_UNKNOWN: "Aucun critère publié à cette date pour ce produit et cette indication",
    Flag.CRITERIA_CHANGED: "Les critères ont changé depuis la réception : ceux du jour de la réception valent",
    Flag.IN_HOURS: "Pendant les heures d'ouverture, le service étant ouvert",
    Flag.OTHER_INSTITUTION: "Le pharmacien ou l'appelant est d'un autre établissement",
    Flag.SAME_PERSON: "Le prescripteur et le pharmacien sont la même personne",
    Flag.NOT_ATTESTED: "Les deux n'attestent pas que les critères sont remplis",
    Flag.NOT_CALLED_BACK: "L'appelant n'a pas été rappelé au numéro de l'annuaire",
    Flag.NUMBER_NOT_READ_BACK: "Le numéro n'a pas été relu",
    Flag.NOT_VITAL: "L'urgence vitale n'est pas dite",
    Flag.ALREADY_AT_AGENCY: "La demande était déjà à l'agence",
    Flag.ALREADY_ENDED: "La demande était déjà close",
    Flag.NOTHING_ASKED: "Aucune question n'attendait de réponse",
    Flag.LATE_ANSWER: "Réponse reçue après la date limite",
    Flag.DOSE_CORRECTED: "La déclaration d'une dose a été corrigée",
    Flag.CORRECTED_AFTER_DECISION: "Une dose a été corrigée après la décision : dites ce qui en découle",
    Flag.GIVEN_AFTER_DECISION: "Une dose ou un accord oral est dit après la décision : dites ce qui en découle",
    Flag.AFTER_PROPOSAL: "Une pièce est arrivée après une proposition de décision : lisez-la avant de signer",
}
"""French label of every stored value; where two lists share a spelling, they share the label."""
