"""What is done with a criteria sheet: opened, prepared, published by another person, ended."""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import compassionate as may
from accounts.access import Someone
from backoffice.access_decision import DELEGATION, known_to_sign, signed_in
from backoffice.access_document import DOCUMENT, document_in
from backoffice.access_form import choice, day, long, shown_day, text, tick, whole
from backoffice.access_telling import Telling
from backoffice.access_verb import Given, Verb
from compassionate import acting, product_documents
from compassionate.agency_queries import Folded
from compassionate.domain.acts import Act
from compassionate.domain.criteria import Criterion
from compassionate.domain.criteria_events import CriteriaPublished
from compassionate.domain.criteria_facts import SheetFacts
from compassionate.domain.criteria_sheet import (
    CancelCriteria,
    ChangeStatus,
    OpenSheet,
    PrepareCriteria,
    PublishCriteria,
    PublishProtocol,
    SetProductCessation,
    TellCessation,
)
from compassionate.domain.vocabulary import DeclareTo, Delegated, ProductStatus, Scheduled
from compassionate.giving import Signed
from events.days import PARIS
from events.errors import Problem, Refused
from portal.report_fields import Field

Sheet = Folded[SheetFacts]

FEWEST_ROWS, MORE_ROWS, MOST_ROWS = 4, 3, 60
DAYS_NEEDED = _("Écrivez des jours séparés par des virgules, par exemple 15, 30, 90.")
_ROW = re.compile(r"criteres\.code-([0-9]{1,2})")


def verbs_of(user: Someone, one: Sheet, rows: int) -> list[Verb[Sheet]]:
    """Return the verbs that somebody may give now, the one to give next first."""
    found: list[Verb[Sheet]] = []
    if may.may_publish_criteria(user):
        found += [PUBLISH] if one.facts.prepared is not None else []
        found += [CANCEL] if one.facts.to_come(_now()) else []
        found += [PROTOCOL, STATUS]
    if may.may_set_cessation(user):
        found.append(CESSATION)
    if may.may_handle_holder_file(user):
        found += TELLING.offered(one)
    if may.may_prepare_criteria(user):
        found.append(prepare(rows))
    return found


def verb_named(slug: str, rows: int) -> Verb[Sheet] | None:
    """Return a verb by its address."""
    every = (PUBLISH, CANCEL, PROTOCOL, STATUS, CESSATION, prepare(rows))
    return next((one for one in every if one.slug == slug), None) or TELLING.named(slug)


def rows_of(request: HttpRequest, one: Sheet) -> int:
    """Return how many rows the form of the criteria has: those that were posted, or some to spare."""
    posted = [int(found[1]) + 1 for name in request.POST if (found := _ROW.fullmatch(name))]
    if posted:
        more = MORE_ROWS if request.POST.get("do") == "rows" else 0
        return min(max(posted) + more, MOST_ROWS)
    return max(len(_criteria(one)) + 2, FEWEST_ROWS)


def prepare(rows: int) -> Verb[Sheet]:
    """Return the verb that writes the next version down, with so many rows."""
    fields: list[Field] = []
    for place in range(rows):
        number = place + 1
        fields += [
            text(f"code-{place}", _("Critère %(n)d : code") % {"n": number}),
            tick(
                f"required-{place}",
                _("Critère %(n)d : sens") % {"n": number},
                _("Doit être rempli (sinon, ne doit pas l’être)"),
            ),
            tick(
                f"apart-{place}",
                _("Critère %(n)d : sans objet") % {"n": number},
                _("Peut être sans objet"),
            ),
            long(f"text-{place}", _("Critère %(n)d : texte publié") % {"n": number}),
        ]
    fields += [
        whole("max_days", _("Durée maximale d’une autorisation (jours)")),
        tick("very_early", _("Accès très précoce"), _("Oui (CSP L5121-12-1 II al. 2)")),
    ]
    return Verb(
        slug="criteres",
        title=_("Préparer la version suivante"),
        button=_("Enregistrer pour publication"),
        fields=fields,
        give=_give_criteria,
        known=_known_criteria,
        note=_("Une autre personne publie. Les lignes vides sont laissées de côté."),
        more=_("Ajouter des lignes"),
    )


def open_sheet(given: Given[None]) -> bool:
    """Open the sheet of a product in an indication."""
    form = given.form
    status = form.one("status", ProductStatus)
    if not form.sound or status is None:
        return False
    fields: dict[str, Any] = {
        name: form.text(name) for name in ("product_name", "indication_text", "holder")
    }
    fields |= {
        "status": status,
        "rare": form.ticked("rare"),
        "very_early": form.ticked("very_early"),
    }
    product, indication = form.text("product"), form.text("indication")
    acting.act_on_sheet(
        given.user, product, indication, OpenSheet, fields, idempotency_key=given.key
    )
    return True


