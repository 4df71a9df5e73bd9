"""Every error of the API as `application/problem+json` (RFC 9457), with a stable code.

No answer repeats what was sent: sentences name fields and rules, never values.
"""

import logging
import math
import sys
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response

from accounts.readings import ReadingNotRecorded, ReasonNeeded
from events.errors import (
    CannotTell,
    CommandReused,
    EventError,
    LogAway,
    LogHalted,
    NoRoomForFiles,
    Problem,
    Refused,
    SpoolFull,
    StreamParked,
    SubjectErased,
    UnknownEventType,
    UnreadableEvent,
    VersionConflict,
)
from portal import errors as error_pages
from portal.outage import RETRY_AFTER_SECONDS, is_outage

log = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
KINDS = "urn:vigilance:problem:"

OF_THE_LOG: Mapping[type[EventError], tuple[int, str]] = {
    Refused: (422, "La demande comporte des erreurs."),
    CommandReused: (422, "Cette clé d'idempotence a déjà servi avec un autre contenu."),
    VersionConflict: (409, "La déclaration a changé entre-temps : relisez-la et recommencez."),
    SubjectErased: (409, "Les données de cette personne ont été effacées."),
    SpoolFull: (
        507,
        "Rien ne peut être écrit : rien n'a été reçu. Recommencez ou déclarez par téléphone.",
    ),
    NoRoomForFiles: (
        507,
        (
            "Il reste trop peu de place pour une pièce : rien n'a été reçu. Gardez le fichier, envoyez-le"
            " plus tard ; si la pièce ne peut pas attendre, dites-en l'essentiel par écrit ou appelez"
            " l'astreinte."
        ),
    ),
    ReasonNeeded: (403, "Dites d'abord sur le site pourquoi vous lisez ce dossier."),
    ReadingNotRecorded: (
        503,
        "Votre lecture n'a pas pu être enregistrée : rien n'est montré. Recommencez.",
    ),
    LogAway: (503, "Le journal ne répond pas pour le moment : rien n'a été fait. Recommencez."),
    CannotTell: (
        503,
        "On ne peut pas dire maintenant où en est ce reçu : il reste valable. Recommencez.",
    ),
    LogHalted: (503, "L'enregistrement est suspendu pour contrôle : recommencez plus tard."),
    StreamParked: (503, "Ce dossier est suspendu pour contrôle : recommencez plus tard."),
    UnknownEventType: (503, "Cette déclaration ne peut pas être lue pour le moment."),
    UnreadableEvent: (503, "Cette déclaration ne peut pas être lue pour le moment."),
}
DETAILS: Mapping[int, str] = {
    400: "La requête ne peut pas être lue.",
    401: "Identifiez-vous : en-tête Authorization: Bearer suivi d'un jeton.",
    403: "Vous n'avez pas le droit de faire cela.",
    404: "Il n'y a rien à cette adresse, ou rien que vous puissiez voir.",
    405: "Cette méthode n'existe pas à cette adresse.",
    406: "Seul application/json est servi.",
    413: "Le contenu dépasse 5 Mo.",
    415: "Envoyez le contenu en application/json.",
    429: "Trop de requêtes : attendez avant de recommencer.",
    500: "Une erreur est survenue ; elle est consignée.",
    503: "Le service ne répond pas pour le moment : recommencez avec la même clé d'idempotence.",
}
CODES: Mapping[int, str] = {
    400: "bad_request",
    401: "not_authenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    413: "too_large",
    415: "unsupported_media_type",
    429: "too_many_requests",
    500: "internal_error",
    503: "unavailable",
}


def handle(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Return the answer to an error raised by a view; None lets Django make its 500."""
    del context
    if isinstance(error, EventError):
        return _of_the_log(error)
    if is_outage(error):
        return _unavailable(error)
    if isinstance(error, Http404):
        return _response(404)
    if isinstance(error, PermissionDenied):
        return _response(403)
    if isinstance(error, exceptions.APIException):
        return _of_drf(error)
    return None


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that Django could not read."""
    return _plain(400) if is_api(request) else error_pages.bad_request(request, exception)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that nobody may make."""
    return _plain(403) if is_api(request) else error_pages.forbidden(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an unknown address."""
    return _plain(404) if is_api(request) else error_pages.not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer an error that nothing else answered; 503 where the database is away."""
    if not is_api(request):
        return error_pages.server_error(request)
    error = sys.exc_info()[1]
    if error is None or not is_outage(error):
        return _plain(500)
    answer = _plain(503)
    answer["Retry-After"] = RETRY_AFTER_SECONDS
    return answer


def is_api(request: HttpRequest) -> bool:
    """Say whether the caller is software."""
    return request.path.startswith("/api/")


def body(
    status: int,
    code: str | None = None,
    detail: str | None = None,
    errors: Iterable[Problem] = (),
) -> dict[str, Any]:
    """Return a problem document."""
    code = code or CODES.get(status, "error")
    listed = [_listed(problem) for problem in errors]
    return {
        "type": KINDS + code,
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail or DETAILS.get(status, HTTPStatus(status).phrase),
        "code": code,
    } | ({"errors": listed} if listed else {})


def _of_the_log(error: EventError) -> Response | None:
    for kind, (status, sentence) in OF_THE_LOG.items():
        if isinstance(error, kind):
            errors = error.problems if isinstance(error, Refused) else ()
            code = "invalid_input" if isinstance(error, Refused) else error.code
            answer = _response(status, code, sentence, errors=errors)
            if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                log.error("not taken: %s", error.code)
                answer["Retry-After"] = RETRY_AFTER_SECONDS
            return answer
    return None


def _of_drf(error: exceptions.APIException) -> Response:
    status = error.status_code
    detail, code = None, None
    if isinstance(error, exceptions.ParseError):
        detail, code = _sentence(error), str(error.get_codes())
        code = "malformed_json" if code == "parse_error" else code
    elif isinstance(error, exceptions.AuthenticationFailed):
        detail, code = _sentence(error), "authentication_failed"
    answer = _response(status, code, detail)
    if challenge := getattr(error, "auth_header", None):
        answer["WWW-Authenticate"] = challenge
    if (wait := getattr(error, "wait", None)) is not None:
        answer["Retry-After"] = str(math.ceil(wait))
    return answer


def _unavailable(error: Exception) -> Response:
    log.error("database unavailable: %s", type(error).__name__)
    answer = _response(503)
    answer["Retry-After"] = RETRY_AFTER_SECONDS
    return answer


def _response(
    status: int,
    code: str | None = None,
    detail: str | None = None,
    *,
    errors: Iterable[Problem] = (),
) -> Response:
    return Response(body(status, code, detail, errors), status=status, content_type=CONTENT_TYPE)


def _plain(status: int) -> HttpResponse:
    return JsonResponse(body(status), status=status, content_type=CONTENT_TYPE)


def _sentence(error: exceptions.APIException) -> str:
    return str(error.detail) if not isinstance(error.detail, list | dict) else ""


def _listed(problem: Problem) -> dict[str, str]:
    shown = {"pointer": problem.pointer, "code": problem.code, "detail": problem.detail}
    return shown | ({"element": problem.element} if problem.element else {})
