"""The on-call's register: an oral agreement or refusal, recorded with or without the database."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from uuid_utils.compat import uuid7

from accounts import access, compassionate as may
from accounts.access import Person
from accounts.credentials import actor_of
from backoffice.access_call_form import CALL, NAME, SAID, UNKNOWN_NUMBER, call_fields, call_in
from backoffice.access_form import AccessForm, shown_day
from compassionate import agency_queries, sending
from compassionate.domain.completeness import text_problems
from events.acknowledged import Acknowledged
from events.days import PARIS
from events.errors import CommandReused, Refused
from portal.forms import form_key
from portal.kept import Sender, keeps_text
from portal.outage import database_answers, is_outage
from portal.report_form import Question

KNOWN_CALL = _(
    "Cet appel est déjà enregistré, avec d’autres réponses, sous le numéro affiché : il ne change "
    "plus. Pour un autre appel, ouvrez une nouvelle fiche d’appel."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was answered by telephone."""

    agreed: bool
    title: str | Promise
    address: str


AGREEMENT = Answer(agreed=True, title=_("Accord oral"), address="backoffice:access_agreement")
REFUSAL = Answer(agreed=False, title=_("Refus oral"), address="backoffice:access_oral_refusal")


@require_safe
@never_cache
def register(request: HttpRequest) -> HttpResponse:
    """Lead to the two forms, and list what the reader recorded, where that can be read."""
    actor = actor_of(request)
    if isinstance(actor, AnonymousUser):
        return redirect_to_login(request.get_full_path())
    if not may.may_record_oral(actor):
        raise PermissionDenied
    context = {"calls": (), "away": not database_answers(), "reads": access.may_read(actor)}
    if context["reads"] and not context["away"]:
        now = timezone.now()  # noqa: TID251  an edge of the house: the days looked back on
        try:
            context["calls"] = agency_queries.calls_of(actor, now)
        except Exception as error:
            if not is_outage(error):
                raise
            context["away"] = True
    return render(request, "backoffice/access_calls.html", context)


def _agreement_returned(request: HttpRequest, notice: str = "") -> HttpResponse:
    """Give the form back with what was posted, without acting on it."""
    return _returned(request, AGREEMENT, notice)


def _refusal_returned(request: HttpRequest, notice: str = "") -> HttpResponse:
    """Give the form back with what was posted, without acting on it."""
    return _returned(request, REFUSAL, notice)


@keeps_text(_agreement_returned, alone=True, sender=Sender.TELLER)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def agreement(request: HttpRequest) -> HttpResponse:
    """Show the form of an oral agreement, or record one; asks no database who sends."""
    return _answered(request, AGREEMENT)


@keeps_text(_refusal_returned, alone=True, sender=Sender.TELLER)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def oral_refusal(request: HttpRequest) -> HttpResponse:
    """Show the form of an oral refusal, or record one; asks no database who sends."""
    return _answered(request, REFUSAL)


def _answered(request: HttpRequest, answer: Answer) -> HttpResponse:
    actor = actor_of(request)
    if isinstance(actor, AnonymousUser) or not may.may_record_oral(actor):
        raise PermissionDenied
    fields = call_fields(agreed=answer.agreed)
    if request.method != "POST":
        now = timezone.localtime(timezone=PARIS)
        known = {"called_on": shown_day(now.date()), "called_time": now.strftime("%H:%M")}
        return _shown(request, answer, AccessForm.known(NAME, fields, known), key=uuid7())
    form = AccessForm.from_post(NAME, fields, request.POST)
    done = _recorded(actor, answer, form, str(form_key(request)))
    if done is None:
        return _shown(request, answer, form, status=422)
    context = {
        "done": done,
        "number": form.said("sheet_number") or done.number,
        "agreed": answer.agreed,
        "reads": access.may_read(actor),
    }
    return render(request, "backoffice/access_called.html", context)


def _recorded(actor: Person, answer: Answer, form: AccessForm, key: str) -> Acknowledged | None:
    """Record what a form says; None after having put errors at its fields."""
    call = call_in(form)
    if call is None:
        return None
    if call["prescription"] is not None:
        form.take_problems(text_problems(call["prescription"], "/prescription"))
    if form.refused:
        return None
    try:
        if not answer.agreed:
            reason = form.text("reason")
            return sending.record_oral_refusal(actor, reason=reason, idempotency_key=key, **call)
        return sending.record_oral_agreement(
            actor,
            vital_reason=form.said("vital_reason"),
            conditions=form.said("conditions"),
            read_back=form.ticked("read_back"),
            idempotency_key=key,
            **call,
        )
    except Refused as refused:
        form.take_problems(refused.problems)
    except CommandReused:
        form.general_errors.append(str(KNOWN_CALL))
    except Http404:
        form.refuse("about", UNKNOWN_NUMBER)
    return None


def _returned(request: HttpRequest, answer: Answer, notice: str) -> HttpResponse:
    fields = call_fields(agreed=answer.agreed)
    form = AccessForm.from_post(NAME, fields, request.POST)
    return _shown(request, answer, form, notice=notice)


def _shown(
    request: HttpRequest,
    answer: Answer,
    form: AccessForm,
    *,
    key: UUID | None = None,
    notice: str = "",
    status: int = 200,
) -> HttpResponse:
    actor, named = actor_of(request), key or form_key(request)
    dictates = answer.agreed and may.may_record_oral(actor)
    context = {
        "answer": answer,
        "form": form,
        "groups": _groups(form),
        "key": named,
        # Known before the call ends: it is dictated, and read back, while the form is filled in.
        "number": sending.number_to_dictate(actor, str(named)) if dictates else "",
        "notice": notice,
    }
    return render(request, "backoffice/access_call.html", context, status=status)


def _groups(form: AccessForm) -> dict[str, list[Question]]:
    """Return the questions under their headings, in the order of a call."""
    asked, told = form.questions, len(CALL) + len(SAID)
    return {"call": asked[: len(CALL)], "said": asked[len(CALL) : told], "answer": asked[told:]}
