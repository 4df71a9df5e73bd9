"""Closed lists of recorded readings, with the label that a page shows."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Ground(StrEnum):
    """Why somebody who audits reads a file."""

    AUDIT = "audit"
    COMPLAINT = "complaint"
    DATA_SUBJECT = "data_subject"
    BREACH = "breach"
    AUTHORITY = "authority"


class Opened(StrEnum):
    """What of a file was opened."""

    REQUEST = "request"
    AUTHORISATION = "authorisation"
    LETTER = "letter"
    DOCUMENT = "document"
    DECLARATION = "declaration"


class Place(StrEnum):
    """Where it was opened."""

    PAGE = "page"
    API = "api"


LABELS: Mapping[str, str] = MappingProxyType(
    {
        Ground.AUDIT: "Contrôle ou audit",
        Ground.COMPLAINT: "Réclamation",
        Ground.DATA_SUBJECT: "Demande d'une personne sur ses données (RGPD 15 à 22)",
        Ground.BREACH: "Violation de données (RGPD 33)",
        Ground.AUTHORITY: "Demande d'une autorité (CNIL, justice)",
        Opened.REQUEST: "Demande",
        Opened.AUTHORISATION: "Autorisation",
        Opened.LETTER: "Courrier",
        Opened.DOCUMENT: "Pièce jointe",
        Opened.DECLARATION: "Déclaration",
        Place.PAGE: "Page",
        Place.API: "API",
    }
)
