"""The letters about a product as files, and how its page lists them for whoever may send them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import compassionate as may
from accounts.access import Someone
from backoffice.access_telling import ADDRESSES, address_of
from compassionate.agency_queries import Folded
from compassionate.domain.vocabulary import Addressee
from compassionate.product_documents import ProductLetter, file_letter, letters_of, sheet_letter
from events.number import number_of
from portal.pdf import as_answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One letter on a page, with the address at which it is read."""

    letter: ProductLetter
    url: str


def letters_of_file(user: Someone, one: Folded[Any]) -> Sequence[Listed]:
    """Return the letters of a rights holder's file, for whoever may send them."""
    return _listed(user, one, "backoffice:access_holder_letter")


def letters_of_sheet(user: Someone, one: Folded[Any]) -> Sequence[Listed]:
    """Return the letters of a criteria sheet, for whoever may send them."""
    return _listed(user, one, "backoffice:access_sheet_letter")


def _listed(user: Someone, one: Folded[Any], view: str) -> Sequence[Listed]:
    if not may.may_handle_holder_file(user):
        return ()
    return [
        Listed(letter=each, url=reverse(view, args=[one.id, each.version, address_of(each.to)]))
        for each in letters_of(one)
    ]


@require_safe
@never_cache
@login_required
def of_file(request: HttpRequest, identifier: UUID, version: int, to: str) -> HttpResponse:
    """Give one letter of a rights holder's file."""
    return _file(request, file_letter, identifier, version, to)


@require_safe
@never_cache
@login_required
def of_sheet(request: HttpRequest, identifier: UUID, version: int, to: str) -> HttpResponse:
    """Give one letter of a criteria sheet."""
    return _file(request, sheet_letter, identifier, version, to)


def _file(
    request: HttpRequest,
    letter: Callable[[Someone, UUID, int, Addressee], bytes],
    identifier: UUID,
    version: int,
    to: str,
) -> HttpResponse:
    if to not in ADDRESSES:
        raise Http404
    made = letter(request.user, identifier, version, ADDRESSES[to])
    return as_answer(made, f"{number_of(identifier)}-{version}-{to}")
