"""How much a client may send, how long it may take, and how much is held at once."""

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bytes and seconds for one request, and totals for all that are open.

    `body_bytes` lies above the 5 MiB of the application, which says which field is too long.
    """

    head_bytes: int = 32 * KIB
    head_seconds: float = 10
    body_bytes: int = 6 * MIB
    # Where nothing is declared: pages, acts of reviewers, whatever else has a body.
    page_bytes: int = 256 * KIB
    body_seconds: float = 30
    # Without a byte for this long, a body is given up before its thirty seconds are over.
    silent_seconds: float = 10
    chunks: int = 10_000
    idle_seconds: float = 15
    # A reader that takes nothing of its answer for this long is cut off.
    unread_seconds: float = 30
    # More than may wait in all queues together, so that somebody can always make room.
    connections: int = 4_096
    # Of one address (an IPv6 /64), proxies of ours excepted: a whole hospital is one address.
    connections_of_one: int = 1_000
    # Bodies that are still arriving, all together; one that is smaller than `small_bytes` always may.
    unfinished_bytes: int = 128 * MIB
    small_bytes: int = 64 * KIB
    # Of one answer, held for a client that reads more slowly than it was made.
    answer_bytes: int = MIB
    answers_bytes: int = 128 * MIB
    # Of an answer of the intake, whose places wait for no reader: 2 MiB that were typed come back as
    # 12 MiB of page. Where it cannot be held, and for as long as it is, its reader has so much time.
    intake_answer_bytes: int = 16 * MIB
    place_seconds: float = 5
    taken_seconds: float = 30
    # What clinicians send, while all places of the intake are taken.
    waiting: int = 2_000
    waiting_bytes: int = 256 * MIB
    waiting_seconds: float = 30
    # Bodies in each of the other queues.
    pages_bytes: int = 32 * MIB
    # How long a service that is being started again is waited for, and how long the first byte of
    # its answer.
    intake_connect_seconds: float = 6
    intake_answer_seconds: float = 30
    web_connect_seconds: float = 3
    web_answer_seconds: float = 60


class Budget:
    """A number of bytes that many share; `used` is kept by those who use them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.used = 0

    @property
    def is_over(self) -> bool:
        return self.used > self._most
