"""What must hold after each fault, and after each seed: the ledger against everything else."""

import json
import time
import urllib.request
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg

from config.local import processes
from continuity import receipt_check
from events.outcomes import commands_about
from tests.chaos.field import Field
from tests.chaos.ledger import SPOOLED, Answer, Command
from tests.chaos.load import call
from tests.chaos.log import Log

HEAL_SECONDS = 60.0
ON_THEIR_WAY = 20
# One is written each minute, by a beat that may just have been started again.
SEALED_SECONDS = 180.0
FACT_TYPES = (
    "pharmacovigilance.adverse_event_declared",
    "pharmacovigilance.follow_up_received",
    "pharmacovigilance.information_provided",
    "compassionate.request_received",
    "compassionate.dispensing_declared",
)
REQUEST = "access_request"
OPENED: Mapping[str, str] = {"declare": "declaration", "request": REQUEST, "dose": REQUEST}
"""The kind of stream that a command begins."""
FACTS = """
    SELECT command_id, stream, version FROM events_event
    WHERE type = ANY(%s) OR (version = 1 AND stream ~ '^(declaration|access_request)-')
"""
SEEN = """
    SELECT stream, min(received_at) FROM read.worklist WHERE received_at IS NOT NULL GROUP BY stream
    UNION ALL SELECT stream, received_at FROM read.access_requests
    WHERE received_at IS NOT NULL OR given_at IS NOT NULL
"""
BEHIND = """
    SELECT (SELECT count(*) FROM events_pending) + coalesce((
        SELECT max(coalesce((SELECT max(position) FROM events_position), 0) - position)
        FROM read.events_checkpoint), 0)
"""
DRAINED = """
    SELECT coalesce(bool_and(waiting = 0 AND reported_at > %s), false),
        coalesce(sum(waiting), -1) FROM events_spool
"""


def healed(field: Field, seconds: float = HEAL_SECONDS) -> tuple[float | None, str]:
    """Wait until everything is as if nothing had been; return after how long, and what is missing.

    Full service: every command tried so far has its receipt, every receipt is accounted for in the
    log, the drain has looked since and left nothing, the projections are at the end.
    """
    began, tried = time.monotonic(), len(field.ledger.commands)
    # What was acknowledged before must be in the log by the end, whole or not.
    since, field.accounted = datetime.now().astimezone(), len(field.ledger.answers)
    missing = "nothing was asked"

    def whole() -> bool:
        nonlocal missing
        try:
            missing = _missing(field, tried, since)
        except psycopg.Error as failure:
            missing = f"the log: {type(failure).__name__}"
        return not missing

    if processes.wait_until(whole, seconds, pause=0.2):
        return time.monotonic() - began, ""
    return None, missing


def _missing(field: Field, tried: int, since: datetime) -> str:
    unsettled = field.ledger.unsettled(tried)
    if unsettled:
        return f"{len(unsettled)} commands without a receipt"
    # Answers go on coming: the ledger is compared up to here, and from here the next time.
    seen = len(field.ledger.answers)
    answers = list(field.ledger.acknowledged(field.checked, seen))
    with field.stack.admin() as connection:
        log = Log.about(connection, answers)
        lacking = [one for one in answers if not log.accounts_for(one)]
        if lacking:
            return f"{len(lacking)} receipts not in the log"
        drained = connection.execute(DRAINED, [since]).fetchone()
        if drained is None or not drained[0]:
            return f"the drain: {drained and drained[1]} wait"
        behind = connection.execute(BEHIND).fetchone()
    # While clients go on sending, a few are always on their way.
    left = behind[0] if behind else -1
    if not 0 <= left <= (0 if field.load.stopped else ON_THEIR_WAY):
        return f"projections: {left} events behind"
    if not field.stack.receives():
        return "a spool rests"
    field.accounted = seen
    return ""


def of_the_ledger(field: Field) -> dict[str, list[str]]:
    """Return what is wrong with what was acknowledged since the last look: I1, I2, I10.

    Same digest, same sender, the earliest instant of receipt, one event for each command.
    """
    until = field.accounted
    answers = list(field.ledger.acknowledged(field.checked, until))
    with field.stack.admin() as connection:
        log = Log.about(connection, answers)
        twice = connection.execute(
            "SELECT count(*) FROM (SELECT command_id, command_index FROM events_event"
            " GROUP BY 1, 2 HAVING count(*) > 1) AS doubled"
        ).fetchone()
    wrong: dict[str, list[str]] = {"I1": [], "I2": [], "I10": []}
    if twice and twice[0]:
        wrong["I2"].append(f"{twice[0]} commands twice in the log")
    field.checked = until
    by_command: dict[str, list[Answer]] = {}
    for answer in answers:
        by_command.setdefault(answer.command_id, []).append(answer)
        wrong["I1"] += _lost(field, log, answer)
    for command_id, given in by_command.items():
        wrong["I10"] += _day_zero(log, UUID(command_id), given)
        wrong["I2"] += _one_case(field, log, UUID(command_id), given)
    return wrong


