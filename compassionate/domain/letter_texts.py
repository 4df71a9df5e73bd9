"""The fixed words of the letters: titles, legal sentences, and how a day or a gap is written."""

from datetime import date, datetime
from enum import StrEnum
from typing import Final

from compassionate.domain.grounds import WithdrawalGround
from compassionate.domain.vocabulary import AskedOfHolder, SilenceEffect
from events.days import PARIS

ERASED: Final = "[effacé]"
"""Stands where a personal field was said and its person is erased, or where none was said."""

NOT_SETTLED: Final = "n'est pas arrêté"


class LetterKind(StrEnum):
    """The letters of compassionate access."""

    ACKNOWLEDGEMENT = "acknowledgement"
    QUESTION = "question"
    AUTHORISATION = "authorisation"
    REGULARISATION = "regularisation"
    REFUSAL = "refusal"
    REGULARISATION_REFUSED = "regularisation_refused"
    SUSPENSION = "suspension"
    SUSPENSION_LIFTED = "suspension_lifted"
    WITHDRAWAL = "withdrawal"
    ABROGATION = "abrogation"
    CESSATION = "cessation"
    SILENCE = "silence"
    HOLDER_INFORMED = "holder_informed"
    UNDERTAKING = "undertaking"
    FILING_EXTENDED = "filing_extended"
    FILING_EXTENDED_MINISTERS = "filing_extended_ministers"
    PRODUCT_CESSATION = "product_cessation"
    PRODUCT_CESSATION_MINISTERS = "product_cessation_ministers"


TITLES: dict[LetterKind, tuple[str, str]] = {
    LetterKind.ACKNOWLEDGEMENT: (
        "Accusé de réception électronique",
        "Acknowledgement of receipt",
    ),
    LetterKind.QUESTION: (
        "Demande de pièces et d'informations manquantes",
        "Request for missing information",
    ),
    LetterKind.AUTHORISATION: (
        "Autorisation d'accès compassionnel",
        "Named-patient authorisation",
    ),
    LetterKind.REGULARISATION: (
        "Autorisation d'accès compassionnel de régularisation",
        "Named-patient authorisation after doses given out of hours",
    ),
    LetterKind.REFUSAL: (
        "Refus d'autorisation d'accès compassionnel",
        "Refusal of a named-patient authorisation",
    ),
    LetterKind.REGULARISATION_REFUSED: (
        "Refus de régularisation d'un accès compassionnel",
        "Refusal to regularise doses given out of hours",
    ),
    LetterKind.SUSPENSION: (
        "Suspension d'une autorisation d'accès compassionnel",
        "Suspension of a named-patient authorisation",
    ),
    LetterKind.SUSPENSION_LIFTED: (
        "Levée de la suspension d'une autorisation d'accès compassionnel",
        "Suspension of a named-patient authorisation lifted",
    ),
    LetterKind.WITHDRAWAL: (
        "Retrait d'une autorisation d'accès compassionnel",
        "Withdrawal of a named-patient authorisation",
    ),
    LetterKind.ABROGATION: (
        "Abrogation d'une autorisation d'accès compassionnel",
        "Repeal of a named-patient authorisation",
    ),
    LetterKind.CESSATION: (
        "Cessation d'une autorisation d'accès compassionnel",
        "End of a named-patient authorisation after a marketing authorisation",
    ),
    LetterKind.SILENCE: (
        "Constat d'une décision implicite",
        "Record of an implied decision",
    ),
    LetterKind.HOLDER_INFORMED: (
        "Information du titulaire des droits d'exploitation",
        "Information of the rights holder",
    ),
    LetterKind.UNDERTAKING: (
        "Demande d'engagement à déposer une demande d'accès précoce",
        "Request for an undertaking to file for early access",
    ),
    LetterKind.FILING_EXTENDED: (
        "Prolongation du délai de dépôt d'une demande d'accès précoce",
        "Extension of the period to file for early access",
    ),
    LetterKind.FILING_EXTENDED_MINISTERS: (
        "Information des ministres : prolongation du délai de dépôt d'une demande d'accès précoce",
        "The ministers are informed of an extension of the period to file for early access",
    ),
    LetterKind.PRODUCT_CESSATION: (
        "Cessation des autorisations d'accès compassionnel d'un médicament",
        "End of named-patient access to a medicine after its marketing authorisation",
    ),
    LetterKind.PRODUCT_CESSATION_MINISTERS: (
        "Information des ministres : cessation des autorisations d'accès compassionnel d'un médicament",
        "The ministers are informed of the end of named-patient access to a medicine",
    ),
}
"""French title and English gloss of each kind."""

