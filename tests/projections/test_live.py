"""The lists in the database: twice is once, live is rebuilt, poison hurts its own stream only."""

import pytest
from django.db import connection

from events import compare, rebuild, registry, runner, store, swap
from events.event import identifier_of
from pharmacovigilance.domain.declaration import DECLARATION
from pharmacovigilance.domain.report import Information
from pharmacovigilance.domain.vocabulary import SeriousnessCriterion
from pharmacovigilance.models import OwnDeclarationRow, WorklistRow
from tests.domain.samples import SERIOUS, ask, declare, follow_up, withdraw
from tests.projections.conftest import append, project, table, tables

DEATH = Information(seriousness=(SeriousnessCriterion.DEATH,), narrative="Décès.")


def past(*commands):
    """Return what commands make."""
    made = []
    for command in commands:
        made += DECLARATION.decide(DECLARATION.fold(made), command)
    return made


@pytest.fixture
def streams(written) -> list[str]:
    """Return a few streams of every sort, projected."""
    made = [
        written(past(declare(SERIOUS, declarant="me"))),
        written(past(declare(declarant="me"), follow_up(DEATH), ask())),
        written(past(declare(), withdraw())),
        written(past(declare(received="2026-03-02"))),
    ]
    project()
    return made


def rebuild_all() -> None:
    for projection in registry.projections():
        with rebuild.coordinate(projection):
            run = rebuild.begin(projection, 3, resume=False)
            rebuild.work(projection)
            swap.finish(projection, run)


def test_twice_is_once(streams):
    before = tables()
    with store.session("projector").transaction():
        store.session("projector").execute("UPDATE read.events_checkpoint SET position = 0")
    project()
    assert tables() == before


def test_rebuilt_is_live(streams):
    before = tables()
    rebuild_all()
    assert tables() == before
    for projection in registry.projections():
        compared = compare.compare(projection)
        shown = sum(len(before[shown.name]) for shown in projection.tables)
        assert (compared.differences, compared.rows) == (0, shown)


def test_lost_tables_are_made_again(streams):
    before = tables()
    for projection in registry.projections():
        for lost in projection.tables:
            store.session("projector").execute(f"TRUNCATE read.{lost.name}")
    rebuild_all()
    assert tables() == before


def test_a_follow_up_replaces_every_row_of_its_stream(streams, written):
    first = streams[0]
    append_follow_up(first)
    project()
    (row,) = [row for row in table("worklist") if row["stream"] == first]
    assert (row["stream_version"], row["follow_ups"]) == (2, 1)
    assert row["seriousness"] == "death"


def append_follow_up(stream: str) -> None:
    from events.codec import catalogue
    from events.vault import Sealer

    (event,) = past(declare(SERIOUS), follow_up(DEATH))[1:]
    sealer = Sealer(stream, store.stream_keys(stream))
    append(stream, event.TYPE, catalogue.encode(event, sealer.seal), event, sealer)


def test_an_unknown_event_type_parks_its_own_stream_and_is_shown(streams, written):
    known, fresh = streams[0], written(past(declare()))
    (event,) = past(declare())
    append(fresh, "pharmacovigilance.from_the_future", "{}", event)
    append(known, "pharmacovigilance.from_the_future", "{}", event)
    later = written(past(declare()))
    project()
    rows = {row["stream"]: row for row in table("worklist")}
    # Never read: a row that says so. Read before: its last good row. After them: as always.
    assert (rows[fresh]["status"], rows[fresh]["urgency"].year) == ("unreadable", 1)
    assert (rows[known]["status"], rows[known]["stream_version"]) == ("declared", 1)
    assert rows[later]["status"] == "declared"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT stream, code, reason FROM read.events_parked WHERE projection = 'declarations'"
        )
        parked = {stream: (code, reason) for stream, code, reason in cursor.fetchall()}
    assert set(parked) == {fresh, known}
    assert parked[fresh][0] == "unknown_event_type"


@pytest.mark.parametrize("payload", ["{}", '{"report": 3, "channel": "api"}', '{"report": []}'])
def test_an_event_of_a_wrong_shape_parks_its_own_stream(payload, streams, written):
    (event,) = past(declare())
    bad = written([])
    append(bad, event.TYPE, payload, event)
    good = written([event])
    project()
    rows = {row["stream"]: row["status"] for row in table("worklist")}
    assert (rows[bad], rows[good]) == ("unreadable", "declared")


def test_new_code_that_can_read_a_parked_stream_shows_it_again(streams, written, monkeypatch):
    projection = registry.projection("declarations")
    monkeypatch.setattr(type(projection), "rows", lambda *_: 1 / 0)
    stream = written(past(declare()))
    runner.catch_up(projection)
    assert {row["stream"]: row["status"] for row in table("worklist")}[stream] == "unreadable"
    monkeypatch.undo()
    monkeypatch.setitem(projection.__dict__, "digest", "new code")
    assert runner.retry_parked(projection) == 0
    assert {row["stream"]: row["status"] for row in table("worklist")}[stream] == "declared"


def test_no_direct_identifier_is_in_clear(streams):
    for rows in tables().values():
        for row in rows:
            values = {name: value for name, value in row.items() if name not in {"stream"}}
            assert "DUP" not in str(values)
            assert "1950" not in str(values)
    assert OwnDeclarationRow.objects.first().letters.startswith("sealed1:")


def test_django_reads_the_rows_and_cannot_write_them(streams):
    row = WorklistRow.objects.order_by("urgency").first()
    assert row.declaration_id == identifier_of(row.stream)
    with pytest.raises(TypeError):
        row.save()
    with pytest.raises(TypeError):
        row.delete()