def _lost(field: Field, log: Log, answer: Answer) -> list[str]:
    command = UUID(answer.command_id)
    if not log.accounts_for(answer):
        return [f"{answer.receipt_id} is not in the log"]
    verb = field.ledger.commands[answer.key].verb
    if log.is_aside(answer):
        field.aside.append(answer.receipt_id)
        # A wish may come too late; a fact is never refused. A question that an old backup does
        # not hold is gone, and its answer a person's.
        may = verb == "withdraw" or (verb == "answer" and field.restored)
        return [] if may else [f"{answer.receipt_id}: a {verb} was set aside"]
    digest, _ = log.digests[command]
    if digest != answer.digest:
        return [f"{answer.receipt_id} has another content in the log"]
    sender = field.ledger.commands[answer.key].sender
    actors = {row[5] for row in log.events.get(command, [])}
    return [] if actors == {sender} else [f"{answer.receipt_id} has another sender: {actors}"]


def _day_zero(log: Log, command: UUID, given: Sequence[Answer]) -> list[str]:
    """The log's earliest receipt of a command is no later than the earliest that a client holds."""
    told = [row[4] for row in log.events.get(command, [])]
    for answer in given:
        joined = commands_about(command, answer.receipt_id)[1]
        told += [row[4] for row in log.events.get(joined, [])]
    earliest = min(datetime.fromisoformat(one.received_at) for one in given)
    if told and min(told) > earliest:
        return [f"{given[0].receipt_id}: {min(told)} in the log, {earliest} in a receipt"]
    return []


def _one_case(field: Field, log: Log, command: UUID, given: Sequence[Answer]) -> list[str]:
    """One command is one stroke in its stream, and its sender was told one identifier.

    A declaration, a follow-up, an answer or a withdrawal is one event; what asks for compassionate
    access is several, and may claim what it asks for in another stream.
    """
    identifiers = {one.id for one in given}
    rows = log.events.get(command, [])
    verb = field.ledger.commands[given[0].key].verb
    if len(identifiers) > 1 or (len(rows) > 1 and OPENED.get(verb) != REQUEST):
        return [f"{given[0].key}: {len(identifiers)} identifiers, {len(rows)} events"]
    if verb not in OPENED or not rows:
        return []
    if (facts := sum(row[3] in FACT_TYPES for row in rows)) > 1:
        return [f"{given[0].key}: {facts} times in the log"]
    opened = {row[1] for row in rows if row[1].partition("-")[0] in OPENED.values()}
    if opened != {f"{OPENED[verb]}-{given[0].id}"}:
        return [f"{given[0].key} was recorded as {opened}"]
    return []


def no_case_besides(field: Field) -> list[str]:
    """I2: the log holds no case and no fact that no command of the ledger gave (all were settled)."""
    given = {one.command_id for one in field.ledger.acknowledged()}
    with field.stack.admin() as connection:
        rows = connection.execute(FACTS, [list(FACT_TYPES)]).fetchall()
    cases = {stream.partition("-")[2] for _, stream, version in rows if version == 1}
    strange = cases - _told(field) - field.before - _bare(field.planted)
    wrong = [f"{len(strange)} cases that nobody declared"] if strange else []
    mine = streams_told(field)
    facts = sum(1 for command, stream, _ in rows if stream in mine and str(command) not in given)
    return [*wrong, f"{facts} facts that nobody gave"] if facts else wrong


def every_case_is_there(field: Field) -> list[str]:
    """I1: each identifier that a sender was told is a case's."""
    with field.stack.admin() as connection:
        rows = connection.execute(FACTS, [list(FACT_TYPES)]).fetchall()
    lacking = _told(field) - {
        stream.partition("-")[2] for _, stream, version in rows if version == 1
    }
    return [f"{len(lacking)} cases that were declared are not in the log"] if lacking else []


def _told(field: Field) -> set[str]:
    return _bare(streams_told(field))


def streams_told(field: Field) -> set[str]:
    """Return the streams whose numbers senders were given: declarations, requests."""
    verbs = ((one, field.ledger.commands[one.key].verb) for one in field.ledger.acknowledged())
    return {f"{OPENED[verb]}-{one.id}" for one, verb in verbs if verb in OPENED}


def _bare(streams: set[str]) -> set[str]:
    return {one.partition("-")[2] for one in streams}


