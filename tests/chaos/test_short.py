"""The shortest look at the fault list: one stack, a few kinds, a few kills, every invariant.

`make chaos` is the long one. CHAOS_SEED chooses another seed, CHAOS_SHORT=0 leaves this one out.
"""

import base64
import os
import time
from dataclasses import replace
from email.message import EmailMessage

import pytest

from tests.chaos import leaks, log, seeds, table
from tests.chaos.field import FAULTS, Field, Kill
from tests.chaos.kinds import NOT_HERE, wanted
from tests.chaos.ledger import Answer, Command, Ledger, answer_of
from tests.chaos.seeds import Shown
from tests.stack.running import ROOT

KINDS = [
    "intake-worker-killed", "server-killed", "server-frozen", "messages-forged",
    "every-spool-fsync-fails",
]  # fmt: skip
# The long run asks for one second; here other tests run beside, and fill the processors.
WITHIN = 15
# Two minutes where nobody else is at work; nothing is left out on a machine that is full.
SECONDS = 800
KILLS = 4

stacked = [
    pytest.mark.skipif(
        os.environ.get("CHAOS_SHORT") == "0", reason="two minutes of a machine: CHAOS_SHORT=0"
    ),
    pytest.mark.stack,
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.xdist_group("chaos"),
]


def wrong_of(told: seeds.Seed) -> dict[str, dict[str, list[str]]]:
    found = {one.fault.name: {k: v for k, v in one.wrong.items() if v} for one in told.shown}
    found["at the end"] = {k: v for k, v in told.wrong.items() if v}
    return {name: wrong for name, wrong in found.items() if wrong}


@pytest.fixture(scope="module")
def shown(made) -> seeds.Seed:
    """Return what one seed showed."""
    return seeds.run(
        made,
        int(os.environ.get("CHAOS_SEED", "1")),
        wanted(KINDS),
        kills=KILLS,
        until=time.monotonic() + SECONDS,
        say=print,
        within=WITHIN,
    )


class TestOneSeed:
    """One run of a stack, looked at from several sides."""

    pytestmark = stacked

    def test_nothing_is_lost_doubled_or_left_behind(self, shown):
        assert wrong_of(shown) == {}
        assert shown.acknowledged > 50
        assert shown.of_access > 0

    def test_each_kind_was_injected_or_says_why_not(self, shown):
        assert {one.fault.name for one in shown.shown} == set(KINDS)
        assert [one.fault.name for one in shown.shown if one.why_not and not one.fault.needs] == []

    def test_an_outage_of_the_log_leaves_receipts_without_it(self, shown):
        assert shown.spooled > 0

    def test_only_victims_that_had_done_something_count(self, shown):
        counted = [one for one in shown.kills if one.counted]
        assert len(counted) >= KILLS
        assert all(one.did > 0 for one in counted)


def test_forty_kinds_are_listed_and_the_others_say_why_not():
    assert len(FAULTS) >= 40
    numbers = {one.number for one in FAULTS.values()} | {number for number, *_ in NOT_HERE}
    # 41 is the orders of starting.
    assert set(range(1, 55)) - numbers == {41}
    assert all(why for *_, why in NOT_HERE)


def test_the_document_lists_every_kind_as_it_is():
    document = (ROOT / "docs" / "chaos.md").read_text()
    assert table.kinds() in document
    assert table.not_here() in document


def test_the_ledger_is_on_disk_before_a_try_leaves_and_keeps_what_was_thrown_away(tmp_path):
    ledger = Ledger(tmp_path / "ledger")
    command = _command("key")
    number = ledger.attempt(command)
    assert '"key": "key"' in (tmp_path / "ledger").read_text()
    assert ledger.in_flight() == {number}
    ledger.answered(answer_of(number, "key", 503, time.time(), {"code": "away"}))
    assert ledger.in_flight() == set()
    assert ledger.unsettled(1) == {"key"}
    ledger.given_up("key")
    assert ledger.unsettled(1) == set()
    ledger.close()


def _command(key: str) -> Command:
    return Command(key=key, verb="declare", path="/", user="u", sender="s", body={})


def test_an_answer_that_comes_late_or_not_at_all_is_held_against_a_fault_that_excuses_neither():
    late = [answer_of(1, "a", 503, time.time() - 2, {})]
    excused = next(one for one in FAULTS.values() if one.takes)
    strict = next(one for one in FAULTS.values() if not one.takes)
    told = {name: Shown(fault) for name, fault in (("excused", excused), ("strict", strict))}
    for one in told.values():
        seeds._answered(one, late, 1.0)
    assert told["excused"].wrong == {}
    assert set(told["strict"].wrong) == {"I7"}
    assert told["strict"].unanswered == 1