RECEIVED: Final = "L'agence a reçu votre demande d'autorisation d'accès compassionnel."
UNLESS_INCOMPLETE: Final = (
    "Si l'agence ne vous a pas répondu et si votre demande est complète, une décision implicite "
    "naîtra à la date ci-dessous."
)
ATTESTATION: Final = (
    "Une décision implicite d'acceptation peut, à la demande de l'intéressé, faire l'objet d'une "
    "attestation délivrée par l'agence (CRPA, art. L. 232-3)."
)
INCOMPLETE: Final = (
    "L'instruction de votre demande suppose des pièces ou informations qui n'y figurent pas. Elles "
    "sont énumérées ci-dessous."
)
ANSWER_BY: Final = "Votre réponse est attendue par le téléservice au plus tard à la date suivante."
CODE_IN_VIEW: Final = (
    "Vu le code de la santé publique, notamment ses articles L. 5121-12-1 et R. 5121-74 à "
    "R. 5121-74-10 ;"
)
IN_VIEW_OF: Final = (CODE_IN_VIEW, "Vu la demande désignée ci-dessous,")
GRANTS: Final = (
    "L'agence décide : l'utilisation à titre compassionnel du médicament désigné ci-dessous est "
    "autorisée pour le patient désigné, dans les conditions qui suivent."
)
REFUSES: Final = (
    "L'agence décide : l'autorisation demandée est refusée, pour les motifs qui suivent."
)
REGULARISES: Final = (
    "La présente autorisation régularise les doses dispensées avant la décision de l'agence, par la "
    "voie indiquée ci-dessous."
)
DECLARE: Final = (
    "Tout effet indésirable suspecté des doses administrées est à déclarer sans délai (CSP, "
    "art. R. 5121-161)."
)
SIGNED: Final = "La décision porte la signature de son auteur (CRPA, art. L. 212-1)."
SILENT: Final = (
    "Le délai d'instruction de votre demande est échu sans décision expresse de l'agence. Il en est "
    "né une {effect}."
)
SILENT_UNDER: Final = (
    "Constat établi en application des articles L. 231-1 et suivants du code des relations entre "
    "le public et l'administration."
)
SUSPENDS: Final = "L'autorisation désignée ci-dessous est suspendue."
WITHDRAWS: Final = "L'autorisation désignée ci-dessous est retirée."
ABROGATES: Final = "L'autorisation désignée ci-dessous est abrogée."
LIFTS: Final = "La suspension de l'autorisation désignée ci-dessous est levée."
TERM_CAME: Final = "La suspension de l'autorisation désignée ci-dessous a pris fin à son terme."
CEASES: Final = (
    "Une autorisation de mise sur le marché ayant été délivrée, l'autorisation désignée ci-dessous "
    "cesse à la date suivante."
)
FIRST_REQUEST: Final = (
    "L'agence vous informe qu'elle a reçu la première demande d'autorisation d'accès compassionnel "
    "portant sur le médicament et l'indication désignés ci-dessous."
)
SEND: Final = "Vous êtes prié de transmettre à l'agence :"
TRIAL_FOUND: Final = (
    "L'agence a constaté que le médicament désigné ci-dessous fait l'objet, dans l'indication, d'une "
    "recherche à des fins commerciales. Vous êtes prié de lui transmettre l'engagement à déposer une "
    "demande d'autorisation d'accès précoce."
)
MINISTERS: Final = ("Ministre chargé de la santé", "Ministre chargé de la sécurité sociale")
EXTENDS: Final = (
    "L'agence décide : le délai imparti pour déposer une demande d'autorisation d'accès précoce du "
    "médicament désigné ci-dessous, dans l'indication, est prolongé."
)
EXTENSION_TOLD: Final = (
    "L'agence vous informe qu'elle a prolongé le délai imparti au titulaire pour déposer une demande "
    "d'autorisation d'accès précoce du médicament désigné ci-dessous, dans l'indication."
)
PRODUCT_CEASES: Final = (
    "Une autorisation de mise sur le marché ayant été délivrée, l'agence décide : les autorisations "
    "d'accès compassionnel du médicament désigné ci-dessous, dans l'indication, cessent à la date "
    "suivante."
)
CESSATION_TOLD: Final = (
    "Une autorisation de mise sur le marché ayant été délivrée, l'agence vous informe de la date à "
    "laquelle cessent les autorisations d'accès compassionnel du médicament désigné ci-dessous, dans "
    "l'indication."
)
PROTOCOL: Final = (
    "Le protocole d'utilisation thérapeutique et de suivi des patients (PUT-SP) est publié sur le "
    "site internet de l'agence. Le prescripteur et le pharmacien sont tenus d'en prendre "
    "connaissance et de s'y conformer (CSP, art. R. 5121-74-3 I)."
)
BY_THE_PHARMACY: Final = (
    "Le médicament est dispensé par la pharmacie à usage intérieur (CSP, art. R. 5121-74-3 III)."
)
DATA: Final = (
    "Le prescripteur et le pharmacien participent au recueil des données de suivi prévu par le "
    "PUT-SP (CSP, art. R. 5121-74-5)."
)
RENEWAL: Final = (
    "La présente autorisation prend fin à son terme. Une demande de renouvellement en cours "
    "d'instruction ne la prolonge pas (CSP, art. R. 5121-74-4)."
)
GRANTED_UNDER: Final = (
    "Autorisation délivrée en application des articles L. 5121-12-1 et R. 5121-74-3 du code de "
    "la santé publique."
)
ALGORITHM: Final = (
    "Cette décision a été prise avec l'aide d'un traitement algorithmique qui vérifie la "
    "conformité de la demande aux critères publiés (version {rules} de la règle). Il n'a décidé de "
    "rien : la décision est celle du signataire. Toute personne qui en fait l'objet peut demander "
    "à l'agence communication des règles définissant ce traitement et des principales "
    "caractéristiques de sa mise en œuvre (CRPA, art. L. 311-3-1 et R. 311-3-1-1)."
)
NO_SIGNATURE: Final = (
    "Décision notifiée par l'intermédiaire du téléservice : elle est dispensée de la signature de "
    "son auteur (CRPA, art. L. 212-2, 1°)."
)
REASONED: Final = (
    "La présente décision est motivée en application des articles L. 211-2, 7° et L. 211-5 du code "
    "des relations entre le public et l'administration."
)
REASONED_STOP: Final = (
    "La présente décision est motivée et mentionne les voies et délais de recours (CSP, "
    "art. R. 5121-74-8 ; CRPA, art. L. 211-5)."
)
SUSPENDS_CLOCK: Final = (
    "Le délai au terme duquel naîtrait une décision implicite de rejet est suspendu jusqu'à la "
    "réception des pièces et informations demandées ou, à défaut, jusqu'à l'expiration du délai "
    "imparti ; celui au terme duquel naîtrait une décision implicite d'acceptation ne court qu'à "
    "compter de leur réception (CRPA, art. L. 114-3 et L. 114-5)."
)
MISSING: Final = (
    "Demande de pièces et d'informations faite en application de l'article L. 114-5 du code des "
    "relations entre le public et l'administration."
)
ACKNOWLEDGED: Final = (
    "Accusé de réception délivré en application des articles L. 112-11 et R. 112-11-1 du code des "
    "relations entre le public et l'administration."
)
NO_TERM_OPPOSABLE: Final = (
    "La nature de la décision implicite et sa date n'étant pas arrêtées à ce jour, les délais de "
    "recours contre elle ne sont pas opposables (CRPA, art. L. 112-12)."
)
SILENCE_APPEAL: Final = (
    "La décision implicite peut faire l'objet d'un recours gracieux auprès de l'agence ou d'un "
    "recours contentieux devant le tribunal administratif dans les deux mois de sa naissance "
    "(CJA, art. R. 421-1 et R. 421-2)."
)
SILENCE_REASONS: Final = (
    "Les motifs d'une décision implicite de rejet sont communiqués, sur demande faite dans les "
    "délais du recours, dans le mois de cette demande (CRPA, art. L. 232-4)."
)
SILENCE_ATTESTED: Final = (
    "Le présent constat tient lieu de l'attestation d'une décision implicite d'acceptation (CRPA, "
    "art. L. 232-3)."
)
SUSPENDED_UNDER: Final = (
    "Suspension prononcée pour une durée qui ne peut excéder trois mois (CSP, art. R. 5121-74-8)."
)
WITHDRAWN_UNDER: Final = (
    "Retrait prononcé en application de l'article R. 5121-74-8 du code de la santé publique."
)
ILLEGAL_UNDER: Final = (
    "Retrait d'une décision créatrice de droits, illégale, dans les quatre mois de son édiction "
    "(CRPA, art. L. 242-1). L'autorisation est réputée n'avoir jamais existé."
)
ABROGATED_UNDER: Final = (
    "Abrogation d'une décision dont une condition n'est plus remplie (CRPA, art. L. 242-2). "
    "Elle ne vaut que pour l'avenir."
)
CEASED_UNDER: Final = (
    "Date de cessation fixée en application de l'article R. 5121-74-9 I du code de la santé "
    "publique, dans les trois mois de l'autorisation de mise sur le marché, sauf prolongation "
    "exceptionnelle."
)
HEARD: Final = "Procédure contradictoire préalable (CRPA, art. L. 121-1 et L. 122-1)."
NOT_HEARD: Final = (
    "Urgence : dispense de procédure contradictoire préalable (CRPA, art. L. 121-2)."
)
INFORMED_UNDER: Final = (
    "Information et demande faites par un moyen donnant date certaine, en application de "
    "l'article R. 5121-74-1 II du code de la santé publique."
)
UNDERTAKING_UNDER: Final = (
    "Demande faite sans délai en application des articles L. 5121-12-1 II et R. 5121-74-9 II du "
    "code de la santé publique. Le titulaire dispose d'un mois pour transmettre cet engagement."
)
EXTENDED_UNDER: Final = (
    "Prolongation de six mois au plus, accordée sur demande motivée, en application de l'article "
    "D. 5121-74-1-1 II du code de la santé publique. Les ministres chargés de la santé et de la "
    "sécurité sociale en sont informés."
)
EXTENSION_TOLD_UNDER: Final = (
    "Information faite en application de l'article D. 5121-74-1-1 II du code de la santé publique."
)
CESSATION_TOLD_UNDER: Final = (
    "Information faite en application de l'article R. 5121-74-9 I du code de la santé publique. Elle "
    "est faite aussi au titulaire de l'autorisation de mise sur le marché."
)