def reviewers_see_day_zero(field: Field) -> list[str]:
    """I10: all that was sent is before the agency, no later than its sender's earliest receipt.

    A dose is there from its receipt too; what is received then is the request that regularises it.
    """
    commands = field.ledger.commands
    withdrawn = {one.target for one in commands.values() if one.verb == "withdraw"}
    earliest: dict[str, datetime] = {}
    for one in field.ledger.acknowledged():
        if commands[one.key].verb in OPENED:
            at = datetime.fromisoformat(one.received_at)
            earliest[one.id] = min(at, earliest.get(one.id, at))
    with field.stack.admin() as connection:
        rows = connection.execute(SEEN).fetchall()
    seen = {stream.partition("-")[2]: at for stream, at in rows}
    doses = {one.id for one in field.ledger.acknowledged() if commands[one.key].verb == "dose"}
    shown = {one for one, at in seen.items() if at or one in doses}
    unseen = earliest.keys() - shown - withdrawn
    late = [one for one, at in earliest.items() if seen.get(one) and seen[one] > at]
    wrong = [f"{len(unseen)} not before the agency"] if unseen else []
    return [*wrong, f"{len(late)} with a later receipt there, {late[0]}"] if late else wrong


def rebuilt_is_live(field: Field) -> list[str]:
    """I3: a rebuild in memory equals the tables."""
    code, told = field.stack.asked("replay", "--verify")
    different = [one["name"] for one in told.get("projections", []) if one["differences"]]
    if different or not told.get("projections"):
        return [f"differs: {different or told}"]
    return [] if code in {0, 3} else [f"exit code {code}"]


def parked_is_planted(field: Field) -> list[str]:
    """I12: parked is what was planted, and nothing else."""
    with field.stack.admin() as connection:
        rows = connection.execute("SELECT DISTINCT stream FROM read.events_parked").fetchall()
    parked = {stream for (stream,) in rows}
    if parked != field.planted:
        return [
            f"parked: {len(parked - field.planted)} unplanned, {len(field.planted - parked)} missing"
        ]
    return []


def chain_is_whole(field: Field) -> list[str]:
    """I4: every leaf, root and hash again, and the last checkpoint kept outside."""
    kept = field.stack.folder / "checkpoints" / "latest.json"
    if not processes.wait_until(kept.exists, SEALED_SECONDS, pause=1):
        return ["no checkpoint is kept outside"]
    code, told = field.stack.asked("verify", "--checkpoint", str(kept))
    return [] if told.get("ok") is True and code in {0, 3} else [f"verify: {code} {told}"]


def drained_to_the_end(field: Field) -> list[str]:
    """I8: one more round of the drain finds nothing."""
    _, told = field.stack.asked("drain", "--once")
    # A segment that an attack cut short keeps a torn end: every receipt is in the log all the same.
    counts: Mapping[str, Any] = {key: told.get(key) for key in ("left", "drained", "set_aside")}
    return [] if set(counts.values()) == {0} else [f"drain: {told}"]


def same_key_same_receipt(field: Field, sample: int = 25) -> list[str]:
    """I9: what was acknowledged once is acknowledged again, under a receipt that was given for it."""
    answers = [one for one in field.ledger.acknowledged() if not one.thrown]
    given: dict[str, set[str]] = {}
    for one in answers:
        given.setdefault(one.command_id, set()).add(one.receipt_id)
    wrong = []
    tokens = {one.user: one.token for one in field.load.people}
    for answer in field.dice.sample(answers, min(sample, len(answers))):
        command = field.ledger.commands[answer.key]
        status, body = _again(field, command, tokens[command.user])
        same = body.get("receipt_id") in given[answer.command_id] or answer.status == 202
        if status != 201 or body.get("id") != answer.id or not same:
            wrong.append(f"{command.verb} again: {status} {body.get('code', '')}")
    return wrong


def _again(field: Field, command: Command, token: str) -> tuple[int, dict[str, Any]]:
    """Give a command again, until the log itself answers: a busy one may be late for a deadline."""
    told: tuple[int, dict[str, Any]] = 0, {}

    def recorded() -> bool:
        nonlocal told
        told = call(field.load.port, token, command.path, command.body, command.key)
        return told[0] != SPOOLED

    processes.wait_until(recorded, 30, pause=0.5)
    return told


def receipts_check_offline(field: Field) -> list[str]:
    """I1: every receipt is checked by its signature with the published keys alone."""
    with urllib.request.urlopen(
        f"http://127.0.0.1:{field.stack.port}/api/v1/keys", timeout=10
    ) as page:
        keys = json.load(page)["keys"]
    wrong = 0
    for answer in field.ledger.acknowledged():
        try:
            told = receipt_check.check(answer.receipt, keys)
        except ValueError:
            wrong += 1
            continue
        wrong += told["receipt"] != answer.receipt_id
    return [f"{wrong} receipts prove nothing"] if wrong else []


def state_is_told(field: Field, seconds: float = 60) -> list[str]:
    """I11: once all has healed, the house says that it is ready; parked streams it names."""
    told: dict[str, Any] = {}

    def ready() -> bool:
        nonlocal told
        told = field.stack.state()
        return told.get("status") == "ready"

    if processes.wait_until(ready, seconds, pause=0.5):
        return []
    return [f"health: {told.get('status')} {told.get('services')}"]
