"""Fold, decide, append; personal fields sealed on the way."""

from dataclasses import make_dataclass, replace
from typing import Any
from uuid import UUID

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
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
from events.keys import Keyring
from events.verify import verify_log
from pharmacovigilance.domain.report import Drug, Information, Patient, Reaction, Report
from pharmacovigilance.domain.vocabulary import Channel, DrugRole, SeriousnessCriterion, Sex
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


@pytest.fixture
def known_key(monkeypatch) -> None:
    """Digest commands under a key that is the same in every run."""
    keyring = Keyring(
        kek=AESGCM(b"k" * 32),
        pseudonym=b"p" * 32,
        command=b"c" * 32,
        log=Ed25519PrivateKey.generate(),
        spool_public=bytes(32),
        escrow_public=bytes(32),
        spool_private=None,
    )
    monkeypatch.setattr("events.handle.keyring", lambda: keyring)


GIVEN = Report(
    patient=Patient(birth_date="1950-03-02", sex=Sex.FEMALE, weight_kg=54.5),
    drugs=(Drug(name="Méthotrexate", role=DrugRole.SUSPECT, start="2026-02"),),
    reactions=(Reaction(term="Pancytopénie"),),
    seriousness=(SeriousnessCriterion.HOSPITALISATION,),
)


def digest(content: object) -> str:
    return envelope(content, command_id=UUID(int=1)).command.digest.hex()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ([GIVEN, Channel.API], "f1feba931adf9739041666f74c81c541223b485f5977fa0d2e26ac2122f79a65"),
        (
            [Report(drugs=(Drug(name="X"),)), Channel.PORTAL],
            "6698555e9c6d1423543da285913c82e2025780bb26f7aa8d1e01ad039abb3efd",
        ),
        (
            Information(seriousness=(SeriousnessCriterion.DEATH,), narrative="suite"),
            "85f7a4accfac9717ee281de77ae61bdcc5e23c5512e89209ddd9ca4d71dc852b",
        ),
        (
            Information(seriousness=()),
            "d3b4616a8b1ddcfa87070ac0c1a653ff36a6406d27f86ff1a3d1f0b6531b0147",
        ),
        (
            ["0192f000-0000-8000-8000-000000000000", "Réponse"],
            "e1f702514861d5c8ea3114e27bf2a37c85008ed64686e9bbe101f461689e5155",
        ),
    ],
)
def test_a_digest_stays_what_it_was_when_the_log_was_written(known_key, content, expected):
    """Never edit these: every command recorded before would be refused when it is repeated."""
    assert digest(content) == expected


def with_a_further_field(value: Any) -> Any:
    """Return the same value in the class that a later release would have."""
    later = make_dataclass(
        "Later", [("added", str | None, None), ("more", tuple[str, ...], ())],
        bases=(type(value),), frozen=True, slots=True, kw_only=True,
    )  # fmt: skip
    return later(**{name: getattr(value, name) for name in type(value).__dataclass_fields__})


def test_a_release_that_adds_a_field_still_knows_commands_given_before(known_key):
    patient = with_a_further_field(GIVEN.patient)
    drugs = tuple(with_a_further_field(drug) for drug in GIVEN.drugs)
    later = with_a_further_field(replace(GIVEN, patient=patient, drugs=drugs))
    assert digest([later, Channel.API]) == digest([GIVEN, Channel.API])
    said = replace(later, added="said")
    assert digest([said, Channel.API]) != digest([GIVEN, Channel.API])


def test_another_content_has_another_digest(known_key):
    unsaid, none = Information(), Information(seriousness=())
    assert digest(unsaid) != digest(none)
    assert digest(GIVEN) != digest(replace(GIVEN, narrative="autre"))


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


def test_an_erasure_that_was_cut_off_is_finished_by_somebody_else(monkeypatch):
    stream, another = new_stream(), replace(ACTOR, id="somebody else")
    open_stream(NOTES, stream, Add(text=SECRET), envelope())
    with monkeypatch.context() as cut_off:
        cut_off.setattr(erasure, "_destroy", power_cut)
        with pytest.raises(KeyboardInterrupt):
            erasure.erase(stream, "patient", basis="RGPD art. 17", actor=ACTOR, now=NOON)
    assert first_note(stream).text == SECRET
    assert erasure.erase(stream, "patient", basis="RGPD art. 17", actor=another, now=NOON)
    assert first_note(stream).text is None


def power_cut(subject: str) -> bool:
    raise KeyboardInterrupt


def test_a_key_that_is_lost_does_not_read_as_an_erasure(superuser_dsn):
    """A partial restore without the keys must not tell that every patient was erased."""
    stream = new_stream()
    open_stream(NOTES, stream, Add(text=SECRET), envelope())
    with psycopg.connect(superuser_dsn, autocommit=True) as admin:
        admin.execute("DELETE FROM events_subject_key")
    with pytest.raises(UnreadableEvent, match="missing"):
        history(stream)


def test_a_key_made_while_the_stream_is_read_opens_its_field(monkeypatch):
    """The author is new in the second note: it must not be taken for erased."""
    stream = new_stream()
    open_stream(NOTES, stream, Add(text="un"), envelope())
    keys = store.stream_keys

    def keys_then_another_note(name: str):
        monkeypatch.setattr(store, "stream_keys", keys)
        found = keys(name)
        handle(NOTES, name, Add(text="deux", author="Dr Y"), envelope())
        return found

    monkeypatch.setattr(store, "stream_keys", keys_then_another_note)
    handled = handle(NOTES, stream, Add(text="trois"), envelope())
    assert handled.state.texts == ("un", "deux", "trois")


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
