"""The prescriber's part of a request: begun, changed, and sent to the hospital's pharmacy."""

from dataclasses import replace
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods
from uuid_utils.compat import uuid7

from accounts import compassionate as may
from accounts.access import Someone
from accounts.credentials import actor_of
from accounts.models import Role
from accounts.people import Colleague, doctors_of
from compassionate import actions, hospital, queries
from compassionate.domain.criteria import CriteriaSheet
from compassionate.domain.vocabulary import RequestKind
from compassionate.giving import Done
from events import intake
from events.errors import EventError, Refused, VersionConflict
from events.shape import to_json
from portal import access_fields as fields
from portal.access_form import SHEET, AccessForm, Button, FormPage, form_for, refuse, seen_version
from portal.access_outage import away
from portal.access_shapes import Draft, DraftSerializer
from portal.addresses import identifier
from portal.forms import form_key
from portal.kept import Sender, keeps_text
from portal.outage import database_answers
from portal.report_fields import Kind
from portal.shape_form import Group

OFF_LIST = "hors-referentiel"
SAVE = Button(verb="save", label=gettext_lazy("Enregistrer le brouillon"))
SEND = Button(verb="send", label=gettext_lazy("Envoyer à la pharmacie"))
KINDS = {
    RequestKind.INITIAL: gettext_lazy("Nouvelle demande d’accès compassionnel"),
    RequestKind.RENEWAL: gettext_lazy("Renouveler l’autorisation"),
    RequestKind.DOSAGE_CHANGE: gettext_lazy("Modifier la posologie"),
    RequestKind.REGULARISATION: gettext_lazy("Compléter la prescription"),
}
LEADS = {
    RequestKind.RENEWAL: gettext_lazy(
        "Une autorisation cesse le jour de sa fin, même si son renouvellement attend : aucun texte "
        "ne la prolonge (CSP R5121-74-4)."
    ),
}
FIRST: dict[RequestKind, tuple[Group, ...]] = {
    RequestKind.RENEWAL: (fields.ANEW,),
    RequestKind.DOSAGE_CHANGE: (fields.CHANGED,),
}


def part_page(
    form: AccessForm, *, action: str, back: str, number: str = "", may_send: bool = True
) -> FormPage:
    """Return the page of a prescriber's part, as its kind and what is typed ask for it."""
    kind = _kind(form)
    first = FIRST.get(kind, fields.INITIAL)
    senior = (fields.SENIOR,) if "senior" in form.asked_of_intern else ()
    answer = (fields.ANSWER,) if "answer" in form.typed else ()
    justified = fields.JUSTIFICATION
    if form.has_criteria and not any(form.text(name) for name in justified.names):
        justified = fields.closed(justified)
    met = (fields.CRITERIA_MET,) if form.has_criteria else ()
    rest = (fields.closed(fields.PRESCRIBER),) if first is fields.INITIAL else ()
    if first is not fields.INITIAL:
        known = {name for group in first for name in group.names}
        rest = (fields.without(fields.UNCHANGED, known),)
    return FormPage(
        title=KINDS[kind],
        action=action,
        buttons=(SEND, SAVE) if may_send else (SAVE,),
        back=back,
        groups=(*answer, *senior, *first),
        after=(*met, justified, fields.UNDERTAKINGS, *rest),
        hidden=(*fields.HIDDEN_OF_SHEET, "kind", "renews"),
        lead=LEADS.get(kind, ""),
        number=number,
    )


def _kind(form: AccessForm) -> RequestKind:
    text = form.text("kind")
    return RequestKind(text) if text in set(RequestKind) else RequestKind.INITIAL


def posted(request: HttpRequest) -> AccessForm:
    """Return the posted form of a prescriber's part; an intern's names her senior."""
    form = form_for(shape=Draft).take_post(request.POST)
    if access_role(actor_of(request)) == Role.INTERN and "senior" in request.POST:
        ask_senior(form, actor_of(request))
    return form


def access_role(user: Someone) -> str:
    """Return the role of whoever asks."""
    return str(getattr(user, "role", ""))