EFFECTS: dict[SilenceEffect, str] = {
    SilenceEffect.ACCEPTANCE: "décision implicite d'acceptation",
    SilenceEffect.REJECTION: "décision implicite de rejet",
}
GROUNDS: dict[WithdrawalGround, str] = {
    WithdrawalGround.CONDITIONS_NOT_MET: "Les conditions de l'autorisation ne sont pas remplies",
    WithdrawalGround.PUBLIC_HEALTH: "Motif de santé publique",
    WithdrawalGround.ILLEGAL: "L'autorisation est illégale",
}
ASKED: dict[AskedOfHolder, str] = {
    AskedOfHolder.EFFICACY_SAFETY_QUALITY: (
        "les données d'efficacité, de sécurité et de qualité dont vous disposez sur le médicament"
    ),
    AskedOfHolder.TRIALS: (
        "les essais cliniques prévus ou en cours et leur état d'avancement, ainsi que les sites et "
        "les investigateurs en France"
    ),
    AskedOfHolder.FOREIGN_AUTHORISATIONS: (
        "la copie des autorisations de mise sur le marché délivrées à l'étranger"
    ),
    AskedOfHolder.DRAFT_PROTOCOL: (
        "un projet de protocole d'utilisation thérapeutique et de suivi des patients (PUT-SP)"
    ),
    AskedOfHolder.UNDERTAKING: (
        "si une recherche à des fins commerciales est conduite dans l'indication, l'engagement à "
        "déposer une demande d'autorisation d'accès précoce"
    ),
}
"""What the holder is asked for, in the words of R5121-74-1 II."""
MONTHS: Final = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)


def shown(value: str | None) -> str:
    """Return a field that may be erased."""
    return value if value is not None else ERASED


def day(value: date) -> str:
    """Return a day as a French letter writes it."""
    first = "1er" if value.day == 1 else str(value.day)
    return f"{first}\u00a0{MONTHS[value.month - 1]}\u00a0{value.year}"


def instant(value: datetime) -> str:
    """Return day, hour and minute, in Paris."""
    at = value.astimezone(PARIS)
    return f"{day(at.date())} à {at.hour}\u00a0h\u00a0{at.minute:02d}"


def days(count: int) -> str:
    """Return a number of days."""
    return f"{count}\u00a0jour{'s' if count > 1 else ''}"
