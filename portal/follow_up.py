"""The page that adds what became known later."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from uuid_utils.compat import uuid7

from accounts import access
from accounts.credentials import actor_of
from events.errors import CommandReused, EventError, Refused, VersionConflict
from pharmacovigilance import actions, queries
from pharmacovigilance.api.serializers import InformationSerializer
from pharmacovigilance.domain.vocabulary import BATCH_EXPECTED
from pharmacovigilance.queries import DeclarationShown
from portal import blind, report_fields as fields
from portal.addresses import identifier
from portal.follow_up_form import FollowUpForm
from portal.forms import Refusal, form_key, refusal
from portal.kept import Notice, Sender, keeps_text, plain, refused_again
from portal.outage import database_answers, expect_database
from portal.received import told
from portal.report_fields import ROWS
from portal.report_form import Question, Row

TEXTS = {blind.FIELD: blind.NEWS}
NEWS = replace(fields.NARRATIVE, label=blind.NEWS, hint="")
ESSENTIAL: dict[str, frozenset[str]] = {
    "drugs": frozenset({"end", "stopped", "disappeared", "action_taken"}),
    "reactions": frozenset({"outcome", "end"}),
}
"""What is most often learnt later of a known drug or reaction; the rest comes behind it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownItem:
    """A known drug or reaction and its questions; `open` when one of them has something to show."""

    name: str
    essential: Sequence[Question]
    more: Sequence[Question]
    open: bool


def _case(request: HttpRequest, number: str) -> DeclarationShown:
    expect_database()
    case = queries.declaration(request.user, identifier(number))
    if "follow_up" not in case.verbs:
        raise PermissionDenied
    return case


def _returned(request: HttpRequest, notice: str = "", *, number: str) -> HttpResponse:
    """Give the form back with what was posted, without acting on it."""
    case = _case(request, number)
    return _page(request, case, FollowUpForm.sent(case, request.POST), notice=notice)


@keeps_text(_returned, TEXTS, sender=Sender.TELLER)
@require_http_methods(["GET", "HEAD", "POST"])
def follow_up(request: HttpRequest, number: str) -> HttpResponse:
    """Show the form of a follow-up, change its rows, or send it: what is left blank stays."""
    if blind.is_asked(request):
        return blind.follow_up(request, number)
    verb, _colon, row = request.POST.get("do", "send").partition(":")
    if not access.may_read(actor_of(request)) and not _may_send_unread(request, verb):
        # It was opened by somebody signed in: who may sign in again reads the case beside it.
        return follow_up.returned(request, Notice.EXPIRED, number=number)
    if request.method == "POST" and verb == "send":
        return _sent(request, number)
    case = _case(request, number)
    if request.method != "POST":
        return _page(request, case, FollowUpForm.opened(case))
    form = FollowUpForm.sent(case, request.POST)
    if verb == "add" and row in ROWS:
        form.add(row)
    elif verb == "remove":
        form.remove(row)
    return _page(request, case, form)


def _may_send_unread(request: HttpRequest, verb: str) -> bool:
    """Say whether a form is taken from a browser whose session ended: while nobody can sign in."""
    asks_for_nothing = verb == "send" and FollowUpForm.unread(request.POST) is not None
    return request.method == "POST" and asks_for_nothing and not database_answers()


def _sent(request: HttpRequest, number: str) -> HttpResponse:
    """Take a form without reading the case, which may not be possible; read it to show it again."""
    posted = FollowUpForm.unread(request.POST)
    form = posted or FollowUpForm.sent(_case(request, number), request.POST)
    now = actions.receipt_time()
    form.say_what_cannot_be_emptied()
    sender, status = actor_of(request), 422
    try:
        information = InformationSerializer(form.to_json(), received_at=now).get()
        if not form.errors:
            done = actions.add_follow_up(
                sender,
                identifier(number),
                information,
                idempotency_key=str(form_key(request)),
                now=now,
                expected_version=form.version,
            )
            return told(request, sender, done, "portal:declaration")
    except Refused as refused:
        form.take_problems(refused.problems)
    except (VersionConflict, CommandReused) as error:
        return _overtaken(request, number, error)
    except EventError as error:
        refused_by_log = refusal(error)
        form.general_errors += refused_by_log.sentences
        status = refused_by_log.status
    return _again(request, number, form, status)


def _again(request: HttpRequest, number: str, form: FollowUpForm, status: int) -> HttpResponse:
    """Show a form with its errors beside the case."""

    def beside_the_case() -> HttpResponse:
        case = _case(request, number)
        shown = FollowUpForm.sent(case, request.POST)
        shown.errors, shown.general_errors = form.errors, form.general_errors
        return _page(request, case, shown, status=status)

    sentences = [*form.general_errors, *(one for said in form.errors.values() for one in said)]
    refused = Refusal(sentences=sentences, status=status)
    return refused_again(request, TEXTS, refused, beside_the_case)


def _overtaken(request: HttpRequest, number: str, error: EventError) -> HttpResponse:
    """Show what was recorded since the page was read, and the form as typed beside it."""
    if not access.may_read(actor_of(request)):
        return plain(request, TEXTS, refused=refusal(error))
    case = _case(request, number)
    form = FollowUpForm.sent(case, request.POST)
    since = replace(case, history=tuple(s for s in case.history if s.version > form.version))
    moved = form.moved_to(case)
    if isinstance(error, CommandReused):
        sentence = _(
            "Ce complément a déjà été reçu, avec d’autres réponses. Effacez ce qui est déjà reçu, "
            "vérifiez le reste, puis envoyez de nouveau."
        )
        moved.general_errors.append(sentence)
        return _page(request, case, moved, since=since, key=uuid7(), status=422)
    sentence = _(
        "La déclaration a changé pendant que vous écriviez. Lisez ce qui s’est ajouté, vérifiez "
        "vos réponses, puis envoyez de nouveau."
    )
    moved.general_errors.append(sentence)
    return _page(request, case, moved, since=since, status=409)


def _page(
    request: HttpRequest,
    case: DeclarationShown,
    form: FollowUpForm,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    context = {
        "case": case,
        "form": form,
        "key": form_key(request),
        "narrative": replace(form.question(NEWS), known=""),
        "known_drugs": _known_items(form, "drugs"),
        "known_reactions": _known_items(form, "reactions"),
        "opened": {prefix: any(map(_open, form.rows(prefix))) for prefix in ROWS},
    }
    return render(request, "portal/follow_up.html", context | more, status=status)


def _known_items(form: FollowUpForm, prefix: str) -> list[KnownItem]:
    return [_known_item(name, row, form) for name, row in form.known_rows(prefix)]


def _known_item(name: str, row: Row, form: FollowUpForm) -> KnownItem:
    first = ESSENTIAL[row.prefix]
    if row.prefix == "drugs" and form.report.drugs[row.number].kind in BATCH_EXPECTED:
        first |= {"batch_number"}
    asked = row.questions.values()
    return KnownItem(
        name=name,
        essential=[one for one in asked if one.field.name in first],
        more=[one for one in asked if one.field.name not in first],
        open=_open(row),
    )


def _open(row: Row) -> bool:
    return any(one.errors or one.focused or any(one.typed) for one in row.questions.values())
