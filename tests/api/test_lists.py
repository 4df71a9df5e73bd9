"""GET /declarations, /worklist and /deadlines: order, filters, paging; reading never writes."""

import pytest
import time_machine
from django.db import connection

from pharmacovigilance import queries
from tests.api.conftest import events_in_log, project

PLAIN = {
    "patient": {"sex": "male"},
    "drugs": [{"name": "IBUPROFENE"}],
    "reactions": [{"term": "Urticaire"}],
}


@pytest.fixture
def many(doctor, monkeypatch) -> list[str]:
    """Return 7 declarations, one each day: every other one serious, the last not valid."""
    monkeypatch.setattr(queries, "LARGEST_PAGE", 3)
    made = []
    for day in range(1, 8):
        with time_machine.travel(f"2026-11-{day:02}T09:00:00Z", tick=False):
            body = PLAIN | ({"seriousness": ["death"]} if day % 2 else {})
            if day == 7:
                body = {"narrative": "Rien encore.", "reporter": {"department_code": "77"}}
            made.append(doctor.declare(body).rpartition("/")[2])
    project()
    return made


def pages(api, path: str, **parameters) -> list[list[dict]]:
    """Return every page of a list."""
    found = []
    while True:
        answer = api.get(path, **parameters)
        assert answer.status_code == 200, answer.content
        found.append(answer.json()["results"])
        if answer.json()["next_cursor"] is None:
            return found
        parameters["cursor"] = answer.json()["next_cursor"]


def ids(found: list[list[dict]]) -> list[str]:
    return [row["id"] for page in found for row in page]


def test_declarations_come_newest_first_page_by_page(doctor, many):
    found = pages(doctor, "/declarations")
    assert [len(page) for page in found] == [3, 3, 1]
    assert ids(found) == many[::-1]
    first = found[0][0]
    assert (first["status"], first["valid"], first["serious"]) == ("declared", False, False)


def test_declarations_are_listed_as_they_were_known_then(doctor, report):
    first = doctor.declare(report)
    then = doctor.get(first).json()["history"][0]["recorded_at"]
    doctor.post(f"{first}/withdrawal", {"reason": "Doublon."})
    doctor.declare(report)
    project()
    now = doctor.get("/declarations").json()["results"]
    assert [row["status"] for row in now] == ["declared", "withdrawn"]
    (past,) = doctor.get("/declarations", as_of=then).json()["results"]
    assert (past["status"], past["version"], past["last_event_at"]) == ("declared", 1, then)
    assert past["patient"] == "DUP M"
    assert doctor.get("/declarations", as_of="2020-01-01T00:00:00Z").json()["results"] == []


def test_what_arrives_between_two_pages_moves_nothing(doctor, many):
    first = doctor.get("/declarations").json()
    doctor.declare(PLAIN)
    project()
    second = doctor.get("/declarations", cursor=first["next_cursor"]).json()
    assert ids([first["results"], second["results"]]) == many[::-1][:6]


def test_the_worklist_has_the_most_urgent_clock_first(reviewer, many):
    found = pages(reviewer, "/worklist")
    rows = [row for page in found for row in page]
    assert [row["due"] for row in rows[:3]] == ["2026-11-16", "2026-11-18", "2026-11-20"]
    assert [row["clock"] for row in rows[3:6]] == ["agency_non_serious"] * 3
    assert (rows[6]["due"], rows[6]["missing"]) == (None, ["patient", "product", "reaction"])
    assert ids(found)[:3] == [many[0], many[2], many[4]]
    assert len(set(ids(found))) == 7


@pytest.mark.parametrize(
    ("wanted", "days"),
    [
        ({"serious": "true"}, [1, 3, 5]),
        ({"serious": "false"}, [2, 4, 6, 7]),
        ({"valid": "false"}, [7]),
        ({"department": "77"}, [7]),
        ({"centre": "lyon"}, []),
        ({"status": "information_requested"}, []),
        ({"overdue": "true"}, [1, 3]),
        ({"overdue": "true", "serious": "false"}, []),
    ],
)
def test_the_worklist_is_narrowed(wanted, days, reviewer, many, superuser_dsn):
    # The database's own clock says what is overdue.
    with connection.cursor() as cursor:
        cursor.execute("SELECT (clock_timestamp() AT TIME ZONE 'Europe/Paris')::date::text")
        today = cursor.fetchone()[0]
    due = {1: "2026-11-16", 3: "2026-11-18", 5: "2026-11-20"}
    if wanted.get("overdue") == "true" and "serious" not in wanted:
        days = [day for day, end in due.items() if end < today]
    assert sorted(ids(pages(reviewer, "/worklist", **wanted))) == sorted(many[d - 1] for d in days)


def test_a_centre_sees_its_own_departments_only(crpv, other_crpv, many):
    assert len(ids(pages(crpv, "/worklist"))) == 7
    assert ids(pages(other_crpv, "/worklist")) == []
    assert ids(pages(other_crpv, "/deadlines")) == []


def test_the_deadline_board_has_a_row_for_each_clock(reviewer, doctor, many):
    doctor.post(f"/declarations/{many[1]}/follow-ups", {"seriousness": ["hospitalisation"]})
    project()
    rows = [row for page in pages(reviewer, "/deadlines") for row in page]
    assert len(rows) == 7
    assert [row["due"] for row in rows] == sorted(row["due"] for row in rows)
    clocks = {row["clock"]: row for row in rows if row["id"] == many[1]}
    assert set(clocks) == {"agency_serious", "agency_non_serious"}
    assert clocks["agency_serious"]["restarted_by"] == 1
    assert "R5121-156" in clocks["agency_serious"]["legal_source"]
    assert len(ids(pages(reviewer, "/deadlines", department="77"))) == 0


def test_a_withdrawn_declaration_leaves_the_worklist_and_stays_its_declarant_s(
    reviewer, doctor, many
):
    doctor.post(f"/declarations/{many[0]}/withdrawal", {"reason": "Doublon."})
    project()
    assert many[0] not in ids(pages(reviewer, "/worklist"))
    assert many[0] not in ids(pages(reviewer, "/deadlines"))
    mine = {row["id"]: row["status"] for page in pages(doctor, "/declarations") for row in page}
    assert mine[many[0]] == "withdrawn"


def test_a_cursor_is_of_one_list_and_cannot_be_forged(reviewer, many):
    cursor = reviewer.get("/worklist").json()["next_cursor"]
    assert reviewer.get("/deadlines", cursor=cursor).status_code == 422
    assert reviewer.get("/worklist", cursor=cursor[:-2] + "aa").status_code == 422
    assert reviewer.get("/worklist", cursor="").status_code == 422


@pytest.mark.parametrize("path", ["/declarations", "/worklist", "/deadlines"])
def test_reading_writes_nothing_and_asks_little(
    path, reviewer, many, django_assert_max_num_queries
):
    before = events_in_log()
    with django_assert_max_num_queries(3) as asked:
        assert reviewer.get(path).status_code == 200
    assert all(query["sql"].startswith("SELECT") for query in asked.captured_queries)
    assert not any("COUNT(" in query["sql"].upper() for query in asked.captured_queries)
    assert events_in_log() == before