def _act(
    given: Given[Sheet], act: type[Act], fields: Mapping[str, Any], signed: Signed | None = None
) -> bool:
    opened = given.subject.facts.opened
    if opened is None:
        return False
    acting.act_on_sheet(
        given.user,
        opened.product,
        opened.indication,
        act,
        fields,
        signed=signed,
        idempotency_key=given.key,
    )
    return True


def _criteria(one: Sheet) -> tuple[Criterion, ...]:
    if one.facts.prepared is not None:
        return one.facts.prepared.criteria
    last = _latest(one)
    return last.criteria if last else ()


def _latest(one: Sheet) -> CriteriaPublished | None:
    """Return the version in force, from which the next is written; before any, the first to come."""
    facts, now = one.facts, _now()
    return facts.in_force(now) or next(iter(facts.to_come(now)), None)


def _now() -> datetime:
    return timezone.now()  # noqa: TID251  an edge of the house: which version is to come


def _known_criteria(one: Sheet, _request: HttpRequest) -> Mapping[str, str]:
    known: dict[str, str] = {}
    for place, criterion in enumerate(_criteria(one)):
        known |= {
            f"code-{place}": criterion.code,
            f"text-{place}": criterion.text,
            f"required-{place}": "yes" if criterion.required else "",
            f"apart-{place}": "yes" if criterion.may_not_apply else "",
        }
    last = one.facts.prepared or _latest(one)
    if last is not None:
        known["max_days"] = str(last.max_days or "")
        known["very_early"] = "yes" if last.very_early else ""
    return known


def _give_criteria(given: Given[Sheet]) -> bool:
    form = given.form
    rows = [
        place
        for place in range(MOST_ROWS)
        if form.text(f"code-{place}") or form.text(f"text-{place}")
    ]
    criteria = tuple(
        [
            Criterion(
                code=form.text(f"code-{place}"),
                text=form.text(f"text-{place}"),
                required=form.ticked(f"required-{place}"),
                may_not_apply=form.ticked(f"apart-{place}"),
            )
            for place in rows
        ]
    )
    max_days = form.whole("max_days")
    if not form.sound:
        return False
    said = {"criteria": criteria, "max_days": max_days, "very_early": form.ticked("very_early")}
    try:
        return _act(given, PrepareCriteria, said)
    except Refused as refused:
        raise Refused(*[_at_row(one, rows) for one in refused.problems]) from None


def _at_row(problem: Problem, rows: list[int]) -> Problem:
    """Point at the row of the page in which a criterion was typed."""
    found = re.fullmatch(r"/criteria/([0-9]+)(?:/code)?", problem.pointer)
    pointer = (
        f"/code-{rows[int(found[1])]}"
        if found
        else problem.pointer.replace("/criteria", "/code-0")
    )
    return Problem(pointer, problem.code, problem.detail)


def _give_publication(given: Given[Sheet]) -> bool:
    form = given.form
    said = {
        "in_force_from": None if form.ticked("at_once") else form.instant("on", "at"),
        "scheduled": form.one("scheduled", Scheduled, needed=False),
        "reason": form.said("reason"),
    }
    return form.sound and _act(given, PublishCriteria, said)


def _give_cancellation(given: Given[Sheet]) -> bool:
    said = {"version": given.form.whole("version") or 0, "reason": given.form.text("reason")}
    return given.form.sound and _act(given, CancelCriteria, said)


def _known_cancellation(one: Sheet, _request: HttpRequest) -> Mapping[str, str]:
    coming = one.facts.to_come(_now())
    return {"version": str(coming[0].version)} if coming else {}


def _known_publication(_one: Sheet, _request: HttpRequest) -> Mapping[str, str]:
    tomorrow = timezone.localdate(timezone=PARIS) + timedelta(days=1)
    return {"on": shown_day(tomorrow), "at": "00:00"}


def _give_protocol(given: Given[Sheet]) -> bool:
    form, document = given.form, document_in(given)
    days = [one for one in re.split(r"[\s,;]+", form.text("every_days")) if one]
    if not all(one.isascii() and one.isdecimal() and len(one) < 6 for one in days):
        form.refuse("every_days", DAYS_NEEDED)
    declare_to = form.one("declare_to", DeclareTo)
    if not form.sound:
        return False
    said = {
        "document": document,
        "every_days": tuple([int(one) for one in days]),
        "declare_to": declare_to,
    }
    return _act(given, PublishProtocol, said)


def _give_status(given: Given[Sheet]) -> bool:
    status = given.form.one("status", ProductStatus)
    said = {"status": status, "reason": given.form.text("reason")}
    return given.form.sound and _act(given, ChangeStatus, said)