def ask_senior(form: AccessForm, user: Someone) -> None:
    """Ask in whose name, by a list of the establishment's doctors; as typed while nobody can say."""
    known = _seniors(user) if database_answers() else []
    choices = [(one.id, one.name) for one in known]
    typed = form.text("senior")
    if not known and typed:
        choices = [(typed, _("Le médecin déjà choisi"))]
    form.asked = {
        **form.asked,
        "senior": replace(form.asked["senior"], kind=Kind.CHOICE, choices=tuple(choices)),
    }
    form.asked_of_intern = ("senior",)


def _seniors(user: Someone) -> list[Colleague]:
    return doctors_of(getattr(user, "institution_finess", None))


def _returned_new(request: HttpRequest, notice: str = "") -> HttpResponse:
    """Give the form back with what was posted, without acting on it."""
    form = posted(request)
    return _new_page(form).show(request, form, notice=notice)


def _new_page(form: AccessForm) -> FormPage:
    return part_page(form, action=reverse("portal:access_new"), back=reverse("portal:access_mine"))


@keeps_text(_returned_new, alone=True, sender=Sender.SIGNED)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Choose a product and an indication, then give the prescriber's part of a request."""
    if not may.may_draft(actor_of(request)):
        raise PermissionDenied
    if request.method == "POST":
        form = posted(request)
        return begun(request, form, _new_page(form))
    if not database_answers():
        return away(request)
    chosen = request.GET.get("fiche", "")
    if not chosen:
        context = {"sheets": queries.criteria_sheets(request.user), "off_list": OFF_LIST}
        return render(request, "portal/access/choose.html", context)
    form = _blank(request)
    if chosen != OFF_LIST:
        take_sheet(request, form, chosen)
    return _new_page(form).show(request, form, key=uuid7())


def _blank(request: HttpRequest) -> AccessForm:
    """Return a new form, with what the account says of the prescriber."""
    form = form_for(shape=Draft)
    form.fill({"kind": RequestKind.INITIAL.value, "prescription": {"patient_age_unit": "year"}})
    user = request.user
    if access_role(user) == Role.INTERN:
        ask_senior(form, user)
        return form
    if isinstance(user, AnonymousUser):
        raise PermissionDenied
    told = {
        "prescriber_name": f"{user.first_name} {user.last_name}".strip(),
        "prescriber_function": user.profession,
        "prescriber_rpps": user.rpps,
        "prescriber_email": user.email,
    }
    form.fill(told, "prescription.")
    return form


def take_sheet(request: HttpRequest, form: AccessForm, chosen: str) -> None:
    """Take product, indication and criteria in force from a sheet. Raises Http404."""
    try:
        which = UUID(chosen)
    except ValueError:
        raise Http404 from None
    now = timezone.now()  # noqa: TID251  an edge of the house: which criteria are shown
    shown = hospital.criteria_sheet(request.user, which, now)
    told = {
        "product": shown.opened.product,
        "product_name": shown.opened.product_name,
        "indication": shown.opened.indication,
        "indication_text": shown.opened.indication_text,
    }
    form.fill(told, "prescription.")
    form.ask_criteria(shown.sheet)
    name_sheet(form, shown)


def name_sheet(form: AccessForm, shown: hospital.SheetShown | None) -> None:
    """Let a form say by which sheet it is filled in."""
    if shown is not None:
        form.titles[SHEET] = f"{shown.opened.product_name} – {shown.opened.indication_text}"


def begun(request: HttpRequest, form: AccessForm, page: FormPage) -> HttpResponse:
    """Save what is posted as a new draft, and send it to the pharmacy where that was asked for."""
    actor, key = actor_of(request), str(form_key(request))
    try:
        _name_senior(request, form)
        draft = form.read(DraftSerializer, intake.arrived_at())
        done = actions.draft_request(
            actor,
            draft.kind,
            draft.prescription,
            senior=draft.senior,
            renews=draft.renews,
            idempotency_key=key,
        )
    except EventError as error:
        return page.show(request, form, status=refuse(form, error))
    return _sent(request, form, done)


def _name_senior(request: HttpRequest, form: AccessForm) -> None:
    """Check in whose name an intern acts, and take from that account what she did not type. Raises Refused."""
    if access_role(actor_of(request)) != Role.INTERN:
        form.typed.pop("senior", None)
        return
    if not form.asked_of_intern:
        ask_senior(form, actor_of(request))
    senior = next(
        (one for one in _seniors(actor_of(request)) if one.id == form.text("senior")), None
    )
    if senior is None:
        form.add_error(
            "senior",
            _("Choisissez le médecin au nom duquel vous demandez : sans lui, rien ne part."),
        )
        raise Refused
    told = {
        "prescriber_name": senior.name,
        "prescriber_function": senior.profession,
        "prescriber_rpps": senior.rpps,
        "prescriber_email": senior.email,
    }
    missing = {
        name: value for name, value in told.items() if not form.text(f"prescription.{name}")
    }
    form.fill(missing, "prescription.")


