"""An erasure holds, whatever backup is restored afterwards."""

from dataclasses import replace

import psycopg
import pytest

from events import erasure, store
from events.errors import SubjectErased
from events.handle import handle, history, open_stream
from events.journal import Tombstone, tombstones
from events.verify import verify_log
from tests.log.notes import ACTOR, NOON, NOTES, Add, NoteAdded, envelope, new_stream

pytestmark = pytest.mark.django_db
SECRET = "Madame D., née en 1952"
OPERATOR = replace(ACTOR, id="operator")


def text_of(stream: str) -> str | None:
    event = history(stream)[0].event
    assert isinstance(event, NoteAdded)
    return event.text


@pytest.fixture
def stream() -> str:
    made = new_stream()
    open_stream(NOTES, made, Add(text=SECRET, author="Dr Y"), envelope())
    return made


def erased(stream: str) -> None:
    assert erasure.erase(stream, "patient", basis="RGPD art. 17", actor=ACTOR, now=NOON)


def keys(dsn: str) -> dict[str, bytes]:
    with psycopg.connect(dsn) as admin:
        rows = admin.execute("SELECT subject, wrapped FROM events_subject_key").fetchall()
    return dict(rows)


def put_back(dsn: str, backup: dict[str, bytes]) -> None:
    with psycopg.connect(dsn) as admin:
        for subject, wrapped in backup.items():
            admin.execute(
                "UPDATE events_subject_key SET wrapped = %s, destroyed_at = NULL WHERE subject = %s",
                [wrapped, subject],
            )


def test_a_key_that_a_backup_brought_back_is_destroyed_again(stream, superuser_dsn):
    backup = keys(superuser_dsn)
    erased(stream)
    put_back(superuser_dsn, backup)
    assert text_of(stream) == SECRET
    assert erasure.erase_again(OPERATOR) == (1, 0)
    assert text_of(stream) is None
    assert erasure.erase_again(OPERATOR) == (0, 0)


def test_an_erasure_newer_than_the_backup_is_done_and_recorded_again(stream):
    """The restored log has neither lost the key nor heard of the erasure."""
    tombstones().add(Tombstone(stream, "patient", "RGPD art. 17", NOON.isoformat()))
    assert text_of(stream) == SECRET
    assert erasure.erase_again(OPERATOR) == (1, 0)
    assert text_of(stream) is None
    (row,) = store.session("projector").execute(
        "SELECT payload ->> 'stream', payload ->> 'basis', occurred_at FROM events_event"
        " WHERE type = %s", [erasure.SubjectErased.TYPE],
    ).fetchall()  # fmt: skip
    assert row == (stream, "RGPD art. 17", NOON)
    assert verify_log().ok


def test_an_erasure_of_somebody_whom_the_log_has_lost_is_kept_for_later(stream):
    elsewhere = new_stream()
    tombstones().add(Tombstone(elsewhere, "patient", "RGPD art. 17", NOON.isoformat()))
    assert erasure.erase_again(OPERATOR) == (0, 1)
    assert text_of(stream) == SECRET
    assert [one.stream for one in tombstones().all()] == [elsewhere]


@pytest.fixture
def follow_up(monkeypatch) -> str:
    """Return a stream that tells of whoever any other tells of."""
    made = new_stream()
    monkeypatch.setattr(erasure, "_related", [lambda _stream: [made]])
    return made


def everywhere(stream: str) -> int:
    return erasure.erase(stream, "patient", basis="RGPD art. 17", actor=ACTOR, now=NOON)


def refused_as_erased(stream: str) -> None:
    with pytest.raises(SubjectErased):
        handle(NOTES, stream, Add(text=SECRET, author="Dr Y"), envelope())
    assert history(stream) == []


def test_nothing_is_told_any_more_of_whoever_was_erased_before_the_first_word(stream, follow_up):
    """No fresh key is made in a stream that begins after the erasure."""
    assert everywhere(stream) == 1
    refused_as_erased(follow_up)
    assert everywhere(stream) == 0
    assert verify_log().ok


def test_what_was_told_meanwhile_is_erased_too(stream, follow_up):
    open_stream(NOTES, follow_up, Add(text=SECRET, author="Dr Y"), envelope())
    assert everywhere(stream) == 2
    assert (text_of(stream), text_of(follow_up)) == (None, None)


def test_a_restored_log_is_closed_again_to_whoever_was_erased(stream, follow_up, superuser_dsn):
    """The backup is older than the erasure: it knows neither the event nor the closing."""
    tombstones().add(Tombstone(stream, "patient", "RGPD art. 17", NOON.isoformat()))
    assert erasure.erase_again(OPERATOR) == (1, 0)
    refused_as_erased(follow_up)
    with psycopg.connect(superuser_dsn) as admin:
        admin.execute("DELETE FROM events_subject_key WHERE wrapped IS NULL")
    assert erasure.erase_again(OPERATOR) == (0, 0)
    refused_as_erased(follow_up)


def test_a_key_goes_only_once_somebody_outside_remembers(stream, monkeypatch):
    def power_cut(_subject: str) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(erasure, "_destroy", power_cut)
    with pytest.raises(KeyboardInterrupt):
        erased(stream)
    assert [one.stream for one in tombstones().all()] == [stream]