def cessation_in(given: Given[Any]) -> dict[str, date | str | None] | None:
    """Return a cessation as it was typed, None where a day can't be read."""
    form = given.form
    said = {
        "marketing_authorised_on": form.day("marketing_authorised_on"),
        "ceases_on": form.day("ceases_on"),
        "exceptional": form.said("exceptional"),
    }
    return said if form.sound else None


def _give_cessation(given: Given[Sheet]) -> bool:
    said = cessation_in(given)
    return said is not None and _act(given, SetProductCessation, said, signed_in(given))


CESSATION_FIELDS = (
    day("marketing_authorised_on", _("AMM obtenue le"), required=True),
    day("ceases_on", _("Dernier jour de l’accès"), required=True),
    long("exceptional", _("Motif d’une prolongation exceptionnelle, au-delà de trois mois")),
)
OPEN: Verb[None] = Verb(
    slug="ouvrir",
    title=_("Ouvrir une fiche"),
    button=_("Ouvrir la fiche"),
    fields=(
        text("product", _("Identifiant du produit"), required=True),
        text("product_name", _("Nom, nom de code ou DCI"), required=True),
        text("indication", _("Code de l’indication"), required=True),
        text("holder", _("Titulaire ou exploitant"), required=True),
        long("indication_text", _("Indication, telle que publiée"), required=True),
        choice("status", _("Statut"), ProductStatus, required=True),
        tick("rare", _("Maladie rare"), _("Oui : dix-huit mois pour déposer l’AAP")),
        tick(
            "very_early",
            _("Accès très précoce"),
            _("Oui : l’engagement du titulaire est nécessaire"),
        ),
    ),
    give=open_sheet,
)
PUBLISH: Verb[Sheet] = Verb(
    slug="publication",
    title=_("Publier les critères préparés"),
    button=_("Publier"),
    fields=(
        tick(
            "at_once", _("Restriction de sécurité"), _("Sans délai : en vigueur dans une minute")
        ),
        day("on", _("Sinon, en vigueur le")),
        text("at", _("À partir de"), hint=_("Heure de Paris, par exemple 00:00")),
        choice(
            "scheduled",
            _("Si une autre version est déjà publiée pour plus tard"),
            Scheduled,
            hint=_("Elle est annulée ou gardée par qui publie celle-ci"),
        ),
        long("reason", _("Et pourquoi celle-ci la devance")),
    ),
    give=_give_publication,
    known=_known_publication,
    note=_(
        "Publiés par une autre personne que celle qui les a préparés. Ce qui est déjà reçu garde sa version."
    ),
)
CANCEL: Verb[Sheet] = Verb(
    slug="annulation",
    title=_("Annuler une version à venir"),
    button=_("Annuler cette version"),
    fields=(
        whole("version", _("Version"), required=True),
        long("reason", _("Motif"), required=True),
    ),
    give=_give_cancellation,
    known=_known_cancellation,
    note=_(
        "La version en vigueur le reste. Rien de ce qui est reçu n’était jugé par celle qui est annulée."
    ),
)
PROTOCOL: Verb[Sheet] = Verb(
    slug="protocole",
    title=_("Publier un PUT-SP"),
    button=_("Publier le PUT-SP"),
    fields=(
        DOCUMENT,
        text("every_days", _("Suivi dû aux jours"), hint=_("Après le début : 15, 30, 90")),
        choice("declare_to", _("Effets indésirables déclarés à"), DeclareTo, required=True),
    ),
    give=_give_protocol,
    upload=True,
)
STATUS: Verb[Sheet] = Verb(
    slug="statut",
    title=_("Changer le statut"),
    button=_("Changer le statut"),
    fields=(
        choice("status", _("Nouveau statut"), ProductStatus, required=True),
        long("reason", _("Motif"), required=True),
    ),
    give=_give_status,
)
CESSATION: Verb[Sheet] = Verb(
    slug="cessation",
    title=_("Fixer la cessation après l’AMM"),
    button=_("Signer : fixer la date"),
    fields=(*CESSATION_FIELDS, DELEGATION),
    give=_give_cessation,
    known=lambda _one, request: known_to_sign(request, Delegated.PRODUCTS),
    note=_(
        "Trois mois au plus après l’AMM, sauf prolongation exceptionnelle (CSP R5121-74-9 I). La lettre au "
        "titulaire se signe avec votre clé, à l’étape suivante (CRPA L212-2)."
    ),
)
TELLING: Telling[SheetFacts] = Telling(
    of=_("cessation"),
    letter=product_documents.sheet_letter,
    act=lambda given, said: _act(given, TellCessation, said),
)
