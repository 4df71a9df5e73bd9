"""What was changed stops decisions on its streams, on no other, until a person accepts it."""

import json
import shutil

import pytest
from django.core.management import call_command

from continuity.recovery_steps import Verification
from events import epochs, quarantine, store
from events.errors import StreamParked
from events.verify import verify_log
from tests.log.notes import command, new_stream, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def streams(db) -> list[str]:
    """Return three streams; each of three blocks holds two events of one."""
    made = [new_stream() for _ in range(3)]
    for stream in made:
        store.append([write(stream, count=2)], command())
        epochs.sequence()
    return made


def verify(capsys, *arguments: str) -> tuple[dict, int]:
    capsys.readouterr()
    code = 0
    try:
        call_command("verify", "--json", *arguments)
    except SystemExit as left:
        code = int(left.code or 0)
    return json.loads(capsys.readouterr().out), code


def go_on(stream: str) -> None:
    store.append([write(stream, expected=2)], command())


def test_an_intact_log_parks_nothing(streams, capsys):
    answer, code = verify(capsys, "--park")
    assert (answer["ok"], answer["bad"], answer["parked"], code) == (True, [], [], 0)


def test_only_the_streams_of_a_bad_block_are_parked(streams, forger, capsys):
    forger.execute("UPDATE events_event SET payload = '{\"a\":1}' WHERE id = 3")
    answer, code = verify(capsys)
    assert (answer["ok"], answer["parked"], code) == (False, [], 1)
    answer, code = verify(capsys, "--park")
    assert (answer["parked"], code) == ([streams[1]], 3)
    assert [one["block"] for one in answer["bad"]] == [2]
    forger.execute("ALTER TABLE events_event ENABLE ALWAYS TRIGGER gate")
    with pytest.raises(StreamParked) as refusal:
        go_on(streams[1])
    assert refusal.value.code == "stream_parked"
    go_on(streams[0])
    go_on(streams[2])
    store.append([write(new_stream())], command())
    assert epochs.sequence() == 3


def test_every_bad_block_is_found_not_only_the_first(streams, forger):
    forger.execute("UPDATE events_event SET metadata = '{}'")
    assert [block.number for block in verify_log().bad] == [1, 2, 3]


def test_a_person_goes_on_with_a_block_as_it_is(streams, forger, capsys):
    forger.execute("UPDATE events_event SET payload = '{\"a\":1}' WHERE id = 3")
    verify(capsys, "--park")
    answer, code = verify(capsys, "--accept", "2", "--reason", "a known repair, J. Martin")
    assert (answer["ok"], answer["accepted"], answer["parked"], code) == (True, [2], [], 0)
    forger.execute("ALTER TABLE events_event ENABLE ALWAYS TRIGGER gate")
    go_on(streams[1])
    row = store.session().execute("SELECT accepted_by FROM events_bad_block").fetchone()
    assert row == ("a known repair, J. Martin",)


def test_a_recovery_goes_on_with_a_deletion_that_was_accepted(streams, forger, capsys):
    forger.execute("DELETE FROM events_event WHERE stream = %s", [streams[1]])
    forger.execute("DELETE FROM events_position WHERE position IN (3, 4)")
    assert verify(capsys, "--accept", "2", "--reason", "asked by the judge, J. Martin")[1] == 0
    verification = Verification()
    assert verification.begin(lambda *_: None).ok
    forger.execute("ALTER TABLE events_event ENABLE ALWAYS TRIGGER gate")
    assert verification.rest(lambda *_: None).ok, "also where nothing came meanwhile"
    store.append([write(new_stream(), count=2)], command())
    rest = verification.rest(lambda *_: None)
    assert (rest.ok, rest.found["events"]) == (True, 2)
    assert verify(capsys, "--from", "5")[1] == 0
    forger.execute("DELETE FROM events_position WHERE position = 6")
    answer, code = verify(capsys, "--from", "5")
    assert ("hole" in answer["first_bad"], code) == (True, 1)


def test_another_change_of_an_accepted_block_is_another_finding(streams, forger, capsys):
    forger.execute("UPDATE events_event SET payload = '{\"a\":1}' WHERE id = 3")
    verify(capsys, "--accept", "2", "--reason", "J. Martin")
    forger.execute("UPDATE events_event SET payload = '{\"a\":2}' WHERE id = 3")
    answer, code = verify(capsys, "--park")
    assert (answer["ok"], answer["parked"], code) == (False, [streams[1]], 3)


def test_a_deleted_event_parks_the_stream_that_lacks_it(streams, forger, capsys):
    forger.execute("DELETE FROM events_event WHERE id = 4")
    answer, code = verify(capsys, "--park")
    assert (answer["parked"], code) == ([streams[1]], 3)


def test_a_stream_that_is_gone_whole_is_known_by_its_command(streams, forger, capsys):
    forger.execute("DELETE FROM events_event WHERE stream = %s", [streams[1]])
    forger.execute("DELETE FROM events_position WHERE position IN (3, 4)")
    answer, code = verify(capsys, "--park")
    assert (answer["parked"], code) == ([streams[1]], 3)


def test_a_missing_block_is_a_finding_with_its_streams(streams, forger, capsys):
    forger.execute("DELETE FROM events_block WHERE number = 2")
    answer, _ = verify(capsys, "--park")
    assert [(one["block"], one["streams"]) for one in answer["bad"]] == [(2, [streams[1]])]


def test_an_end_without_blocks_is_a_finding(streams, forger, capsys):
    forger.execute("DELETE FROM events_block WHERE number = 3")
    answer, _ = verify(capsys, "--park")
    assert [(one["block"], one["streams"]) for one in answer["bad"]] == [(3, [streams[2]])]


def test_parking_is_no_answer_where_the_log_as_a_whole_does_not_hold(
    streams, forger, capsys, tmp_path, settings
):
    """Nothing was parked for it: the exit code must not say that it is taken care of."""
    checkpoint = tmp_path / "checkpoint.json"
    epochs.keep_checkpoint()
    shutil.copy(settings.CHECKPOINT_DIR / "latest.json", checkpoint)
    forger.execute("DELETE FROM events_block WHERE number = 3")
    forger.execute("DELETE FROM events_position WHERE position > 4")
    forger.execute("DELETE FROM events_event WHERE id > 4")
    answer, code = verify(capsys, "--park", "--checkpoint", str(checkpoint))
    assert (answer["ok"], answer["bad"], answer["parked"], code) == (False, [], [], 1)
    forger.execute("UPDATE events_event SET payload = '{\"a\":1}' WHERE id = 3")
    answer, code = verify(capsys, "--park", "--checkpoint", str(checkpoint))
    assert (streams[1] in answer["parked"], code) == (True, 1)
    # The block is parked; what else does not hold is not looked for without the checkpoint.
    assert verify(capsys, "--park")[1] == 3


def test_nothing_is_accepted_without_a_reason_or_a_finding(streams, capsys):
    for arguments in (("--accept", "2"), ("--reason", "x"), ("--accept", "2", "--reason", "x")):
        with pytest.raises(SystemExit) as left:
            call_command("verify", "--json", *arguments)
        assert left.value.code == 2


def test_whoever_shows_a_stream_can_ask_whether_it_is_parked(streams, forger):
    forger.execute("UPDATE events_event SET payload = '{\"a\":1}' WHERE id = 1")
    quarantine.park(verify_log().bad)
    assert quarantine.parked() == [streams[0]]
