"""From a sheet to its declaration: found among those received, or transcribed from it."""

from typing import Any
from uuid import UUID, uuid5

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts import access
from backoffice.sheet_candidates import candidates, quoted
from backoffice.sheet_joins import declared_under, move_receipts
from backoffice.sheet_sides import side_by_side
from continuity import sheet_queries, sheets
from continuity.domain.matching import OPENS_QUESTION, differing
from continuity.domain.sheet_content import SheetContent
from continuity.domain.sheet_facts import Recording, SheetFacts
from continuity.domain.sheet_urgency import seriousness_of
from continuity.domain.sheet_words import SheetChannel, SheetKind
from continuity.sheet_queries import SheetShown
from continuity.sheets import Named
from events.errors import EventError, Problem, Refused
from events.event import stream_name
from pharmacovigilance.domain.events import CATEGORY
from pharmacovigilance.domain.vocabulary import AuthorisationStatus, Channel
from pharmacovigilance.nearby import Nearby
from portal.answers import french_date
from portal.forms import NOT_REFUSED, Refusal, form_key, refusal, typed
from portal.kept import keeps_text
from portal.report_fields import RECEIPT
from portal.report_form import ReportForm

DECLARED = frozenset({SheetKind.ADVERSE_EVENT, SheetKind.DEATH_IN_TRIAL, SheetKind.OTHER})
"""Kinds of which a declaration may have arrived; the others are matched to a file's number."""
REPLACES = "Remplace la fiche {number} (mode dégradé)."
IN_TRIAL = "Essai clinique {number}."
NOT_RECORDED = "Rapprochement non enregistré."
"""All are written into the declaration itself, so in French whoever reads the page."""
FORMS = UUID("5b0f3f47-90f5-5f34-9ad0-6ccf3f6b9d9a")


def _shown(
    request: HttpRequest, notice: str = "", *, identifier: UUID, refused: Refusal = NOT_REFUSED
) -> HttpResponse:
    """Show what a version of a sheet may stand for, or one declaration beside it."""
    found, facts, place = _version(request, identifier)
    recording = facts.recordings[place - 1]
    reference = typed(request, "reference") or request.GET.get("declaration", "").strip()
    declared = declared_under(request.user, reference)
    context: dict[str, Any] = {
        "found": found,
        "facts": found.facts,
        "place": place,
        "recording": found.facts.recordings[place - 1],
        "reference": reference,
        "declared": declared,
        "key": form_key(request),
        "reason": typed(request, "reason"),
        "told": facts.is_told(place),
        "errors": refused.sentences,
        "notice": notice,
    }
    if declared is not None:
        sides = side_by_side(recording, declared, names_shown=found.names_shown)
        context |= {
            "sides": sides,
            "judged": OPENS_QUESTION,
            "quoted": quoted(facts.number, declared.report),
            "earlier": recording.received_at < declared.received_at,
        }
    elif recording.kind in DECLARED:
        context["candidates"] = candidates(request.user, facts.number, recording)
    return render(request, "backoffice/sheets_matching.html", context, status=refused.status)


@keeps_text(_shown, {"reason": gettext_lazy("Motif")})
@require_http_methods(["GET", "HEAD", "POST"])
def matching(request: HttpRequest, identifier: UUID) -> HttpResponse:
    """Show what a sheet may stand for, or say which it is."""
    if not access.may_handle_sheets(request.user):
        raise PermissionDenied
    if request.method != "POST":
        return _shown(request, identifier=identifier)
    _found, facts, place = _version(request, identifier)
    reference, reason = typed(request, "reference"), typed(request, "reason")
    try:
        declared = declared_under(request.user, reference)
        if declared is None and facts.recordings[place - 1].kind in DECLARED:
            sentence = _("Aucune déclaration que vous suivez ne porte ce numéro : vérifiez-le.")
            raise Refused(Problem("/reference", "unknown_number", sentence))
        if declared is not None and not quoted(facts.number, declared.report) and not reason:
            sentence = _("La déclaration ne cite pas la fiche : dites ce qui montre le même cas.")
            raise Refused(Problem("/reason", "reason_needed", sentence))
        named = _named(facts, place, declared, reference)

        def first(before: SheetFacts, after: SheetFacts) -> None:
            move_receipts(request.user, before, after, reason or NOT_RECORDED)

        sheets.match(
            request.user,
            identifier,
            named,
            reason,
            str(form_key(request)),
            # Before, so that no sheet is matched whose day 0 stays that of the declaration.
            first=first,
        )
    except EventError as error:
        return _shown(request, identifier=identifier, refused=refusal(error))
    return redirect("backoffice:sheet", identifier=identifier)


