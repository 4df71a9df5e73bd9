"""Fold, decide, append; personal fields sealed on the way."""

import psycopg
import pytest
from uuid_utils.compat import uuid7

from events import erasure, store
from events.errors import (
    CommandReused,
    Refused,
    SubjectErased,
    UnknownEventType,
    UnreadableEvent,
    VersionConflict,
)
from events.handle import handle, history, open_stream
from events.verify import verify_log
from tests.log.notes import (
    ACTOR,
    NOON,
    NOTES,
    Add,
    NoteAdded,
    Strike,
    command,
    envelope,
    new_stream,
    write,
)

pytestmark = pytest.mark.django_db

SECRET = "Madame X, née le 3 mars"


def first_note(stream: str) -> NoteAdded:
    event = history(stream)[0].event
    assert isinstance(event, NoteAdded)
    return event


def test_a_stream_is_opened_and_goes_on():
    stream = new_stream()
    open_stream(NOTES, stream, Add(text="un"), envelope())
    handled = handle(NOTES, stream, Add(text="deux", times=2), envelope())
    assert (handled.version, handled.state.texts) == (3, ("un", "deux", "deux"))
    assert [recorded.version for recorded in history(stream)] == [1, 2, 3]


def test_a_refusal_writes_nothing():
    stream = new_stream()
    handle(NOTES, stream, Strike(), envelope())
    with pytest.raises(Refused):
        handle(NOTES, stream, Add(text="trop tard"), envelope())
    assert len(history(stream)) == 1


def test_the_same_command_gives_the_state_it_led_to_even_when_things_moved_on():
    stream, same = new_stream(), uuid7()
    first = handle(NOTES, stream, Add(text="un"), envelope("un", command_id=same))
    handle(NOTES, stream, Strike(), envelope())
    again = handle(NOTES, stream, Add(text="un"), envelope("un", command_id=same))
    assert again.again
    assert (again.version, again.state) == (first.version, first.state)


def test_a_repeated_opening_answers_with_the_first_stream():
    first, same = new_stream(), uuid7()
    open_stream(NOTES, first, Add(text="un"), envelope("un", command_id=same))
    again = open_stream(NOTES, new_stream(), Add(text="un"), envelope("un", command_id=same))
    assert (again.again, again.stream, again.state.texts) == (True, first, ("un",))


def test_the_same_identifier_with_another_content_is_refused():
    stream, same = new_stream(), uuid7()
    handle(NOTES, stream, Add(text="un"), envelope("un", command_id=same))
    with pytest.raises(CommandReused):
        handle(NOTES, stream, Add(text="deux"), envelope("deux", command_id=same))


def test_an_expected_version_that_is_stale_is_refused_at_once():
    stream = new_stream()
    handle(NOTES, stream, Add(text="un"), envelope())
    with pytest.raises(VersionConflict):
        handle(NOTES, stream, Add(text="deux"), envelope(expected_version=0))


def test_a_conflict_is_retried_once_on_the_fresh_state(monkeypatch):
    stream = new_stream()
    handle(NOTES, stream, Add(text="un"), envelope())
    read = store.read_stream

    def read_then_lose_the_race(*args, **kwargs):
        monkeypatch.setattr(store, "read_stream", read)
        past = read(*args, **kwargs)
        handle(NOTES, stream, Add(text="deux"), envelope())
        return past

    monkeypatch.setattr(store, "read_stream", read_then_lose_the_race)
    handled = handle(NOTES, stream, Add(text="trois"), envelope())
    assert handled.state.texts == ("un", "deux", "trois")


def test_personal_fields_are_ciphertext_in_the_log_and_clear_to_the_house():
    stream = new_stream()
    open_stream(NOTES, stream, Add(text=SECRET, author="Dr Y"), envelope())
    payload = store.read_stream(stream)[0].payload
    assert "Madame" not in payload
    assert "Dr Y" not in payload
    assert first_note(stream).text == SECRET


def test_two_tries_of_one_text_look_different_in_the_log():
    stream = new_stream()
    open_stream(NOTES, stream, Add(text=SECRET, times=2), envelope())
    first, second = store.read_stream(stream)
    assert first.payload != second.payload


def test_an_erased_person_is_gone_the_rest_stays_and_the_chain_verifies():
    stream = new_stream()
    open_stream(NOTES, stream, Add(text=SECRET, author="Dr Y"), envelope())
    assert erasure.erase(stream, "patient", basis="RGPD art. 17", actor=ACTOR, now=NOON)
    event = first_note(stream)
    assert (event.text, event.author) == (None, "Dr Y")
    assert verify_log().ok
    assert not erasure.erase(stream, "patient", basis="RGPD art. 17", actor=ACTOR, now=NOON)


def test_nothing_personal_can_be_written_about_an_erased_person():
    stream = new_stream()
    open_stream(NOTES, stream, Add(text=SECRET), envelope())
    erasure.erase(stream, "patient", basis="RGPD art. 17", actor=ACTOR, now=NOON)
    with pytest.raises(SubjectErased):
        handle(NOTES, stream, Add(text="encore"), envelope())


def test_a_ciphertext_moved_to_another_stream_does_not_open(superuser_dsn):
    mine, other = new_stream(), new_stream()
    open_stream(NOTES, mine, Add(text=SECRET), envelope())
    open_stream(NOTES, other, Add(text="autre"), envelope())
    with psycopg.connect(superuser_dsn, autocommit=True) as admin:
        admin.execute("ALTER TABLE events_event DISABLE TRIGGER ALL")
        admin.execute(
            "UPDATE events_event SET payload = (SELECT payload FROM events_event WHERE stream = %s)"
            " WHERE stream = %s",
            [mine, other],
        )
    with pytest.raises(UnreadableEvent):
        history(other)


def test_an_unknown_type_is_named_not_guessed():
    stream = new_stream()
    unknown = write(stream)
    event = unknown.events[0]
    strange = store.NewEvent(
        type="notes.from_tomorrow",
        schema_version=1,
        payload="{}",
        occurred_at=event.occurred_at,
        received_at=event.received_at,
    )
    store.append(
        [store.StreamWrite(stream=stream, expected_version=0, events=[strange])], command()
    )
    with pytest.raises(UnknownEventType, match="from_tomorrow"):
        history(stream)


def test_an_older_schema_is_brought_forward():
    stream = new_stream()
    old = store.NewEvent(
        type="notes.note_added",
        schema_version=1,
        payload='{"importance": 7}',
        occurred_at=NOON,
        received_at=NOON,
    )
    store.append([store.StreamWrite(stream=stream, expected_version=0, events=[old])], command())
    assert first_note(stream).weight == 7
