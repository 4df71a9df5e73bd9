"""Lists stay quick when they are long: each is read from an index, in order, without a sort."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Role, User
from pharmacovigilance import queries
from pharmacovigilance.queries import Wanted

ROWS = 30_000
FILL = """
    INSERT INTO read.worklist SELECT
        'declaration-' || gen_random_uuid(), '', 1,
        CASE WHEN n % 50 = 0 THEN date '9999-12-31' ELSE current_date + (n % 90 - 3) END,
        CASE WHEN n % 100 = 0 THEN 'information_requested' ELSE 'declared' END,
        n % 50 <> 0, '', n % 3 = 0, '', NULL,
        CASE WHEN n % 50 <> 0 THEN current_date + (n % 90 - 3) END, '',
        lpad((n % 95 + 1)::text, 2, '0'), 'c' || n % 31, '', 'me' || n % 1000, false, '', '', '',
        '', '', 0, 0, '', now(), now()
    FROM generate_series(1, {rows}) AS n;
    INSERT INTO read.deadline_board SELECT stream, 'k', 1, 'agency_serious', current_date,
        urgency, NULL, department FROM read.worklist;
    INSERT INTO read.own_declarations SELECT stream, '', 1, declarant, '750712184', department,
        'declared', true, true, '', '', '', '', 0, 0, now() - random() * interval '1 year', now()
        FROM read.worklist;
    ANALYZE read.worklist, read.deadline_board, read.own_declarations;
"""


@pytest.fixture
def long_lists(db, projector_dsn):
    import psycopg

    with psycopg.connect(projector_dsn) as projector:
        projector.execute(FILL.format(rows=ROWS))


def reviewer() -> User:
    return User(username="r", role=Role.REVIEWER)


def plan(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF, BUFFERS OFF) {sql}")
        return "\n".join(row[0] for row in cursor.fetchall())


def statements(read) -> list[str]:
    """Return what a query sends: the page and, of the deadline board, the cases of its clocks."""
    with CaptureQueriesContext(connection) as asked:
        read()
    assert 1 <= len(asked) <= 2
    return [query["sql"] for query in asked.captured_queries]


READS = {
    "worklist": lambda: queries.worklist(reviewer()),
    "serious": lambda: queries.worklist(reviewer(), Wanted(serious=True)),
    "not valid": lambda: queries.worklist(reviewer(), Wanted(valid=False)),
    "asked": lambda: queries.worklist(reviewer(), Wanted(status="information_requested")),
    "unreadable": lambda: queries.worklist(reviewer(), Wanted(status="unreadable")),
    "overdue": lambda: queries.worklist(reviewer(), Wanted(overdue=True)),
    "department": lambda: queries.worklist(reviewer(), Wanted(department="75")),
    "centre": lambda: queries.worklist(reviewer(), Wanted(centre="c3")),
    "deadlines": lambda: queries.deadlines(reviewer()),
    "late deadlines": lambda: queries.deadlines(reviewer(), overdue=True),
    "declarations": lambda: queries.declarations(reviewer()),
    "mine": lambda: queries.declarations(
        User(username="d", role=Role.DOCTOR, public_id="00000000-0000-4000-8000-000000000000")
    ),
}

AFTER = {
    "worklist": lambda cursor: queries.worklist(reviewer(), cursor=cursor),
    "serious": lambda cursor: queries.worklist(reviewer(), Wanted(serious=True), cursor=cursor),
    "deadlines": lambda cursor: queries.deadlines(reviewer(), cursor=cursor),
    "declarations": lambda cursor: queries.declarations(reviewer(), cursor=cursor),
}


def test_every_page_is_read_from_an_index_in_order(long_lists):
    for name, read in READS.items():
        for found in map(plan, statements(read)):
            assert "Index Scan" in found, (name, found)
            assert "Seq Scan" not in found, (name, found)
            assert "Rows Removed by Filter" not in found, (name, found)
    for name, after in AFTER.items():
        cursor = READS[name]().next_cursor
        page = plan(statements(lambda: after(cursor))[0])  # noqa: B023
        assert "Index Scan" in page, (name, page)
        assert "Sort" not in page, (name, page)
