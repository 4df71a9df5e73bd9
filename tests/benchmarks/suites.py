"""Which benchmarks there are, in the order in which they run."""

from collections.abc import Callable, Iterable, Mapping

from tests.benchmarks import (
    append,
    declaring,
    goodput,
    outage,
    promoting,
    read,
    rebuild,
    recovering,
    spooling,
)
from tests.benchmarks.figures import Figure
from tests.benchmarks.lab import Lab
from tests.benchmarks.options import Options

SUITES: Mapping[str, Callable[[Lab, Options], Iterable[Figure]]] = {
    "append": append.measure,
    "read": read.measure,
    "rebuild": rebuild.measure,
    "intake": declaring.measure,
    "goodput": goodput.measure,
    "spool": spooling.measure,
    "outage": outage.measure,
    "recover": recovering.measure,
    "failover": promoting.measure,
}
