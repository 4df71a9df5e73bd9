"""What was posted by a form, and what it is told when the log refuses."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from events.errors import CommandReused, EventError, Refused, SubjectErased, VersionConflict
from pharmacovigilance.queries import DeclarationShown
from portal.problems import in_readers_language


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a form comes back, in the reader's language, and the status to give it back with."""

    sentences: Sequence[str]
    status: int = HTTPStatus.UNPROCESSABLE_ENTITY


NOT_REFUSED = Refusal(sentences=(), status=HTTPStatus.OK)


def form_key(request: HttpRequest) -> UUID:
    """Return the form's own key: sent twice, it acts once."""
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError:
        return uuid7()


def typed(request: HttpRequest, name: str) -> str:
    """Return a posted text with the line ends of a text file."""
    return request.POST.get(name, "").replace("\r\n", "\n").strip()


def text_form(
    request: HttpRequest,
    case: DeclarationShown,
    verb: str,
    field: str,
    refused: Refusal,
    notice: str,
) -> dict[str, Any]:
    """Return what the page of a form with one text shows. Raises PermissionDenied."""
    if verb not in case.verbs:
        raise PermissionDenied
    return {
        "case": case,
        "key": form_key(request),
        "text": typed(request, field),
        "errors": refused.sentences,
        "notice": notice,
    }


def refusal(error: EventError) -> Refusal:
    """Return why the log refused; raises the error again where nobody at a form can mend it."""
    match error:
        case Refused():
            return Refusal(
                sentences=[in_readers_language(problem.detail) for problem in error.problems]
            )
        case CommandReused():
            sentence = _(
                "Ce formulaire a déjà été envoyé, avec un autre texte. Rechargez la page."
            )
            return Refusal(sentences=[sentence])
        case VersionConflict():
            sentence = _(
                "La déclaration a changé entre-temps. Votre texte est gardé : envoyez de nouveau."
            )
            return Refusal(sentences=[sentence], status=HTTPStatus.CONFLICT)
        case SubjectErased():
            sentence = _(
                "Les données de cette personne ont été effacées : plus rien ne peut être ajouté "
                "à son dossier."
            )
            return Refusal(sentences=[sentence], status=HTTPStatus.CONFLICT)
        case _:
            raise error