def _sent(request: HttpRequest, form: AccessForm, done: Done) -> HttpResponse:
    """Send what was saved, where that was asked for; what is refused stays a draft and is shown as one."""
    if request.POST.get("do") == SEND.verb:
        try:
            actions.send_to_pharmacy(
                actor_of(request),
                done.id,
                answer=form.text("answer") or None,
                idempotency_key=str(form_key(request)),
            )
        except EventError as error:
            status = refuse(form, error)
            form.asked_of_intern = ()
            page = replace(_change_page(form, done.number), more={"saved": True})
            return page.show(request, form, key=uuid7(), version=done.version, status=status)
    return redirect("portal:access", number=done.number)


def _change_page(form: AccessForm, number: str, *, may_send: bool = True) -> FormPage:
    return part_page(
        form,
        action=reverse("portal:access_change", args=[number]),
        back=reverse("portal:access", args=[number]),
        number=number,
        may_send=may_send,
    )


def _returned_change(request: HttpRequest, notice: str = "", *, number: str) -> HttpResponse:
    """Give the form back with what was posted, without acting on it."""
    form = posted(request)
    return _change_page(form, number).show(request, form, notice=notice)


@keeps_text(_returned_change, alone=True, sender=Sender.SIGNED)
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, number: str) -> HttpResponse:
    """Change the prescriber's part of a draft, or of what the pharmacy returned, and send it."""
    which = identifier(number)
    if request.method == "POST":
        return _changed(request, which, number)
    if not database_answers():
        return away(request)
    shown = queries.request(request.user, which)
    verbs = queries.verbs(request.user, shown)
    if "ChangePrescription" not in verbs or shown.prescription is None:
        raise PermissionDenied
    form = form_for(shape=Draft)
    kind = shown.facts.kind or RequestKind.INITIAL
    form.fill({"kind": kind.value, "renews": shown.facts.renews})
    form.fill({"prescription": to_json(shown.prescription)})
    if shown.facts.return_reason:
        form.typed["answer"] = [""]
    now = timezone.now()  # noqa: TID251  an edge of the house: which criteria are shown
    sheet, known = hospital.sheet_now(shown.prescription, now)
    outdated = answer_criteria(form, sheet)
    name_sheet(form, known)
    page = _change_page(form, shown.number, may_send="SendToPharmacy" in verbs)
    more = {"reason": shown.facts.return_reason, "outdated": outdated}
    return replace(page, more=more).show(request, form, key=uuid7(), version=shown.version)


def answer_criteria(form: AccessForm, sheet: CriteriaSheet) -> bool:
    """Ask the criteria in force, with the answers that were given to them; say whether those are outdated."""
    if sheet.version is None:
        return False
    given = {
        form.text(f"{row.name}.code"): (
            form.text(f"{row.name}.answer"),
            form.text(f"{row.name}.comment"),
        )
        for row in form.rows("prescription.criteria")
    }
    outdated = bool(given) and form.criteria_version != str(sheet.version)
    form.shown = []
    form.ask_criteria(sheet)
    for place, one in enumerate(sheet.criteria):
        answer, comment = given.get(one.code, ("", ""))
        # What was said of another version is no answer: a remark may still be true.
        said = {"answer": "" if outdated else answer, "comment": comment}
        form.fill(said, f"prescription.criteria.{place}.")
    return outdated


def _changed(request: HttpRequest, which: UUID, number: str) -> HttpResponse:
    form = posted(request)
    try:
        draft = form.read(DraftSerializer, intake.arrived_at())
        done = actions.change_prescription(
            actor_of(request),
            which,
            draft.prescription,
            idempotency_key=str(form_key(request)),
            expected_version=seen_version(request),
        )
    except EventError as error:
        status = refuse(form, error)
        version = None
        if isinstance(error, VersionConflict):
            version = queries.request(request.user, which).version
        return _change_page(form, number).show(request, form, version=version, status=status)
    return _sent(request, form, done)
