"""The page that adds what became known later."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods
from uuid_utils.compat import uuid7

from events.errors import CommandReused, EventError, Refused, VersionConflict
from pharmacovigilance import actions, queries
from pharmacovigilance.api.serializers import InformationSerializer
from pharmacovigilance.domain.vocabulary import BATCH_EXPECTED
from pharmacovigilance.queries import DeclarationShown
from portal import report_fields as fields
from portal.addresses import identifier
from portal.follow_up_form import FollowUpForm
from portal.forms import form_key, refusal
from portal.kept import keeps_text
from portal.report_fields import ROWS
from portal.report_form import Question, Row

NEWS = replace(fields.NARRATIVE, label=gettext_lazy("Ce qui est nouveau"), hint="")
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
    case = queries.declaration(request.user, identifier(number))
    if "follow_up" not in case.verbs:
        raise PermissionDenied
    return case


def _returned(request: HttpRequest, notice: str = "", *, number: str) -> HttpResponse:
    """Give the form back with what was posted, without acting on it."""
    case = _case(request, number)
    return _page(request, case, FollowUpForm.sent(case, request.POST), notice=notice)


@keeps_text(_returned, {"narrative": gettext_lazy("Ce qui est nouveau")})
@require_http_methods(["GET", "HEAD", "POST"])
def follow_up(request: HttpRequest, number: str) -> HttpResponse:
    """Show the form of a follow-up, change its rows, or send it: what is left blank stays."""
    case = _case(request, number)
    if request.method != "POST":
        return _page(request, case, FollowUpForm.opened(case))
    form = FollowUpForm.sent(case, request.POST)
    verb, _colon, row = request.POST.get("do", "send").partition(":")
    if verb == "send":
        return _sent(request, case, form)
    if verb == "add" and row in ROWS:
        form.add(row)
    elif verb == "remove":
        form.remove(row)
    return _page(request, case, form)


def _sent(request: HttpRequest, case: DeclarationShown, form: FollowUpForm) -> HttpResponse:
    key = form_key(request)
    now = timezone.now()  # noqa: TID251  when the form arrived
    form.say_what_cannot_be_emptied()
    try:
        information = InformationSerializer(form.to_json(), received_at=now).get()
        if not form.errors:
            actions.add_follow_up(
                request.user,
                case.id,
                information,
                idempotency_key=str(key),
                now=now,
                expected_version=form.version,
            )
            return redirect("portal:declaration", number=case.number)
    except Refused as refused:
        form.take_problems(refused.problems)
    except (VersionConflict, CommandReused) as error:
        return _overtaken(request, case, form, error)
    except EventError as error:
        refused_by_log = refusal(error)
        form.general_errors += refused_by_log.sentences
        return _page(request, case, form, status=refused_by_log.status)
    return _page(request, case, form, status=422)


def _overtaken(
    request: HttpRequest, overtaken: DeclarationShown, form: FollowUpForm, error: EventError
) -> HttpResponse:
    """Show what was recorded since the page was read, and the form as typed beside it."""
    case = queries.declaration(request.user, overtaken.id)
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
