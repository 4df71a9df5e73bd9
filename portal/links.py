"""What leads from a declaration to the authorisation that it is linked to, or was made from."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from uuid_utils.compat import uuid7

from accounts import compassionate as may
from compassionate import links
from compassionate.domain.authorisation_number import as_printed
from events import intake
from events.days import day_of
from pharmacovigilance.queries import DeclarationShown

ASKED = "autorisation"
"""Under this name an address or a form carries the number of the authorisation that one came from."""
AT_ONCE = "link"
"""What the button of a declaration's page posts: pressed again, elsewhere too, it asks for nothing more."""


def came_from(request: HttpRequest) -> str:
    """Return the number of the authorisation that one came from, "" where none is named.

    The number alone, and only where its check symbol is right: whether there is one, and whose, is not said.
    """
    return as_printed(request.POST.get(ASKED) or request.GET.get(ASKED, "")) or ""


def query_of(number: str) -> str:
    """Return what an address carries the number with, "" for none."""
    return f"?{urlencode({ASKED: number})}" if number else ""


def links_of(request: HttpRequest, case: DeclarationShown) -> dict[str, Any]:
    """Return what the page of a declaration says of its authorisations; of an earlier instant, nothing."""
    if case.as_of is not None:
        return {}
    user, number = request.user, came_from(request)
    withdrawn = case.facts.withdrawn
    return {
        "authorisations": links.authorisations_of(user, case.id, day_of(intake.arrived_at())),
        "linkable": None if withdrawn else links.linkable(user, number, case.id),
        "link_key": uuid7(),
        "at_once": AT_ONCE,
        "lists_authorisations": may.may_see_queue(user),
    }
