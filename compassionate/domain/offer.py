"""What the terms of an authorisation begin with: as asked for, within every limit (§5.3 3)."""

from datetime import date, timedelta

from compassionate.domain.completeness import MOST_DAYS
from compassionate.domain.criteria import CriteriaSheet
from compassionate.domain.decision import Terms
from compassionate.domain.request_facts import RequestFacts
from compassionate.domain.vocabulary import RequestKind
from events.days import day_of


def terms_to_offer(
    facts: RequestFacts,
    sheet: CriteriaSheet,
    today: date,
    *,
    follows: date | None = None,
    since: date | None = None,
) -> Terms:
    """Return the terms that whoever proposes or decides starts from; a person changes them.

    `follows` is the last day of the authorisation that it is about: a renewal takes its place from the day
    after, a change of dosage within it, from `since` on, its first day.
    """
    part = facts.prescription
    within = follows if facts.kind is RequestKind.DOSAGE_CHANGE else None
    begins_on = _begins_on(facts, today, None if within else follows)
    if within is not None and since is not None and facts.first_given is None:
        begins_on = max(begins_on, since)
    limits = [MOST_DAYS, sheet.max_days, part.duration_days if part else None]
    days = min(one for one in limits if one is not None and one > 0)
    ends_on = begins_on + timedelta(days=days - 1)
    if sheet.ceases_on is not None:
        ends_on = min(ends_on, max(sheet.ceases_on, begins_on))
    if within is not None:
        ends_on = min(ends_on, max(within, begins_on))
    return Terms(begins_on=begins_on, ends_on=ends_on, dosage=part.dosage if part else None)


def _begins_on(facts: RequestFacts, today: date, follows: date | None) -> date:
    """From the first dose; else the day wanted, neither before the receipt nor after a gap."""
    if facts.first_given is not None:
        return day_of(facts.first_given.at)
    received_on = day_of(facts.received_at) if facts.received_at else today
    if follows is not None and follows >= today:
        return max(follows + timedelta(days=1), received_on)
    wanted_on = facts.prescription.wanted_on if facts.prescription else None
    # Far beyond, no last day can be counted from it: 9999-12-31 stands for none in some software.
    wanted_on = min(wanted_on or today, today + timedelta(days=2 * MOST_DAYS))
    return max(wanted_on, today, received_on)
