"""The page on which a signatory reads a letter that leaves the téléservice, and signs it with her key."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from uuid_utils.compat import uuid7

from accounts import compassionate as may
from accounts.door import Quota, TooManyError
from accounts.outage import expect_database
from backoffice.access_product_letters import Listed, letters_of_file, letters_of_sheet
from backoffice.access_queue import expect_reader
from backoffice.templatetags.agency_access import access_event
from compassionate import agency_queries, queries, signing, signing_keys
from compassionate.domain.criteria_sheet import CRITERIA
from compassionate.domain.holder_file import HOLDER_FILE
from compassionate.domain.vocabulary import Addressee
from events.errors import EventError
from events.number import number_of
from portal.access_letters import Link, letters_of_authorisation, letters_of_request
from portal.addresses import identifier
from portal.forms import form_key, refusal
from portal.kept import CODE_FIELD, keeps_text

TRIES_AN_HOUR = 20
tries = Quota(lambda: TRIES_AN_HOUR)
"""How often one signatory may type a wrong code: a session that was left open opens no key by guessing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToSign:
    """One letter, what it belongs to, and how it is signed."""

    letter: Link
    belongs: str
    back: str
    here: str
    sign: Callable[[str, str], None]


def _of_request(request: HttpRequest, number: str, version: int) -> ToSign:
    shown = queries.request(request.user, identifier(number))
    return ToSign(
        letter=_letter(letters_of_request(shown) if shown.events else (), version),
        belongs=shown.number,
        back=reverse("backoffice:access_request", args=[shown.number]),
        here=reverse("backoffice:access_sign", args=[shown.number, version]),
        sign=lambda code, key: signing.sign_request_letter(
            request.user, shown.id, version, code, idempotency_key=key
        ),
    )


def _of_authorisation(request: HttpRequest, number: str, version: int) -> ToSign:
    found = agency_queries.authorisation(request.user, number)
    return ToSign(
        letter=_letter(letters_of_authorisation(number, found.events), version),
        belongs=number,
        back=reverse("backoffice:access_authorisation", args=[number]),
        here=reverse("backoffice:access_sign_authorisation", args=[number, version]),
        sign=lambda code, key: signing.sign_authorisation_letter(
            request.user, number, version, code, idempotency_key=key
        ),
    )


def _of_file(request: HttpRequest, number: UUID, version: int) -> ToSign:
    listed = letters_of_file(request.user, agency_queries.holder_file(request.user, number))
    pages = ("backoffice:access_holder", "backoffice:access_sign_holder")
    return _of_product(request, HOLDER_FILE.category, number, _to_holder(listed, version), pages)


def _of_sheet(request: HttpRequest, number: UUID, version: int) -> ToSign:
    listed = letters_of_sheet(request.user, agency_queries.sheet(request.user, number))
    pages = ("backoffice:access_sheet", "backoffice:access_sign_sheet")
    return _of_product(request, CRITERIA.category, number, _to_holder(listed, version), pages)


def _of_product(
    request: HttpRequest, category: str, number: UUID, letter: Link, pages: tuple[str, str]
) -> ToSign:
    page, here = pages
    return ToSign(
        letter=letter,
        belongs=number_of(number),
        back=reverse(page, args=[number]),
        here=reverse(here, args=[number, letter.version]),
        sign=lambda code, key: signing.sign_product_letter(
            request.user, category, number, letter.version, code, idempotency_key=key
        ),
    )


def _to_holder(listed: Iterable[Listed], version: int) -> Link:
    """Return the letter of a decision that its signatory signs: the one to the holder. Raises Http404."""
    links = [
        Link(
            label=access_event(one.letter.type),
            url=one.url,
            version=one.letter.version,
            waits=one.letter.waits,
            signatory=one.letter.signatory,
        )
        for one in listed
        if one.letter.to is Addressee.HOLDER and one.letter.decision
    ]
    return _letter(links, version)


def _letter(letters: Sequence[Link], version: int) -> Link:
    found = next((one for one in letters if one.version == version), None)
    if found is None:
        raise Http404
    return found


def _view(find: Callable[[HttpRequest, Any, int], ToSign]) -> Any:
    """Return the view of a letter that `find` finds, by what it belongs to and the version of its event."""

    def shown(
        request: HttpRequest, notice: str = "", *, number: Any, version: int
    ) -> HttpResponse:
        _expect_signatory(request)
        return _page(request, find(request, number, version), notice=notice)

    @sensitive_post_parameters(CODE_FIELD)
    @require_http_methods(["GET", "HEAD", "POST"])
    def view(request: HttpRequest, number: Any, version: int) -> HttpResponse:
        if request.method == "POST":
            expect_database()
        _expect_signatory(request)
        one = find(request, number, version)
        return _signed(request, one) if request.method == "POST" else _page(request, one)

    return keeps_text(shown)(view)


request_letter = _view(_of_request)
authorisation_letter = _view(_of_authorisation)
file_letter = _view(_of_file)
sheet_letter = _view(_of_sheet)


def _expect_signatory(request: HttpRequest) -> None:
    expect_reader(request.user)
    if not may.may_decide(request.user):
        raise PermissionDenied


def _signed(request: HttpRequest, one: ToSign) -> HttpResponse:
    # Every try is counted before it is known what it is worth, the same form sent again too.
    who, attempt = str(getattr(request.user, "public_id", "")), str(uuid7())
    try:
        tries.take(who, attempt)
    except TooManyError as many:
        wait = -(-many.wait // 60)
        told = _("Trop d’essais : votre clé se rouvre dans %(wait)d min.") % {"wait": wait}
        return _page(request, one, errors=[told], status=HTTPStatus.TOO_MANY_REQUESTS)
    guessed = False
    try:
        one.sign(request.POST.get(CODE_FIELD, ""), str(form_key(request)))
    except EventError as error:
        guessed = signing_keys.is_guess(error)
        refused = refusal(error)
        return _page(request, one, errors=refused.sentences, status=refused.status)
    finally:
        # A right code is no guess, nor is one that met an outage.
        if not guessed:
            tries.give_back(who, attempt)
    return redirect(one.back)


def _page(
    request: HttpRequest,
    one: ToSign,
    *,
    errors: Sequence[str] = (),
    notice: str = "",
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    user: Any = request.user
    context = {
        "one": one,
        "hers": one.letter.signatory == str(user.public_id),
        "has_key": signing_keys.has_key(user),
        "secret": CODE_FIELD,
        "key": form_key(request),
        "errors": errors,
        "notice": notice,
    }
    return render(request, "backoffice/access_sign.html", context, status=status)
