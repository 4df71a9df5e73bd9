"""Log lines that cannot carry a patient's data."""

import logging
import traceback
from collections.abc import Mapping
from types import TracebackType

from typing_extensions import override

_ErrorInfo = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)


class WithoutPersonalData(logging.Formatter):
    """Write where an error happened and of which kind it is, never what it says.

    The text of a database or validation error quotes the values it concerns. An SQLSTATE is kept.
    So it is where the error is an argument of the sentence, and whatever another handler has
    written of the same record.
    """

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    @override
    def format(self, record: logging.LogRecord) -> str:
        """Leave out what Celery says of a failed task: it quotes the exception's own text."""
        told = record.args
        record = logging.makeLogRecord(record.__dict__ | {"exc_text": None})
        if isinstance(told, Mapping) and "exc" in told:
            record.msg, record.args = "task %s failed", (told.get("name"),)
        elif isinstance(told, Mapping):
            record.args = {name: _named(value) for name, value in told.items()}
        elif told:
            record.args = tuple(_named(value) for value in told)
        return super().format(record)

    @override
    def formatException(self, ei: _ErrorInfo) -> str:
        kind, error, trace = ei
        if kind is None:
            return ""
        frames = traceback.extract_tb(trace)[-12:]
        lines = [f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        return "\n".join([*lines, f"  {_named(error)}"])


def _named(value: object) -> object:
    """Return the kind of an error and of what caused it; anything else as it is."""
    if not isinstance(value, BaseException):
        return value
    names = []
    error: BaseException | None = value
    while error is not None:
        state = getattr(error, "sqlstate", None)
        kind = f"{type(error).__module__}.{type(error).__qualname__}"
        names.append(f"{kind} [{state}]" if state else kind)
        error = error.__cause__
    return " from ".join(names)