@require_safe
@login_required
def transcription(request: HttpRequest, identifier: UUID) -> HttpResponse:
    """Show the declaration form with what stands on the sheet, for the centre to complete and send.

    Where a declaration quotes the sheet already, show that one instead: no case is counted twice.
    One that another version was matched to is another case under the same number.
    """
    if not access.may_transcribe(request.user):
        raise PermissionDenied
    found, facts, place = _version(request, identifier)
    recording = facts.recordings[place - 1]
    if recording.kind not in DECLARED or not found.names_shown:
        raise Http404
    taken = {match.stream for match in facts.matches}
    waiting = [
        one
        for one in candidates(request.user, facts.number, recording)
        if one.quoted and stream_name(CATEGORY, one.declared.id) not in taken
    ]
    if waiting:
        return redirect("backoffice:sheet_matching", identifier=identifier)
    known = _prefilled(facts.number, recording)
    form = ReportForm(typed={name: [value] for name, value in known.items() if value})
    form.typed |= _receipt(recording)
    for row in ("drugs", "reactions"):
        if not form.numbers(row):
            form.add(row)
    if met := seriousness_of(recording.kind, recording.content.seriousness):
        form.typed["seriousness"] = [str(one) for one in met]
    context = {
        "form": form,
        # The form of a version is one and the same: two windows declare once.
        "key": uuid5(FORMS, f"{identifier}/{place}"),
        "receipt": form.questions(RECEIPT),
        "action": reverse("portal:declare"),
    }
    return render(request, "portal/declare.html", context)


def _version(request: HttpRequest, identifier: UUID) -> tuple[SheetShown, SheetFacts, int]:
    """Return a sheet as shown and as it is, and which version is meant. Raises Http404."""
    found = sheet_queries.sheet(request.user, identifier)
    facts = sheet_queries.facts_of(identifier)
    text = request.POST.get("version") or request.GET.get("version", "")
    if not facts.recordings:
        raise Http404
    unmatched = [one for one in facts.retained if facts.match_of(one) is None]
    place = int(text) if text.isdecimal() and len(text) < 4 else [*unmatched, *facts.retained][0]
    if not 0 < place <= len(facts.recordings):
        raise Http404
    return found, facts, place


def _named(facts: SheetFacts, place: int, declared: Nearby | None, reference: str) -> Named:
    if declared is None:
        return Named(recording=place, reference=reference)
    sides = side_by_side(facts.recordings[place - 1], declared, names_shown=True)
    return Named(
        recording=place,
        reference=declared.number,
        stream=stream_name(CATEGORY, declared.id),
        stream_version=declared.version,
        differing=differing(sides),
    )


def _prefilled(number: str, recording: Recording) -> dict[str, str | None]:
    """Return what the declaration form takes over from the sheet, under its own names."""
    content: SheetContent = recording.content
    told = [REPLACES.format(number=number)]
    if content.trial_number:
        told.append(IN_TRIAL.format(number=content.trial_number))
    # Only of a drug that is named: else the form asks for the name of one that nobody wrote.
    in_trial = recording.kind == SheetKind.DEATH_IN_TRIAL and content.drug_name
    known = {
        "patient.name_letters": content.patient_name_letters,
        "patient.first_name_initial": content.patient_first_name_initial,
        "patient.birth_date": french_date(content.patient_birth_date or ""),
        "patient.age_value": _number(content.patient_age_value),
        "patient.age_unit": content.patient_age_unit,
        "patient.sex": content.patient_sex,
        "patient.weight_kg": _number(content.patient_weight_kg),
        "drugs.0.name": content.drug_name,
        "drugs.0.authorisation": AuthorisationStatus.CLINICAL_TRIAL if in_trial else None,
        "drugs.0.batch_number": content.drug_batch_number,
        "drugs.0.dosage": content.drug_dosage,
        "drugs.0.indication": content.drug_indication,
        "reactions.0.term": content.reaction_term,
        "reactions.0.onset": french_date(content.reaction_onset or ""),
        "narrative": "\n\n".join(part for part in (*told, content.narrative) if part),
        "reporter.family_name": content.caller_name,
        "reporter.rpps": content.caller_rpps,
        "reporter.phone": content.caller_phone,
        "reporter.institution": content.institution_name,
        "reporter.department_code": content.department_code,
    }
    return {name: value or None for name, value in known.items()}


def _receipt(recording: Recording) -> dict[str, list[str]]:
    received = timezone.localtime(recording.received_at)
    channel = Channel.PHONE if recording.channel == SheetChannel.PHONE else Channel.PAPER
    return {
        "received_at": [received.strftime("%d/%m/%Y")],
        "received_time": [received.strftime("%H:%M")],
        "channel": [channel.value],
    }


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:g}".replace(".", ",")
