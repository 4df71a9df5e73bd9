"""One command over several streams: all of its events or none, once, and every reason at once."""

from collections.abc import Mapping
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from events import store
from events.errors import CommandReused, Refused, VersionConflict
from events.handle import Handled, handle, handle_together, history, open_stream
from events.verify import verify_log
from tests.log.notes import NOTES, Add, Strike, command, envelope, new_stream, write

pytestmark = pytest.mark.django_db


def together(streams: Mapping[str, Any], under=None) -> Mapping[str, Handled[Any]]:
    """Give each stream its command."""
    return handle_together(
        dict.fromkeys(streams, NOTES), lambda _states: streams, under or envelope()
    )


def texts(stream: str) -> list[str | None]:
    return [getattr(one.event, "text", "struck") for one in history(stream)]


def test_every_stream_has_its_events_under_one_command():
    first, second = new_stream(), new_stream()
    open_stream(NOTES, second, Add(text="avant"), envelope())
    handled = together({first: Add(text="un", author="A"), second: Add(text="deux", times=2)})
    assert {stream: one.version for stream, one in handled.items()} == {first: 1, second: 3}
    assert (texts(first), texts(second)) == (["un"], ["avant", "deux", "deux"])
    commands = {one.command_id for stream in (first, second) for one in history(stream)[-1:]}
    assert len(commands) == 1
    assert verify_log().ok


def test_what_one_stream_is_asked_may_follow_from_the_state_of_another():
    first, second = new_stream(), new_stream()
    open_stream(NOTES, first, Add(text="source"), envelope())

    def give(states):
        return {second: Add(text=f"d'après {states[first].texts[0]}")}

    handled = handle_together({first: NOTES, second: NOTES}, give, envelope())
    assert (list(handled), texts(second)) == ([second], ["d'après source"])
    assert texts(first) == ["source"]


def test_a_refusal_of_one_writes_nothing_anywhere_and_tells_the_reasons_of_all():
    struck, also, fresh = new_stream(), new_stream(), new_stream()
    for stream in (struck, also):
        open_stream(NOTES, stream, Strike(), envelope())
    with pytest.raises(Refused) as refusal:
        together({fresh: Add(text="un"), struck: Add(text="deux"), also: Add(text="trois")})
    assert [problem.code for problem in refusal.value.problems] == ["struck"]
    assert texts(fresh) == []
    assert texts(struck) == texts(also) == ["struck"]


def test_twice_is_once_and_answers_as_the_first_time():
    first, second, under = new_stream(), new_stream(), envelope()
    streams = {first: Add(text="un"), second: Add(text="deux")}
    once = together(streams, under)
    handle(NOTES, first, Add(text="depuis"), envelope())
    again = together(streams, under)
    assert all(one.again for one in again.values())
    assert {key: one.state for key, one in again.items()} == {
        key: one.state for key, one in once.items()
    }
    assert (texts(first), texts(second)) == (["un", "depuis"], ["deux"])


def test_the_same_identifier_with_another_content_is_refused():
    first, under = new_stream(), envelope("un")
    together({first: Add(text="un")}, under)
    with pytest.raises(CommandReused):
        together({first: Add(text="deux")}, envelope("deux", command_id=under.command_id))
    assert texts(first) == ["un"]


def test_the_version_that_was_read_is_that_of_the_first_stream():
    first, second = new_stream(), new_stream()
    open_stream(NOTES, first, Add(text="un"), envelope())
    streams = {first: Add(text="deux"), second: Add(text="deux")}
    with pytest.raises(VersionConflict):
        together(streams, envelope(expected_version=0))
    assert (texts(first), texts(second)) == (["un"], [])
    together(streams, envelope(expected_version=1))
    assert (texts(first), texts(second)) == (["un", "deux"], ["deux"])


def test_on_a_conflict_all_are_read_again_once():
    first, second = new_stream(), new_stream()
    open_stream(NOTES, first, Add(text="un"), envelope())
    given = []

    def give(states):
        given.append(states[first].texts)
        if len(given) == 1:
            store.append([write(first, expected=1)], command())
        return {second: Add(text="deux"), first: Add(text="trois")}

    # What came between struck the notes: the second look sees it, and refuses.
    with pytest.raises(Refused):
        handle_together({first: NOTES, second: NOTES}, give, envelope())
    assert len(given) == 2
    assert (texts(first), texts(second)) == (["un", "struck"], [])


def test_a_conflict_that_stays_is_said():
    first, second = new_stream(), new_stream()
    versions = iter(range(10))

    def give(_states):
        store.append([write(first, expected=next(versions))], command(uuid7()))
        return {second: Add(text="deux"), first: Add(text="trois")}

    with pytest.raises(VersionConflict):
        handle_together({first: NOTES_UNSTRUCK, second: NOTES_UNSTRUCK}, give, envelope())
    assert texts(second) == []


NOTES_UNSTRUCK = type(NOTES)(
    category="notes",
    initial=NOTES.initial,
    decide=lambda _state, given: NOTES.decide(NOTES.initial, given),
    evolve=NOTES.evolve,
)
