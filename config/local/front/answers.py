"""What is answered here, without the application: what was not received, and what to do now.

For software a problem document (RFC 9457), for people a page in French and English. A form that was
posted comes back in the page, to be sent again as it is.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from functools import cache
from html import escape
from http import HTTPStatus

from config.local.front.reading import Request
from config.local.front.routing import Lane, is_api

KINDS = "urn:vigilance:problem:"
MOST_RETURNED = 256 * 1024

_STYLE = (
    "body{font:1.1rem/1.6 Marianne,arial,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem;"
    "color:#161616;background:#fff}h1{font-size:1.6rem}button{font:inherit;padding:.6rem 1.2rem;"
    "color:#fff;background:#000091;border:0}a{color:#000091}hr{margin:2rem 0}"
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_PAGE_HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"),
    (
        "Content-Security-Policy",
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; base-uri 'none'",
    ),
    ("Referrer-Policy", "same-origin"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentences:
    """What is said, in both languages."""

    title: str
    titre: str
    what: str
    quoi: str


_TOO_MANY = Sentences(
    titre="Trop de demandes en ce moment",
    quoi="Cette page n’a pas pu être préparée. Recommencez dans quelques secondes.",
    title="Too many requests at this moment",
    what="This page could not be prepared. Try again in a few seconds.",
)
_NOT_RECEIVED = Sentences(
    titre="Votre envoi n’a pas été reçu",
    quoi="Le service ne peut pas le prendre en ce moment. Envoyez-le de nouveau dans quelques "
    "secondes : un second envoi du même formulaire ne crée pas de doublon.",
    title="What you sent was not received",
    what="The service cannot take it at this moment. Send it again in a few seconds: a second "
    "sending of the same form makes no duplicate.",
)
_IN_DOUBT = Sentences(
    titre="Il n’est pas certain que votre envoi ait été reçu",
    quoi="Le service s’est interrompu avant de répondre. Envoyez-le de nouveau : un second envoi "
    "du même formulaire ne crée pas de doublon.",
    title="It is not certain that what you sent was received",
    what="The service broke off before it answered. Send it again: a second sending of the same "
    "form makes no duplicate.",
)
_AWAY = Sentences(
    titre="Service momentanément indisponible",
    quoi="Ce service ne répond pas en ce moment. Recommencez dans quelques secondes.",
    title="Service unavailable for the moment",
    what="This service does not answer at this moment. Try again in a few seconds.",
)
_DETAILS: Mapping[str, str] = {
    "overloaded": "Trop de demandes en ce moment : rien n'a été reçu. Recommencez après le délai "
    "indiqué, avec la même clé d'idempotence.",
    "unavailable": "Le service ne répond pas pour le moment : rien n'a été reçu. Recommencez avec "
    "la même clé d'idempotence.",
    "in_doubt": "Le service s'est interrompu avant de répondre : recommencez avec la même clé "
    "d'idempotence.",
    "too_late": "Le service n'a pas répondu à temps : recommencez avec la même clé d'idempotence.",
    "bad_request": "La requête ne peut pas être lue.",
    "method_not_allowed": "Cette méthode n'existe pas à cette adresse.",
    "request_timeout": "La requête n'est pas arrivée en entier à temps : envoyez-la de nouveau.",
    "too_large": "Le contenu dépasse 5 Mo.",
    "page_too_large": "Le contenu dépasse 256 Kio.",
    "headers_too_large": "Les en-têtes dépassent 32 Kio.",
    "version_not_supported": "Seuls HTTP/1.0 et HTTP/1.1 sont servis.",
}
_SHORT: Mapping[str, Sentences] = {
    "too_large": Sentences(
        titre="Envoi trop volumineux",
        quoi="Votre envoi dépasse 5 Mo et n’a pas été reçu. Raccourcissez les textes.",
        title="Too large",
        what="What you sent exceeds 5 MB and was not received. Shorten the texts.",
    ),
    "page_too_large": Sentences(
        titre="Envoi trop volumineux",
        quoi="Votre envoi dépasse 256 Kio et n’a pas été reçu. Raccourcissez les textes.",
        title="Too large",
        what="What you sent exceeds 256 KiB and was not received. Shorten the texts.",
    ),
    "request_timeout": Sentences(
        titre="Votre envoi n’est pas arrivé en entier",
        quoi="La connexion a été trop lente ou s’est interrompue. Envoyez-le de nouveau.",
        title="What you sent did not arrive in full",
        what="The connection was too slow or broke off. Send it again.",
    ),
}
_UNREADABLE = Sentences(
    titre="Requête illisible",
    quoi="Cette requête ne peut pas être lue.",
    title="Unreadable request",
    what="This request cannot be read.",
)


def refusal(
    status: int, code: str, request: Request | None, status_url: str, *, closes: bool
) -> bytes:
    """Return the answer to what is not passed on, or was not answered, as it goes over the line.

    `request` is None where it could not be read. 503 and 504 say when to try again, not all at the
    same moment.
    """
    api = request is not None and is_api(request.path)
    sent = request is not None and request.method == "POST"
    head, before, after = _made(status, code, status_url, api=api, sent=sent)
    again = _again(request) if request is not None and status >= 500 and sent and not api else ""
    body = before + again.encode() + after
    lines = [head, f"Date: {formatdate(usegmt=True)}\r\nContent-Length: {len(body)}".encode()]
    if status in {503, 504}:
        lines.append(b"Retry-After: %d" % (1 + secrets.randbelow(3)))
    if closes:
        lines.append(b"Connection: close")
    bare = request is not None and request.method == "HEAD"
    return b"\r\n".join([*lines, b"", b"" if bare else body])


@cache
def _made(
    status: int, code: str, status_url: str, *, api: bool, sent: bool
) -> tuple[bytes, bytes, bytes]:
    """Return the head as far as it is always the same, and the body on both sides of a form."""
    if api:
        page = _problem(status, code), b""
        headers = [("Content-Type", "application/problem+json")]
    else:
        page = _page(_said(code, sent=sent), status_url)
        headers = list(_PAGE_HEADERS)
    headers += [
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
    ]
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    head = "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers)])
    return head.encode(), *page


def _problem(status: int, code: str) -> bytes:
    told = {
        "type": KINDS + code,
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": _DETAILS[code],
        "code": code,
    }
    return json.dumps(told, ensure_ascii=False).encode()


def _said(code: str, *, sent: bool) -> Sentences:
    if code in _SHORT:
        return _SHORT[code]
    if code in {"bad_request", "headers_too_large", "method_not_allowed", "version_not_supported"}:
        return _UNREADABLE
    if sent:
        return _IN_DOUBT if code in {"in_doubt", "too_late"} else _NOT_RECEIVED
    return _TOO_MANY if code == "overloaded" else _AWAY


def _page(said: Sentences, status_url: str) -> tuple[bytes, bytes]:
    """Return a page in two halves: a form that is given back stands between them."""
    state = escape(status_url, quote=True)
    before = (
        f'<!doctype html><html lang="fr"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(said.titre)}</title>'
        f"<style>{_STYLE}</style></head><body><main><h1>{escape(said.titre)}</h1>"
        f"<p>{escape(said.quoi)}</p>"
    )
    after = (
        f'<p><a href="{state}">État du service</a></p><hr>'
        f'<div lang="en"><h2>{escape(said.title)}</h2><p>{escape(said.what)}</p>'
        f'<p><a href="{state}">State of the service</a></p></div></main></body></html>'
    )
    return before.encode(), after.encode()


def _again(request: Request) -> str:
    """Return a form that sends what was posted once more; nothing where that is not possible."""
    posted = request.fields() if request.lane is Lane.DECLARING else []
    if not posted or len(request.body) > MOST_RETURNED:
        return ""
    return (
        f'<form method="post" action="{escape(request.target, quote=True)}">'
        f"{''.join(_hidden(posted))}<p><button>Envoyer de nouveau / Send again</button></p></form>"
    )


def _hidden(posted: Iterable[tuple[str, str]]) -> Iterable[str]:
    for name, value in posted:
        shown = escape(name, quote=True), escape(value, quote=True)
        yield '<input type="hidden" name="{}" value="{}">'.format(*shown)
