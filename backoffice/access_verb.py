"""One thing that a person may do on a page of compassionate access, and what became of the attempt."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from accounts.access import Person
from backoffice.access_form import AccessForm, long
from events.errors import CommandReused, Refused, SubjectErased, VersionConflict
from portal.access_form import seen_version
from portal.forms import form_key
from portal.report_fields import Field

S = TypeVar("S")

REUSED = _(
    "Ce formulaire a déjà été envoyé avec d’autres réponses, et ce premier envoi est enregistré. "
    "Regardez le dossier, puis envoyez de nouveau si c’est encore utile."
)
CHANGED = _(
    "Le dossier a changé depuis que vous l’avez ouvert : rien n’est fait. Lisez ce qui est nouveau, "
    "votre saisie est gardée ; envoyez de nouveau si elle vaut encore."
)
ERASED = _("Les données de cette personne ont été effacées : plus rien ne s’ajoute à son dossier.")
HELD = "held_by_spool"
IN_SPITE_OF = long(
    "in_spite_of",
    _("Motif de décider quand même"),
    hint=_(
        "Un envoi reçu pendant une panne attend peut-être encore pour ce dossier ; le motif reste."
    ),
)
"""Asked once a decision was held: a spool may still bring something for what it is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given(Generic[S]):
    """What a verb is given with: who, on what, the form, its key, and the version that was read."""

    user: Person
    subject: S
    form: AccessForm
    key: str
    version: int | None
    request: HttpRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb(Generic[S]):
    """One verb: its address, its words and questions, what is known of them, and what it does.

    `give` returns False, with errors in the form, where what was typed can't be read. `upload` asks
    for a document too; `more` is the button that adds rows to the form.
    """

    slug: str
    title: str | Promise
    button: str | Promise
    fields: Sequence[Field]
    give: Callable[[Given[S]], bool]
    known: Callable[[S, HttpRequest], Mapping[str, Sequence[str]]] = lambda _subject, _request: {}
    note: str | Promise = ""
    upload: bool = False
    more: str | Promise = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A verb as the page shows it; `open` where it was tried, or is the one to do next."""

    slug: str
    title: str | Promise
    button: str | Promise
    note: str | Promise
    form: AccessForm
    open: bool
    upload: bool
    more: str | Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What became of an attempt: the form, the key to send it with, and the status to answer."""

    slug: str
    form: AccessForm
    key: UUID
    done: bool = False
    status: int = HTTPStatus.UNPROCESSABLE_ENTITY
    read_version: int | None = None


def attempt(verb: Verb[S], given: Given[S]) -> Tried:
    """Give a command; what is refused comes back at its field. Raises what no form can mend."""
    form, key = given.form, form_key(given.request)
    try:
        done = verb.give(given) and not form.refused
        return Tried(slug=verb.slug, form=form, key=key, done=done)
    except Refused as refused:
        form.take_problems(refused.problems)
        held = any(one.code == HELD for one in refused.problems)
        if held and IN_SPITE_OF not in form.fields:
            form.fields = (*form.fields, IN_SPITE_OF)
        return Tried(slug=verb.slug, form=form, key=key)
    except CommandReused:
        form.general_errors.append(str(REUSED))
        return Tried(slug=verb.slug, form=form, key=uuid7())
    except VersionConflict:
        form.general_errors.append(str(CHANGED))
        return Tried(
            slug=verb.slug,
            form=form,
            key=key,
            status=HTTPStatus.CONFLICT,
            read_version=given.version,
        )
    except SubjectErased:
        form.general_errors.append(str(ERASED))
        return Tried(slug=verb.slug, form=form, key=key, status=HTTPStatus.CONFLICT)


def given_by(request: HttpRequest, verb: Verb[S], subject: S) -> Given[S]:
    """Read what was posted for a verb."""
    user: Any = request.user
    return Given(
        user=user,
        subject=subject,
        form=_posted(verb, request),
        key=str(form_key(request)),
        version=seen_version(request),
        request=request,
    )


def offered(
    verbs: Sequence[Verb[S]],
    subject: S,
    request: HttpRequest,
    tried: Tried | None = None,
    *,
    first_open: bool = False,
) -> list[Offered]:
    """Return the verbs of a page, with what was typed in the one that was tried.

    `first_open`: the first is the one to do next, and its form stands open.
    """
    return [
        Offered(
            slug=verb.slug,
            title=verb.title,
            button=verb.button,
            note=verb.note,
            form=_form(verb, subject, request, tried),
            open=(tried.slug == verb.slug) if tried else first_open and place == 0,
            upload=verb.upload,
            more=verb.more,
        )
        for place, verb in enumerate(verbs)
    ]


def _form(verb: Verb[S], subject: S, request: HttpRequest, tried: Tried | None) -> AccessForm:
    if tried is not None and tried.slug == verb.slug:
        return tried.form
    return AccessForm.known(verb.slug, verb.fields, verb.known(subject, request))


def returned(request: HttpRequest, verb: Verb[S]) -> Tried:
    """Return a form as it was posted, where nothing was done with it."""
    form = _posted(verb, request)
    return Tried(slug=verb.slug, form=form, key=form_key(request), status=HTTPStatus.OK)


def _posted(verb: Verb[S], request: HttpRequest) -> AccessForm:
    """Read a verb's form, with the question why in spite of what waits where it was asked."""
    asked = f"{verb.slug}.{IN_SPITE_OF.name}" in request.POST
    fields = (*verb.fields, IN_SPITE_OF) if asked else verb.fields
    return AccessForm.from_post(verb.slug, fields, request.POST)


def whole_key(tried: Tried | None) -> str:
    """Return the key that the page's forms are sent with."""
    return str(tried.key if tried else uuid7())


def answer_verb(
    request: HttpRequest,
    verb: Verb[S] | None,
    subject: S,
    page: Callable[[Tried], HttpResponse],
    to: str,
) -> HttpResponse:
    """Give one verb, and go to the page; where it is refused, show the page with what was typed.

    Raises Http404 for a verb that there is none of.
    """
    if verb is None:
        raise Http404
    if request.POST.get("do") == "rows":
        return page(returned(request, verb))
    tried = attempt(verb, given_by(request, verb, subject))
    return redirect(to) if tried.done else page(tried)
