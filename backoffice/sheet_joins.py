"""What a sheet does to the declaration that it stands for: its receipt counts there too.

As long as it stands for it: where a match is undone or changed, the receipt leaves with it.
"""

from django.http import Http404
from django.utils.translation import gettext as _

from accounts.access import Someone
from continuity.domain.sheet_facts import SheetFacts
from events.errors import Problem, Refused
from events.event import identifier_of
from events.number import NotANumber, parse
from pharmacovigilance.nearby import Nearby, declared_as
from pharmacovigilance.sheet_receipts import disjoin_sheet, join_sheet


def declared_under(user: Someone, reference: str) -> Nearby | None:
    """Return the declaration of a number; None where there is none that somebody may see."""
    try:
        return declared_as(user, parse(reference)) if reference else None
    except NotANumber:
        return None


def join_receipt(user: Someone, facts: SheetFacts, place: int, declared: Nearby | None) -> None:
    """Give a declaration the earlier receipt of a version of a sheet; twice is once."""
    if declared is None:
        return
    received_at = facts.recordings[place - 1].received_at
    join_sheet(user, declared.id, receipt_id=receipt_of(facts, place), received_at=received_at)


def leave_unmatched(user: Someone, before: SheetFacts, after: SheetFacts, reason: str) -> None:
    """Take the receipts of a sheet back from what it will be matched to no more; twice is once.

    Raises Refused where one is a declaration that she may not see.
    """
    kept = {(match.recording, match.stream) for match in after.matches}
    for match in before.matches:
        if match.stream is None or (match.recording, match.stream) in kept:
            continue
        receipt = receipt_of(before, match.recording)
        try:
            disjoin_sheet(user, identifier_of(match.stream), receipt_id=receipt, reason=reason)
        except Http404:
            sentence = _(
                "La déclaration rapprochée n’est pas de celles que vous suivez : demandez à "
                "l’agence de défaire ce rapprochement."
            )
            raise Refused(Problem("", "match_elsewhere", sentence)) from None


def receipt_of(facts: SheetFacts, place: int) -> str:
    """Return what a version is known by: the first by the number alone, a later one has its place."""
    return facts.number if place == 1 else f"{facts.number}/{place}"
