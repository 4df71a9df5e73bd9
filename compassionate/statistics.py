"""The figures of compassionate access, counted in SQL over the lists; nothing in them is of a person.

Where a figure is shown by product, a cell under SMALLEST is masked: so few patients could be known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection

from accounts import compassionate as may
from accounts.access import Someone
from events.small_cells import SMALLEST, has_small

MOST_PRODUCTS = 50
LANE = """CASE WHEN rank = 0 THEN 'not_deferrable' WHEN rank = 1 THEN 'given'
               WHEN conforms THEN 'conforming' ELSE 'other' END"""
"""The lanes of the service goal (deadlines.goal), doses given already being one of their own."""
RECEIVED = "received_at >= %(since)s AND received_at < %(until)s"
HOURS = "extract(epoch FROM decided_at - received_at) / 3600"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """The decisions of one lane; hours from receipt to decision, None where nothing was decided."""

    lane: str
    received: int
    decided: int
    median_hours: float | None
    ninetieth_hours: float | None
    within_goal: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OfProduct:
    """The requests for one product; None where there are so few that the count is masked."""

    product: str
    received: int | None
    granted: int | None
    refused: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """What became of what was received, and of doses given before any decision.

    `false_conformity`: declared out of hours as meeting the criteria, and refused when regularised.
    """

    received: int
    asked: int
    granted: int
    refused: int
    withdrawn: int
    implicit: int
    declared_out_of_hours: int
    false_conformity: int
    regularised: int
    to_regularise: int
    regularisation_hours: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """How many refusals rest on a condition of the law; `ground` is empty where none was asked for yet."""

    ground: str
    refused: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """Authorisations and their follow-up under the PUT-SP."""

    running: int
    lapsed_while_renewing: int
    follow_ups: int
    up_to_date: int
    due: int
    given: int
    linked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """All of it, for what was received from `since` until `until`; `known_until`: the last event in it."""

    since: datetime
    until: datetime
    counted_at: datetime
    known_until: datetime | None
    kinds: Mapping[str, int]
    lanes: Sequence[Lane]
    products: Sequence[OfProduct]
    outcomes: Outcomes
    grounds: Sequence[Ground]
    following: Following


def figures(
    user: Someone, since: datetime, until: datetime, now: datetime, today: date
) -> Figures:
    """Count what was received in a period, and what runs today. Raises PermissionDenied."""
    if not may.may_see_queue(user):
        raise PermissionDenied
    asked = {"since": since, "until": until, "today": today}
    last = _rows("SELECT max(last_event_at) AS at FROM access_requests", asked)
    return Figures(
        since=since,
        until=until,
        counted_at=now,
        known_until=last[0]["at"],
        kinds=_kinds(asked),
        lanes=[Lane(**row) for row in _rows(LANES, asked)],
        products=[_masked(row) for row in _rows(PRODUCTS, asked)],
        outcomes=Outcomes(**_rows(OUTCOMES, asked)[0]),
        grounds=[Ground(**row) for row in _rows(GROUNDS, asked)],
        following=Following(**_rows(FOLLOWING, asked)[0]),
    )


def _kinds(asked: Mapping[str, Any]) -> Mapping[str, int]:
    return {row["kind"]: row["received"] for row in _rows(KINDS, asked)}


def _masked(row: Mapping[str, Any]) -> OfProduct:
    """Mask small cells; one that is masked alone could be told from the rest, and so none is shown."""
    counts = {name: row[name] for name in ("received", "granted", "refused")}
    if not has_small(counts.values()):
        return OfProduct(product=row["product"], **counts)
    received = counts["received"] if counts["received"] >= SMALLEST else None
    return OfProduct(product=row["product"], received=received, granted=None, refused=None)


def _rows(query: str, asked: Mapping[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(query, asked)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


KINDS = f"""
SELECT coalesce(kind, '') AS kind, count(*) AS received FROM access_requests
 WHERE {RECEIVED} GROUP BY 1 ORDER BY 2 DESC, 1"""  # noqa: S608  own texts, values are given apart
LANES = f"""
SELECT {LANE} AS lane, count(*) AS received, count(decided_at) AS decided,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY {HOURS}) AS median_hours,
       percentile_cont(0.9) WITHIN GROUP (ORDER BY {HOURS}) AS ninetieth_hours,
       count(*) FILTER (WHERE decided_at <= goal) AS within_goal
  FROM access_requests WHERE {RECEIVED} GROUP BY 1 ORDER BY min(rank), 1"""  # noqa: S608
PRODUCTS = f"""
SELECT coalesce(product_name, '') AS product, count(*) AS received,
       count(*) FILTER (WHERE state = 'granted') AS granted,
       count(*) FILTER (WHERE state = 'refused') AS refused
  FROM access_requests WHERE {RECEIVED}
 GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {MOST_PRODUCTS}"""  # noqa: S608
OUTCOMES = f"""
SELECT count(*) FILTER (WHERE {RECEIVED}) AS received,
       count(*) FILTER (WHERE {RECEIVED} AND asked > 0) AS asked,
       count(*) FILTER (WHERE {RECEIVED} AND state = 'granted') AS granted,
       count(*) FILTER (WHERE {RECEIVED} AND state = 'refused') AS refused,
       count(*) FILTER (WHERE {RECEIVED} AND state = 'withdrawn') AS withdrawn,
       count(*) FILTER (WHERE {RECEIVED} AND state = 'implicit') AS implicit,
       count(*) FILTER (WHERE route = 'criteria_met' AND {{given}}) AS declared_out_of_hours,
       count(*) FILTER (WHERE route = 'criteria_met' AND {{given}} AND state = 'refused')
           AS false_conformity,
       count(*) FILTER (WHERE {{given}} AND regularised) AS regularised,
       count(*) FILTER (WHERE state = 'to_regularise') AS to_regularise,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY CASE WHEN {{given}} AND regularised
           THEN extract(epoch FROM decided_at - given_at) / 3600 END) AS regularisation_hours
  FROM access_requests""".replace(  # noqa: S608
    "{given}", "given_at >= %(since)s AND given_at < %(until)s"
)
GROUNDS = f"""
SELECT ground, count(*) AS refused FROM refusal_grounds
  JOIN access_requests USING (stream) WHERE {RECEIVED} GROUP BY 1 ORDER BY 2 DESC, 1"""  # noqa: S608
FOLLOWING = """
SELECT (SELECT count(*) FROM authorisations
         WHERE state IN ('active', 'suspended', 'replaced')
           AND (replaced_on IS NULL OR replaced_on > %(today)s)
           AND begins_on <= %(today)s AND ends_on >= %(today)s)
           AS running,
       (SELECT count(*) FROM authorisations AS one
         WHERE one.ends_on < %(today)s AND one.replaced_on IS NULL
           AND one.state IN ('active', 'suspended', 'expired')
           AND EXISTS (SELECT FROM access_requests AS renewal
                        WHERE renewal.renews = one.number AND renewal.renews <> ''
                          AND renewal.received_at < one.ends_on + 1
                          AND (renewal.decided_at IS NULL OR renewal.decided_at >= one.ends_on + 1)
                          AND renewal.state <> 'withdrawn')) AS lapsed_while_renewing,
       count(*) FILTER (WHERE owed) AS follow_ups,
       count(*) FILTER (WHERE owed AND (next_due IS NULL OR next_due > %(today)s
                                        OR next_due > owed_until)) AS up_to_date,
       coalesce(sum(due), 0)::bigint AS due,
       coalesce(sum(received), 0)::bigint AS given,
       coalesce(sum(linked), 0)::bigint AS linked
  FROM (SELECT follow.*, one.owed_until,
               follow.due > 0 AND follow.begins_on <= least(%(today)s, one.owed_until) AS owed
          FROM follow_ups AS follow
          LEFT JOIN authorisations AS one ON one.number = follow.number) AS followed"""
