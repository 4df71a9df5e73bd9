"""What a sender is told who may not read the case: that it is received, when, and under which number."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts import access, door
from accounts.access import Person, Someone
from events.acknowledged import Acknowledged
from pharmacovigilance.domain.report import Report
from pharmacovigilance.domain.seriousness import tells_of_death


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the page says of the sender."""

    unverified: bool
    may_complete: bool


def told(
    request: HttpRequest, sender: Someone, done: Acknowledged, to: str, query: str = ""
) -> HttpResponse:
    """Answer a command that was taken: the page named `to` for a reader, else one without the case.

    While the log is away, a reader is led to the receipt, which says so; `query` goes with her to either.
    """
    if access.may_read(sender):
        if done.version is None:
            return redirect(reverse("portal:received", args=[done.receipt_id]) + query)
        return redirect(reverse(to, args=[done.number]) + query)
    verified = access.is_verified(sender)
    context = {
        "done": done,
        "told": Told(unverified=not verified, may_complete=verified),
        "access": to == "portal:access",
    }
    return render(request, "portal/acknowledged.html", context)


def count_unproven(request: HttpRequest, sender: Person, report: Report, key: str) -> None:
    """Count what is sent without proof of who sends it; a death never meets the quota.

    One key under another identity is another declaration, and counts as one. Raises accounts.door.TooManyError.
    """
    if access.is_verified(sender):
        return
    address = request.META.get("REMOTE_ADDR", "")
    door.quota.take(address, f"{sender.public_id}/{key}", exempt=tells_of_death(report))
