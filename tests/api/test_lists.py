"""GET /declarations, /worklist and /deadlines: order, filters, paging; reading never writes."""

import pytest
import time_machine
from django.db import connection

from events import paging
from tests.api.conftest import codes, events_in_log, project

PLAIN = {
    "patient": {"sex": "male"},
    "drugs": [{"name": "IBUPROFENE"}],
    "reactions": [{"term": "Urticaire"}],
}


@pytest.fixture
def many(doctor, monkeypatch) -> list[str]:
    """Return 7 declarations, one each day: every other one serious, the last not valid."""
    monkeypatch.setattr(paging, "LARGEST_PAGE", 3)
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
        ({"department": "75"}, [1, 2, 3, 4, 5, 6]),
        ({"centre": "paris_henri_mondor"}, [7]),
        ({"centre": "paris_pitie_salpetriere"}, [1, 2, 3, 4, 5, 6]),
        ({"centre": "lyon"}, []),
        ({"status": "information_requested"}, [2]),
        ({"status": "declared"}, [1, 3, 4, 5, 6, 7]),
        ({"status": "unreadable"}, []),
        ({"overdue": "true"}, [1, 3]),
        ({"overdue": "true", "serious": "false"}, []),
    ],
)
def test_the_worklist_is_narrowed(wanted, days, reviewer, many, superuser_dsn):
    question = reviewer.post(f"/declarations/{many[1]}/messages", {"text": "Quel lot ?"})
    assert question.status_code == 201
    project()
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


def test_a_withdrawn_case_stays_with_the_reviewers_unless_it_never_was_valid(
    reviewer, doctor, many
):
    """A clock that runs is the assessor's to end; what never was a case is its declarant's."""
    valid, incomplete = many[0], many[6]
    for one in (valid, incomplete):
        doctor.post(f"/declarations/{one}/withdrawal", {"reason": "Doublon."})
    project()
    assert ids(pages(reviewer, "/worklist", status="withdrawn")) == [valid]
    assert valid in ids(pages(reviewer, "/deadlines"))
    assert incomplete not in ids(pages(reviewer, "/worklist"))
    mine = {row["id"]: row["status"] for page in pages(doctor, "/declarations") for row in page}
    assert (mine[valid], mine[incomplete]) == ("withdrawn", "withdrawn")


LISTED = {
    "/declarations": ("as_of", "cursor", "mine"),
    "/worklist": ("centre", "cursor", "department", "overdue", "serious", "status", "valid"),
    "/deadlines": ("cursor", "department", "overdue"),
}
WRONG = {
    "centre": ("pariss", "unknown_code"),
    "cursor": ("forged", "invalid_cursor"),
    "department": ("750", "unknown_code"),
    "status": ("bogus", "unknown_code"),
    "as_of": ("hier", "invalid_parameter"),
}


@pytest.mark.parametrize("path", LISTED)
def test_every_wrong_parameter_is_named_at_once(path, reviewer):
    wrong = {name: WRONG.get(name, ("oui", "invalid_parameter")) for name in LISTED[path]}
    values = {name: value for name, (value, _) in wrong.items()}
    answer = reviewer.get(path, **values, foo="1", bar=["1", "2"], format="xml")
    assert answer.status_code == 422
    assert codes(answer) == {
        *((f"?{name}", code) for name, (_, code) in wrong.items()),
        ("?foo", "unknown_parameter"),
        ("?bar", "unknown_parameter"),
        ("?format", "unknown_parameter"),
    }
    said = {error["pointer"]: error["detail"] for error in answer.json()["errors"]}
    assert all(name in said["?foo"] for name in LISTED[path])
    if "status" in wrong:
        assert "information_requested" in said["?status"]
        assert "paris_cochin" in said["?centre"]


@pytest.mark.parametrize("path", LISTED)
def test_a_repeated_parameter_is_named_with_what_else_is_wrong_of_it(path, reviewer):
    name = LISTED[path][-1]
    assert codes(reviewer.get(path, **{name: ["true", "true"]})) == {
        (f"?{name}", "repeated_parameter")
    }
    assert codes(reviewer.get(path, **{name: ["x", "true"]})) == {
        (f"?{name}", "repeated_parameter"),
        (f"?{name}", "invalid_parameter"),
    }


@pytest.mark.parametrize("path", LISTED)
@pytest.mark.parametrize(
    "value", ["%00", "7%005", "%ED%A0%80", "%FF", "", "%F0%9F%98%80", "75%20"]
)
def test_no_character_in_an_address_is_a_failure(path, value, reviewer):
    for name in (*LISTED[path], "foo", f"foo{value}"):
        answer = reviewer.client.get(
            f"/api/v1{path}?{name}={value}", headers={"Authorization": f"Bearer {reviewer.secret}"}
        )
        assert answer.status_code == 422, (name, answer.content)
        assert len(codes(answer)) == 1


def test_a_code_outside_its_list_is_not_an_empty_list(reviewer, many):
    for name, value in (("department", "75"), ("centre", "lyon"), ("status", "withdrawn")):
        assert reviewer.get("/worklist", **{name: value}).status_code == 200
        assert reviewer.get("/worklist", **{name: value + "x"}).status_code == 422
    assert reviewer.get("/deadlines", department="2a").status_code == 422
    assert reviewer.get("/deadlines", department="2A").json()["results"] == []


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
