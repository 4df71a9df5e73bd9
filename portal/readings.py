"""One declaration, read as known now or at an instant that the address names."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from uuid_utils.compat import uuid7

from events.days import read_instant
from pharmacovigilance import queries
from pharmacovigilance.queries import DeclarationShown
from portal.addresses import identifier
from portal.links import links_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is read; `too_early` is an instant at which nothing was known yet.

    Where the instant is too early or `unreadable`, the case is as known now.
    """

    case: DeclarationShown
    too_early: datetime | None = None
    unreadable: bool = False


def case_page(request: HttpRequest, number: str, *, template: str, name: str) -> HttpResponse:
    """Show one declaration at `?as_of=`; `name` is that of the page's own address."""
    read = reading(request, number)
    context: dict[str, Any] = {"case": read.case, "read": read, "key": uuid7()}
    if read.too_early:
        context["here"] = reverse(name, args=[read.case.number])
        return render(request, "portal/too_early.html", context, status=404)
    return render(request, template, context | links_of(request, read.case))


def reading(request: HttpRequest, number: str) -> Reading:
    """Read a declaration at `?as_of=`. Raises Http404, also where it may not be seen."""
    text = request.GET.get("as_of", "").strip()
    as_of = read_instant(text)
    known = identifier(number)
    try:
        case = queries.declaration(request.user, known, as_of=as_of)
    except Http404:
        if as_of is None:
            raise
        return Reading(case=queries.declaration(request.user, known), too_early=as_of)
    return Reading(case=case, unreadable=bool(text) and as_of is None)
