"""The rights holders' files: what was asked, what came, and the clocks that run."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import compassionate as may
from accounts.access import Someone
from accounts.outage import expect_database
from backoffice.access_decision import DELEGATION, known_to_sign, signed_in
from backoffice.access_form import choice, day, long, many, text, whole
from backoffice.access_history import lines_of
from backoffice.access_product_letters import letters_of_file
from backoffice.access_queue import expect_reader
from backoffice.access_telling import Telling
from backoffice.access_verb import Given, Tried, Verb, answer_verb, offered, returned, whole_key
from compassionate import acting, agency_queries, product_documents, queries
from compassionate.agency_queries import Folded
from compassionate.domain.acts import Act
from compassionate.domain.holder_facts import HolderFacts
from compassionate.domain.holder_file import (
    AskUndertaking,
    ExtendFiling,
    InformHolder,
    RecordAnswer,
    RecordEarlyAccess,
    RecordFiling,
    RecordUndertaking,
    TellExtension,
)
from compassionate.domain.vocabulary import AskedOfHolder, Delegated, Proposal
from compassionate.giving import Signed
from portal.kept import keeps_text

File = Folded[HolderFacts]

DOCUMENT = text("document", _("Empreinte SHA-256 de la lettre"), required=True)
CERTAIN = day(
    "certain_on",
    _("Date certaine"),
    hint=_("Recommandé avec avis, ou dépôt horodaté"),
    required=True,
)


def verbs_of(user: Someone, one: File) -> list[Verb[File]]:
    """Return the verbs that somebody may give, the one to give next first."""
    facts = one.facts
    if not may.may_handle_holder_file(user):
        return []
    found = [ANSWER] if facts.informed else [INFORM, ANSWER]
    if facts.undertaken_on is None:
        found += [UNDERTAKING] if facts.asked_on else [ASK, UNDERTAKING]
    found += [FILING] if facts.filed_on is None else [HAS] if facts.decided is None else []
    if may.may_decide(user) and facts.filing_due is not None and facts.filed_on is None:
        found.append(EXTEND)
    return [*TELLING.offered(one), *found]


def verb_named(slug: str) -> Verb[File] | None:
    """Return a verb by its address."""
    return next((one for one in EVERY if one.slug == slug), None) or TELLING.named(slug)


@require_safe
@login_required
def holders(request: HttpRequest) -> HttpResponse:
    """List the rights holders' files, what is due first."""
    expect_reader(request.user)
    rows = queries.holder_files(request.user)
    return render(request, "backoffice/access_holders.html", {"rows": rows})


@require_safe
@login_required
def to_tell(request: HttpRequest) -> HttpResponse:
    """List what the law has the agency tell of a product and that nobody recorded yet."""
    expect_reader(request.user)
    context = {"left": agency_queries.to_tell(request.user)}
    return render(request, "backoffice/access_to_tell.html", context)


@require_safe
@login_required
def holder(request: HttpRequest, identifier: UUID) -> HttpResponse:
    """Show one file."""
    expect_reader(request.user)
    return _page(request, agency_queries.holder_file(request.user, identifier))


def _shown(request: HttpRequest, notice: str = "", *, identifier: UUID, verb: str) -> HttpResponse:
    expect_reader(request.user)
    one, chosen = agency_queries.holder_file(request.user, identifier), verb_named(verb)
    return _page(request, one, tried=returned(request, chosen) if chosen else None, notice=notice)


@keeps_text(
    _shown,
    {"prolongation.reason": _("Motifs de la demande"), "engagement-demande.trial": _("Essai")},
)
@require_http_methods(["GET", "HEAD", "POST"])
def act_on_holder(request: HttpRequest, identifier: UUID, verb: str) -> HttpResponse:
    """Do one thing with a file."""
    to = reverse("backoffice:access_holder", args=[identifier])
    if request.method != "POST":
        return redirect(to)
    expect_database()
    expect_reader(request.user)
    one = agency_queries.holder_file(request.user, identifier)
    return answer_verb(
        request, verb_named(verb), one, lambda tried: _page(request, one, tried=tried), to
    )


def _page(
    request: HttpRequest, one: File, *, tried: Tried | None = None, notice: str = ""
) -> HttpResponse:
    verbs = verbs_of(request.user, one)
    if tried is not None and tried.slug not in {each.slug for each in verbs}:
        verbs = [each for each in (verb_named(tried.slug),) if each] + verbs
    context = {
        "one": one,
        "facts": one.facts,
        "asked": [(item, item in one.facts.answered) for item in AskedOfHolder],
        "letters": letters_of_file(request.user, one),
        "lines": lines_of(one.events),
        "verbs": offered(verbs, one, request, tried),
        "tried": tried,
        "key": whole_key(tried),
        "here": reverse("backoffice:access_holder", args=[one.id]),
        "notice": notice,
    }
    status = tried.status if tried else 200
    return render(request, "backoffice/access_holder.html", context, status=status)


