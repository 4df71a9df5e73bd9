"""When something reached the house that somebody writes down later: a letter, a call.

Day 0 counts from the day on which the regional centre received it, not from the day on which it
was typed (GVP VI.B.7: the clock starts with the first receipt by the competent authority).
"""

from datetime import datetime

from events.errors import Problem
from pharmacovigilance.domain.validity import TRANSCRIBED
from pharmacovigilance.domain.vocabulary import Channel


def receipt_problems(received_at: datetime, channel: Channel, now: datetime) -> list[Problem]:
    """Return every reason why a stated receipt can't be, told at the instant `now`."""
    found = []
    if received_at > now:
        sentence = "La réception est dans le futur : vérifiez la date et l’heure."
        found.append(Problem("/received_at", "received_in_future", sentence))
    if channel not in TRANSCRIBED:
        sentence = "Une date de réception va avec le papier ou le téléphone."
        found.append(Problem("/channel", "not_transcribed", sentence))
    return found