def test_a_receipt_is_accounted_for_by_its_own_id_only():
    known = log.Log()
    answer = _answer("n1-1-1-" + "0" * 26)
    assert not known.accounts_for(answer)
    own, joined, aside = log.commands_about(log.UUID(answer.command_id), answer.receipt_id)
    known.digests[own] = "", "n1-1-2-" + "0" * 26
    assert not known.accounts_for(answer)
    known.digests[own] = "", answer.receipt_id
    assert known.accounts_for(answer)
    for other in (joined, aside):
        assert log.Log(digests={other: ("", None)}).accounts_for(answer)


def _seed(number: int, *kinds: str, lacks: tuple[str, ...] = ()) -> seeds.Seed:
    """Return a seed that showed these kinds, and found no time for others."""
    shown = [Shown(FAULTS[name], asked={"I1", "I8"}, tried=True) for name in kinds]
    unshown = [Shown(FAULTS[name], why_not="the time was up") for name in lacks]
    return seeds.Seed(number, shown=[*shown, *unshown], asked={"I1", "I5"})


def test_what_nobody_asked_is_not_said_to_hold():
    seed = _seed(1, "server-frozen", lacks=("worker-killed",))
    seed.shown[0].wrong["I8"] = ["late"]
    told = table.as_json([seed], seconds=1)
    frozen, worker = (
        next(one for one in told["faults"] if one["name"] == name)
        for name in ("server-frozen", "worker-killed")
    )
    assert (frozen["ok"], worker["ok"]) == (False, False)
    assert frozen["invariants"] == dict.fromkeys(table.OF_A_FAULT) | {"I1": True, "I8": False}
    assert set(worker["invariants"].values()) == {None}
    (row,) = told["seeds"]
    assert row["invariants"] == dict.fromkeys(table.INVARIANTS) | {
        "I1": True, "I5": True, "I8": False
    }  # fmt: skip
    assert seed.broken
    assert "–" in table.markdown(told)


def test_a_kind_that_once_did_not_come_about_is_not_ok():
    done, not_done = _seed(1, "server-frozen"), _seed(2, "server-frozen")
    not_done.shown[0].why_not = "did not come about"
    (told, *_) = table.as_json([done, not_done], seconds=1)["faults"]
    assert (told["ok"], told["seeds"]) == (False, [1])


def test_a_whole_run_that_shows_too_little_says_what_it_missed():
    told = table.as_json([_seed(1, "server-frozen")], seconds=1, whole=True)
    assert [one.split()[0] for one in told["missed"]] == ["1", "0", "0"]
    assert table.as_json([_seed(1, "server-frozen")], seconds=1)["missed"] == []


def test_a_kind_for_which_there_was_no_time_comes_first_in_the_next_seed():
    first = _seed(1, "server-frozen", "server-killed", lacks=("worker-killed", "beat-killed"))
    second = _seed(2, "worker-killed", "beat-killed", "server-frozen", lacks=("server-killed",))
    assert table.first([]) == [[], []]
    assert table.first([first])[0] == ["beat-killed", "worker-killed"]
    assert table.first([first, second]) == [[], ["server-frozen"]]
    order = seeds.in_order(list(FAULTS.values()), table.first([first]), seeds.random.Random(1))
    assert {one.name for one in order[:2]} == {"worker-killed", "beat-killed"}
    assert {one.name for one in order[2:4]} == {"server-frozen", "server-killed"}


def test_each_try_is_in_doubt_once_and_only_where_nobody_knows_what_became_of_it(tmp_path):
    ledger = Ledger(tmp_path / "ledger")
    statuses = [0, 503, 404, 507, 201]
    ledger.answers = [replace(_answer(""), number=n, status=s) for n, s in enumerate(statuses)]
    ledger.answers.append(replace(_answer(""), number=5, status=503, code="in_doubt"))
    stage = Field(None, None, ledger, None, 1)  # type: ignore[arg-type]
    stage.kills = [
        Kill("beat", "", 0, {0}), Kill("front", "", 1, {0, 1, 2, 3}), Kill("front", "", 1, {0, 4, 5}),
    ]  # fmt: skip
    stage.count_doubts()
    assert [one.in_doubt for one in stage.kills] == [0, 1, 1]
    ledger.close()


def test_what_a_queue_and_a_letter_hold_is_read_as_they_encode_it():
    body = base64.b64encode(b'[["Kanarienvogel"]]').decode()
    assert any(leaks.CANARY in told for told in leaks.message_as_read({"body": body}))
    letter = EmailMessage()
    letter["Subject"] = "Reçu"
    letter.set_content(f"{leaks.CANARY} é", cte="base64")
    assert leaks.CANARY not in letter.as_string()
    assert any(leaks.CANARY in told for told in leaks.letter_as_read(letter.as_string()))


def _answer(receipt_id: str) -> Answer:
    return Answer(
        number=1, key="k", status=202, began=0, ms=1, receipt_id=receipt_id,
        command_id="00000000-0000-0000-0000-000000000000",
    )  # fmt: skip
