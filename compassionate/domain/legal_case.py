"""Which requests are before the agency's lawyers (§5.5): those that its silence has decided, or may have."""

from datetime import date

from compassionate.domain.deadlines import first_silence
from compassionate.domain.request_facts import RequestFacts
from compassionate.domain.vocabulary import AT_AGENCY


def is_legal_case(facts: RequestFacts, today: date) -> bool:
    """Say whether a statutory term passed in silence, established or to be (CRPA L231-1, L231-4)."""
    if facts.silence is not None:
        return True
    if facts.received_at is None or facts.state not in AT_AGENCY:
        return False
    due = first_silence(facts.received_at, facts.asked)
    return due is not None and due < today
