"""The door without account: who may declare when nobody can sign in, and how often.

A doctor without a living credential still has an adverse reaction to report, at three in the morning
of an outage too. She says who she is; nobody checks it, and the declaration says so.
"""

import ipaddress
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from uuid import UUID

from django.conf import settings

from accounts.claims import Person
from accounts.credentials import NO_ACCOUNT
from accounts.models import DECLARE, Role
from events.keys import keyring

HOUR = 3600.0
_MOST_ADDRESSES = 10_000


class TooManyError(Exception):
    """One address has sent as much without proof as it may; `wait` is in whole seconds."""

    def __init__(self, wait: int) -> None:
        super().__init__(f"again in {wait} s")
        self.wait = wait


class Quota:
    """So many an hour for one address, counted in this process's memory.

    An address of IPv6 counts with its whole network (/64), of which one machine has every one. Where
    there are too many addresses to remember, those that were silent longest are forgotten.
    """

    def __init__(
        self, an_hour: Callable[[], int], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._an_hour = an_hour
        self._clock = clock
        self._lock = threading.Lock()
        self._taken: OrderedDict[str, deque[tuple[float, str]]] = OrderedDict()

    def take(self, address: str, key: str, *, exempt: bool = False) -> None:
        """Count one sending; the same key again is the same sending. Raises TooManyError.

        What is `exempt`, a report of a death, is never refused and never counted.
        """
        if exempt:
            return
        now, network = self._clock(), _network(address)
        with self._lock:
            taken = self._taken.setdefault(network, deque())
            self._taken.move_to_end(network)
            while taken and taken[0][0] <= now - HOUR:
                taken.popleft()
            if any(known == key for _at, known in taken):
                return
            if len(taken) >= self._an_hour():
                first = taken[0][0] if taken else now
                raise TooManyError(max(int(first + HOUR - now), 1))
            taken.append((now, key))
            while len(self._taken) > _MOST_ADDRESSES:
                self._taken.popitem(last=False)

    def give_back(self, address: str, key: str) -> None:
        """Count one sending no more."""
        with self._lock:
            taken = self._taken.get(_network(address), deque())
            kept = [one for one in taken if one[1] != key]
            taken.clear()
            taken.extend(kept)

    def forget(self) -> None:
        """Begin to count anew."""
        with self._lock:
            self._taken.clear()


def stranger(rpps: str) -> Person:
    """Return the doctor who says that this is her RPPS number.

    Her identifier is a keyed pseudonym of the number: the same for all that is sent under it, and of
    no use to find the number, which stands in a public register, once her data have been erased.
    """
    return Person(
        public_id=UUID(hex=keyring().pseudonym_of(f"rpps/{rpps}")),
        role=Role.DOCTOR,
        scopes=frozenset({DECLARE}),
        unverified=True,
        review=(NO_ACCOUNT,),
    )


def _network(address: str) -> str:
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped or ipaddress.ip_network((found, 64), strict=False))
    return str(found)


quota = Quota(lambda: settings.DOOR_PER_HOUR)
"""What is sent without proof, through the door or with a credential that was taken back."""
