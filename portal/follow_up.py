"""The page that adds what became known later."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from events.errors import CommandReused, Refused
from pharmacovigilance import actions, queries
from pharmacovigilance.api.serializers import InformationSerializer
from pharmacovigilance.domain.report import Report
from portal import report_fields as fields
from portal.declarations import form_key, identifier, sentences
from portal.problems import in_readers_language
from portal.report_fields import Field
from portal.report_form import Question, ReportForm
from portal.report_view import known_value

NEWS = replace(fields.NARRATIVE, label=gettext_lazy("Ce qui est nouveau"), hint="")
KNOWN_FIELDS: dict[str, tuple[Field, ...]] = {
    "drugs": tuple(
        field
        for field in fields.ROWS["drugs"]
        if field.name in {"end", "stopped", "disappeared", "reintroduced", "reappeared"}
        or field.name in {"action_taken", "batch_number"}
    ),
    "reactions": tuple(
        field for field in fields.ROWS["reactions"] if field.name in {"outcome", "end"}
    ),
}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def follow_up(request: HttpRequest, number: str) -> HttpResponse:
    """Show the form of a follow-up, or send it: what is left blank stays as known."""
    case = queries.declaration(request.user, identifier(number))
    if "follow_up" not in case.verbs:
        raise PermissionDenied
    form = ReportForm.from_post(request.POST)
    key = form_key(request)
    context: dict[str, Any] = {"case": case, "form": form, "key": key}
    changes_seriousness = request.POST.get("change") == "seriousness"
    if request.method == "POST":
        now = timezone.now()  # noqa: TID251  when the form arrived
        body = _body(form, case.report, changes_seriousness=changes_seriousness)
        try:
            information = InformationSerializer(body, received_at=now).get()
            actions.add_follow_up(
                request.user, case.id, information, idempotency_key=str(key), now=now
            )
        except Refused as refusal:
            form.take_problems(
                (problem.pointer, in_readers_language(problem.detail))
                for problem in refusal.problems
            )
        except CommandReused as error:
            form.general_errors += sentences(error)
        else:
            return redirect("portal:declaration", number=case.number)
    else:
        form.typed["seriousness"] = list(case.report.seriousness)
    context |= {"changes_seriousness": changes_seriousness} | _questions(form, case.report)
    status = 422 if form.errors or form.general_errors else 200
    return render(request, "portal/follow_up.html", context, status=status)


def _questions(form: ReportForm, report: Report) -> dict[str, Any]:
    """Return the questions of the page; each says what is known already."""
    return {
        "known_drugs": _known_rows(form, "drugs", report.drugs),
        "known_reactions": _known_rows(form, "reactions", report.reactions),
        "new_drug": _row(form, "drugs", len(report.drugs), ("name", "kind", "role", "start")),
        "new_reaction": _row(
            form, "reactions", len(report.reactions), ("term", "onset", "outcome")
        ),
        "seriousness": form.question(fields.SERIOUSNESS),
        "narrative": form.question(NEWS),
        "more": form.questions((*fields.DEATH, fields.STORY_MORE[1], *fields.PATIENT_ESSENTIAL)),
    }


def _known_rows(
    form: ReportForm, prefix: str, items: Sequence[Any]
) -> list[tuple[str, list[Question]]]:
    return [
        (
            item.name if prefix == "drugs" else item.term,
            [
                form.question(
                    field,
                    f"{prefix}.{place}.",
                    known=known_value(field, getattr(item, field.name)),
                )
                for field in KNOWN_FIELDS[prefix]
            ],
        )
        for place, item in enumerate(items)
    ]


def _row(form: ReportForm, prefix: str, place: int, names: Iterable[str]) -> list[Question]:
    by_name = {field.name: field for field in fields.ROWS[prefix]}
    return [form.question(by_name[name], f"{prefix}.{place}.") for name in names]


def _body(form: ReportForm, report: Report, *, changes_seriousness: bool) -> dict[str, Any]:
    """Return the information as the API takes it; a row of a known item carries its index."""
    body = form.to_json()
    for prefix, known in (("drugs", report.drugs), ("reactions", report.reactions)):
        rows = [
            row | ({"index": number} if number < len(known) else {})
            for number, row in form.filled_rows(prefix)
        ]
        if rows:
            body[prefix] = rows
    stated = body.pop("seriousness", [])
    return body | {"seriousness": stated} if changes_seriousness else body
