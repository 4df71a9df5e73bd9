"""What the forms of compassionate access share: criteria one by one, and a page to show them on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field as dataclass_field
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from compassionate.domain.criteria import CriteriaSheet
from compassionate.domain.vocabulary import LABELS
from events.errors import CommandReused, EventError, Refused, VersionConflict
from portal.access_fields import WHOLE
from portal.access_outage import possible_now
from portal.forms import form_key, refusal
from portal.kept import Notice
from portal.shape_form import Group, ShapeForm

CRITERIA = "prescription.criteria"
SHEET = "sheet"
"""Under which a form keeps by which criteria sheet it is filled in."""
VERSION = "version"
"""Posted with a form: the version of the request that its page showed."""


@dataclass(slots=True, kw_only=True)
class AccessForm(ShapeForm):
    """A form of compassionate access; the criteria it asks carry their text with them.

    `asked_of_intern` names what only an intern is asked.
    """

    asked_of_intern: tuple[str, ...] = ()

    def ask_criteria(self, sheet: CriteriaSheet) -> None:
        """Ask each criterion of a sheet anew, and name the version that is answered."""
        self.typed = {
            name: typed for name, typed in self.typed.items() if not name.startswith(CRITERIA)
        }
        self.fill({"criteria_version": sheet.version}, "prescription.")
        for place, one in enumerate(sheet.criteria):
            self.typed[f"{CRITERIA}.{place}.code"] = [one.code]
            unmet = _("doit ne pas être rempli")
            self.titles[f"{CRITERIA}.{place}"] = (
                one.text if one.required else f"{one.text} ({unmet})"
            )

    @property
    def has_criteria(self) -> bool:
        """Whether it asks criteria of a sheet that is known."""
        return any(name.startswith(CRITERIA) for name in self.titles)

    @property
    def sheet(self) -> str:
        """By which criteria sheet it is filled in, "" off the référentiel."""
        return self.titles.get(SHEET, "")

    @property
    def criteria_version(self) -> str:
        """The version of the criteria that are answered."""
        return self.text("prescription.criteria_version")


form_for = partial(AccessForm, asked=WHOLE, labels=LABELS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """What may be done with a form; the first is what the form is for."""

    verb: str
    label: str | Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class FormPage:
    """One page with a form: its words, its buttons, where it goes and where it leads back to.

    The criteria stand between `groups` and `after`; `free` says that rows may be added to them.
    """

    title: str | Promise
    action: str
    buttons: Sequence[Button]
    back: str
    groups: Sequence[Group]
    after: Sequence[Group] = ()
    hidden: Sequence[str] = ()
    lead: str | Promise = ""
    template: str = "portal/access/form.html"
    number: str = ""
    free: bool = False
    more: Mapping[str, Any] = dataclass_field(default_factory=dict)

    def show(
        self,
        request: HttpRequest,
        form: AccessForm,
        *,
        key: UUID | None = None,
        version: int | None = None,
        notice: str = "",
        status: int = 200,
    ) -> HttpResponse:
        """Show a form as it stands; it asks no database."""
        # In the order of the page: so stand the errors in the summary on its top.
        groups, rows = form.groups(self.groups), form.rows(CRITERIA)
        after = form.groups(self.after)
        form.settle()
        context = {
            "page": self,
            "form": form,
            "groups": groups,
            "after": after,
            "rows": rows,
            "hidden": [form.question(name) for name in self.hidden],
            "version": request.POST.get(VERSION, "") if version is None else version,
            "key": key or form_key(request),
            "notice": notice,
            "away": possible_now(request) if notice in {Notice.OUTAGE, Notice.FULL} else None,
        }
        return render(request, self.template, {**context, **self.more}, status=status)


def refuse(form: ShapeForm, error: EventError) -> int:
    """Put on a form why the log refused it, and return the status to give it back with.

    Raises the error again where nobody at a form can mend it.
    """
    match error:
        case Refused():
            form.take_problems(error.problems)
        case CommandReused():
            form.general_errors.append(
                _("Ce formulaire a déjà été envoyé, avec d’autres réponses : ouvrez la demande.")
            )
        case VersionConflict():
            form.general_errors.append(
                _(
                    "La demande a changé pendant que vous écriviez. Relisez-la dans un autre "
                    "onglet, vérifiez votre saisie, puis envoyez de nouveau."
                )
            )
            return 409
        case _:
            told = refusal(error)
            form.general_errors += told.sentences
            return told.status
    return 422


def seen_version(request: HttpRequest) -> int | None:
    """Return the version of the request that the posted page showed."""
    text = request.POST.get(VERSION, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
