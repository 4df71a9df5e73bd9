"""The desk of submissions that the log refused after a receipt was given."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from backoffice.set_aside_content import content
from continuity import set_aside, set_aside_queries
from continuity.domain.set_aside_events import Done
from events.errors import EventError, Problem, Refused
from events.event import stream_name
from events.number import NotANumber, parse
from pharmacovigilance import queries
from pharmacovigilance.domain.events import CATEGORY
from pharmacovigilance.domain.places import has_centre
from portal.access_documents import as_file
from portal.addresses import readable_cursor
from portal.forms import NOT_REFUSED, Refusal, form_key, refusal, typed
from portal.kept import keeps_text


@require_safe
@login_required
def desk(request: HttpRequest) -> HttpResponse:
    """List what waits for a person, or with `?reprises=oui` what was taken up last."""
    if request.GET.get("reprises") == "oui":
        rows = set_aside_queries.taken_up(request.user)
        return render(request, "backoffice/set_aside_done.html", {"rows": rows})
    with readable_cursor():
        page = set_aside_queries.waiting(request.user, cursor=request.GET.get("suite") or None)
    return render(request, "backoffice/set_aside.html", {"page": page})


@require_safe
@login_required
def submission(request: HttpRequest, identifier: UUID) -> HttpResponse:
    """Show one submission, opened for whoever may read it."""
    return _shown(request, identifier=identifier)


@require_safe
@login_required
def document(request: HttpRequest, identifier: UUID) -> HttpResponse:
    """Give the document that was sent as a file. Raises Http404 where there is none to read."""
    found = set_aside_queries.submission(request.user, identifier, has_centre)
    sent = content(found, request.user).document
    if sent is None:
        raise Http404
    return as_file(sent)


def _shown(
    request: HttpRequest,
    notice: str = "",
    *,
    identifier: UUID,
    refused: Refusal = NOT_REFUSED,
) -> HttpResponse:
    """Show a submission with what was typed to take it up."""
    found = set_aside_queries.submission(request.user, identifier, has_centre)
    context = {
        "found": found,
        "what": found.what,
        "content": content(found, request.user),
        "choices": list(Done),
        "key": form_key(request),
        "done": request.POST.get("done", ""),
        "number": typed(request, "number"),
        "text": typed(request, "why"),
        "errors": refused.sentences,
        "notice": notice,
    }
    return render(request, "backoffice/submission.html", context, status=refused.status)


@keeps_text(_shown, {"why": gettext_lazy("Motif")})
@require_http_methods(["GET", "HEAD", "POST"])
def take_up(request: HttpRequest, identifier: UUID) -> HttpResponse:
    """Say what was done with a submission, and why."""
    if request.method != "POST":
        return redirect("backoffice:submission", identifier=identifier)
    try:
        set_aside.take_up(
            request.user,
            identifier,
            done=_done(request),
            why=typed(request, "why"),
            recorded_as=_recorded_as(request),
            idempotency_key=str(form_key(request)),
        )
    except EventError as error:
        return _shown(request, identifier=identifier, refused=refusal(error))
    return redirect("backoffice:submission", identifier=identifier)


def _done(request: HttpRequest) -> Done:
    """Return what was chosen. Raises Refused."""
    try:
        return Done(request.POST.get("done", ""))
    except ValueError:
        sentence = _("Dites ce qui a été fait de cet envoi.")
        raise Refused(Problem("/done", "done_needed", sentence)) from None


def _recorded_as(request: HttpRequest) -> str | None:
    """Return the stream of the declaration that was named, None where none was.

    Raises Refused where there is none of that number that the reader may see.
    """
    number = typed(request, "number")
    if not number:
        return None
    try:
        identifier = parse(number)
        queries.declaration(request.user, identifier)
    except (NotANumber, Http404):
        sentence = _("Aucune déclaration que vous suivez ne porte ce numéro : vérifiez-le.")
        raise Refused(Problem("/number", "unknown_number", sentence)) from None
    return stream_name(CATEGORY, identifier)
