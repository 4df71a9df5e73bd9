"""The supporting documents of a request: listed, given as files, and sent through an outage too."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import access
from accounts.credentials import actor_of
from accounts.models import Role
from compassionate import queries, sending
from compassionate.attachments import OpenedDocument, opened_document
from compassionate.domain.document_file import LARGEST_BYTES, problem
from compassionate.domain.vocabulary import LABELS, DocumentKind
from compassionate.queries import RequestShown
from events.errors import EventError, NoRoomForFiles, Problem, Refused
from events.number import number_of
from portal.access_outage import needs_log
from portal.addresses import identifier
from portal.forms import NOT_REFUSED, Refusal, form_key, refusal, typed
from portal.kept import Sender, keeps_text
from portal.outage import database_answers
from portal.problems import in_readers_language
from portal.received import told

KIND, FILE = "kind", "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One document in a list; nothing opens it once its patient is erased: `name` and `url` are empty."""

    kind: str
    name: str
    media_type: str
    size_bytes: int
    role: str
    received_at: datetime
    url: str


def documents_of(shown: RequestShown) -> Sequence[Listed]:
    """Return the documents of a request, for whoever may read what it says."""
    if not shown.events:
        return ()
    roles = {step.version: step.role for step in shown.history}
    return [
        Listed(
            kind=in_readers_language(LABELS[one.kind]),
            name=one.file_name or "",
            media_type=LABELS[one.media_type],
            size_bytes=one.size_bytes,
            role=str(Role(role).label) if (role := roles.get(one.version)) in set(Role) else "",
            received_at=one.received_at,
            url=_address(shown.number, one.id) if one.file_name is not None else "",
        )
        for one in shown.facts.documents
    ]


def as_file(document: OpenedDocument) -> HttpResponse:
    """Give a document as a file to save: what somebody sent runs in nobody's page here."""
    answer = HttpResponse(document.content, content_type=document.media_type.value)
    answer["Content-Disposition"] = content_disposition_header(
        as_attachment=True, filename=document.name
    )
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["Cache-Control"] = "private, no-store"
    return answer


@require_safe
@needs_log
@login_required
def one(request: HttpRequest, number: str, document: UUID) -> HttpResponse:
    """Give one document of a request as a file."""
    return as_file(opened_document(request.user, identifier(number), document))


def _page(
    request: HttpRequest, notice: str = "", *, number: str, refused: Refusal = NOT_REFUSED
) -> HttpResponse:
    """Show the form; a file that was chosen has to be chosen again: no page can give it back."""
    context = {
        "number": number_of(identifier(number)),
        "key": form_key(request),
        "kinds": [(kind.value, in_readers_language(LABELS[kind])) for kind in DocumentKind],
        "chosen": typed(request, KIND),
        "errors": refused.sentences,
        "full": refused.status == HTTPStatus.INSUFFICIENT_STORAGE,
        "notice": notice,
    }
    return render(request, "portal/access/document.html", context, status=refused.status)


@keeps_text(_page, alone=True, sender=Sender.TELLER)
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, number: str) -> HttpResponse:
    """Add a document to a request; a report of fact, taken late and without a log too."""
    which, sender = identifier(number), actor_of(request)
    if request.method != "POST":
        if access.may_read(sender) and database_answers():
            _expect_offered(request, which)
        return _page(request, number=number)
    try:
        kind, name, content = _given(request)
        done = sending.attach_document(
            sender, which, kind, name, content, idempotency_key=str(form_key(request))
        )
    except NoRoomForFiles:
        sentence = _(
            "Il reste trop peu de place sur les disques de ce serveur : elle est gardée pour les "
            "déclarations. Gardez le fichier et envoyez-le plus tard. Si la pièce ne peut pas attendre, "
            "dites-en l’essentiel par écrit, ou appelez l’astreinte."
        )
        full = Refusal(sentences=[sentence], status=HTTPStatus.INSUFFICIENT_STORAGE)
        return _page(request, number=number, refused=full)
    except EventError as error:
        return _page(request, number=number, refused=refusal(error))
    return told(request, sender, done, "portal:access")


def _expect_offered(request: HttpRequest, which: UUID) -> None:
    """Raise Http404 or PermissionDenied for whom the form is not."""
    if "AttachDocument" not in queries.verbs(request.user, queries.request(request.user, which)):
        raise PermissionDenied


def _given(request: HttpRequest) -> tuple[DocumentKind, str, bytes]:
    """Return what was posted: what it is, its name, its content. Raises Refused with every reason."""
    kind = next((one for one in DocumentKind if one.value == typed(request, KIND)), None)
    uploaded = request.FILES.get(FILE)
    found = []
    if kind is None:
        found.append(Problem("/kind", "kind_needed", _("Dites ce qu’est cette pièce.")))
    if uploaded is None:
        found.append(problem("file_needed", "/content"))
    if kind is None or uploaded is None:
        raise Refused(*found)
    return kind, uploaded.name or "", uploaded.read(LARGEST_BYTES + 1)


def _address(number: str, document: UUID) -> str:
    return reverse("portal:access_document", args=[number, document])
