"""I5: the mail server's own count against the events that ask for a letter."""

from collections import Counter
from contextlib import suppress
from uuid import UUID

import psycopg

from config.local import processes
from tests.chaos.field import Field
from tests.chaos.invariants import streams_told

LETTERS = {
    "pharmacovigilance.adverse_event_declared": ("declaration.received",),
    "pharmacovigilance.information_requested": ("declaration.question",),
    # Of the demo people's requests, in the log before the first fault, and of those sent here.
    "compassionate.request_sent_to_pharmacy": ("request.at_pharmacy", "request.inbox"),
    "compassionate.request_received": ("request.received", "request.urgent"),
    "compassionate.information_asked": ("request.question",),
    "compassionate.information_answered": ("request.answered",),
    "compassionate.request_granted": ("request.decided",),
    "compassionate.request_refused": ("request.decided",),
    "compassionate.letter_signed": ("request.decided", "authorisation.changed"),
    "compassionate.holder_file_opened": ("holder.first_request",),
    # What a clock of compassionate access notes by itself, when a fault sets the time ahead.
    "compassionate.delay_noted": ("request.late", "request.regularise"),
    "compassionate.follow_up_reminded": ("follow_up.due",),
    "compassionate.renewal_reminded": ("authorisation.ends",),
    "compassionate.authorisation_expired": ("authorisation.ended",),
    "compassionate.holder_information_reminded": ("holder.reminded",),
}
DUE = {
    "pharmacovigilance.adverse_event_declared": (("declaration.received", "declarant"),),
    "pharmacovigilance.information_requested": (("declaration.question", "declarant"),),
    "compassionate.request_received": (
        ("request.received", "prescriber"),
        ("request.received", "pharmacist"),
    ),
}
"""What each event of what was sent here must send, and to whom."""
QUESTION = "declaration.question"
# Twice the pause after a first refusal, and some: whoever was told "later" tries again by itself.
SECONDS = 180
ASKING = """
    SELECT command_id, command_index, type, stream FROM events_event WHERE type = ANY(%s)
"""
# A person has to look at these: what was cut off while sending, what a former epoch planned.
LEFT = """
    SELECT command_id, command_index, template, recipient, state FROM read.events_outbox
    WHERE state IN ('in_doubt', 'held')
"""


def letters_went_once(field: Field, seconds: float = SECONDS) -> list[str]:
    """I5: each event that asks for a letter got one, none got two, and nobody else got any.

    Those in doubt and those held are a person's, and counted apart; one refused for now must go.
    """
    asked, wanted = _asked(field, streams_told(field))
    left: dict[str, str] = {}

    def gone() -> bool:
        nonlocal left
        with suppress(psycopg.Error):
            left = _left(field)
        return wanted - set(left) <= set(field.sink.taken)

    processes.wait_until(gone, seconds, pause=0.5)
    counts = Counter(field.sink.taken)
    states = Counter(left.values())
    field.letters = {
        "sent": len(counts), "in_doubt": states["in_doubt"], "held": states["held"]
    }  # fmt: skip
    wrong = []
    if twice := sum(n > 1 for n in counts.values()):
        wrong.append(f"{twice} letters twice")
    if missing := wanted - set(left) - set(counts):
        wrong.append(f"{len(missing)} of {len(wanted)} letters missing: {_queue(field)}")
    if strange := [one for one in counts if not _was_asked(field, one, asked)]:
        wrong.append(f"{len(strange)} letters that nobody asked for: {strange[0]}")
    return wrong


def _asked(field: Field, sent: set[str]) -> tuple[set[tuple[str, str]], set[str]]:
    """Return who asks for a letter, (event, template), and the letters due for what was sent here."""
    asked, wanted = set(), set()
    with field.stack.admin() as connection:
        rows = connection.execute(ASKING, [list(LETTERS)]).fetchall()
    for command, index, kind, stream in rows:
        asked |= {(f"{command}.{index}", template) for template in LETTERS[kind]}
        if stream in sent:
            wanted |= {
                f"<{command}.{index}.{template}.{who}@example.invalid>"
                for template, who in DUE.get(kind, ())
            }
    return asked, wanted


def _was_asked(field: Field, letter: str, asked: set[tuple[str, str]]) -> bool:
    """Say whether an event asks for this letter, or did until an old backup was put in its place.

    A question waits for the log: what a backup does not hold of them, nothing gives back.
    """
    command, index, kind = letter.strip("<>").split(".", 2)
    template = kind.rpartition("@")[0].rpartition(".")[0]
    UUID(command)
    return (f"{command}.{index}", template) in asked or (field.restored and template == QUESTION)


def _left(field: Field) -> dict[str, str]:
    with field.stack.admin() as connection:
        rows = connection.execute(LEFT).fetchall()
    return {f"<{c}.{i}.{t}.{r}@example.invalid>": state for c, i, t, r, state in rows}


def _queue(field: Field) -> str:
    with suppress(psycopg.Error), field.stack.admin() as connection:
        rows = connection.execute(
            "SELECT state, error, count(*) FROM read.events_outbox GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 5"
        )
        return str(rows.fetchall())
    return "?"