def _act(
    given: Given[File], act: type[Act], fields: Mapping[str, Any], signed: Signed | None = None
) -> bool:
    opened = given.subject.facts.opened
    if opened is None or not given.form.sound:
        return False
    acting.act_on_holder_file(
        given.user,
        opened.product,
        opened.indication,
        act,
        fields,
        signed=signed,
        idempotency_key=given.key,
    )
    return True


def _inform(given: Given[File]) -> bool:
    form = given.form
    said = {"certain_on": form.day("certain_on"), "document": form.text("document").lower()}
    return _act(given, InformHolder, said)


def _answer(given: Given[File]) -> bool:
    return _act(given, RecordAnswer, {"answered": given.form.some("answered", AskedOfHolder)})


def _ask(given: Given[File]) -> bool:
    said = {"certain_on": given.form.day("certain_on"), "trial": given.form.text("trial")}
    return _act(given, AskUndertaking, said)


def _extend(given: Given[File]) -> bool:
    said = {"months": given.form.whole("months") or 0, "reason": given.form.text("reason")}
    return _act(given, ExtendFiling, said, signed_in(given))


def _has(given: Given[File]) -> bool:
    answer = given.form.one("answer", Proposal)
    said = {"granted": answer is Proposal.GRANT, "decided_on": given.form.day("decided_on")}
    return _act(given, RecordEarlyAccess, said)


INFORM: Verb[File] = Verb(
    slug="information",
    title=_("Informer le titulaire"),
    button=_("Consigner l’information"),
    fields=(CERTAIN, DOCUMENT),
    give=_inform,
    note=_(
        "Sans attendre, dès la première demande, par un moyen qui donne date certaine (CSP R5121-74-1 II)."
    ),
)
ANSWER: Verb[File] = Verb(
    slug="reponse",
    title=_("Consigner une réponse"),
    button=_("Consigner la réponse"),
    fields=(many("answered", _("Ce que le titulaire a envoyé"), AskedOfHolder),),
    give=_answer,
)
ASK: Verb[File] = Verb(
    slug="engagement-demande",
    title=_("Demander l’engagement à déposer une AAP"),
    button=_("Consigner la demande"),
    fields=(CERTAIN, text("trial", _("Références de l’essai"), required=True)),
    give=_ask,
    note=_(
        "Un essai à visée commerciale est découvert : le titulaire a un mois (CSP R5121-74-9 II)."
    ),
)
UNDERTAKING: Verb[File] = Verb(
    slug="engagement",
    title=_("Consigner l’engagement"),
    button=_("Consigner l’engagement"),
    fields=(day("signed_on", _("Signé le"), required=True),),
    give=lambda given: _act(given, RecordUndertaking, {"signed_on": given.form.day("signed_on")}),
)
FILING: Verb[File] = Verb(
    slug="depot",
    title=_("Consigner le dépôt de l’AAP"),
    button=_("Consigner le dépôt"),
    fields=(day("filed_on", _("Déposée le"), required=True),),
    give=lambda given: _act(given, RecordFiling, {"filed_on": given.form.day("filed_on")}),
)
HAS: Verb[File] = Verb(
    slug="has",
    title=_("Consigner la décision de la HAS"),
    button=_("Consigner la décision"),
    fields=(
        choice("answer", _("La HAS décide de"), Proposal, required=True),
        day("decided_on", _("Décidé le"), required=True),
    ),
    give=_has,
)
EXTEND: Verb[File] = Verb(
    slug="prolongation",
    title=_("Prolonger le délai de dépôt"),
    button=_("Signer : prolonger"),
    fields=(
        whole("months", _("Mois"), hint=_("Six au plus"), required=True),
        long("reason", _("Motifs de la demande du titulaire"), required=True),
        DELEGATION,
    ),
    give=_extend,
    known=lambda _one, request: known_to_sign(request, Delegated.PRODUCTS),
    note=_(
        "Sur demande motivée ; les ministres en sont informés (CSP D5121-74-1-1 II). La lettre au titulaire se "
        "signe avec votre clé, à l’étape suivante (CRPA L212-2)."
    ),
)
TELLING: Telling[HolderFacts] = Telling(
    of=_("prolongation"),
    letter=product_documents.file_letter,
    act=lambda given, said: _act(given, TellExtension, said),
)
EVERY = (INFORM, ANSWER, ASK, UNDERTAKING, FILING, HAS, EXTEND)
