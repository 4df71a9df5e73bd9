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
    """

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    @override
    def format(self, record: logging.LogRecord) -> str:
        """Leave out what Celery says of a failed task: it quotes the exception's own text."""
        told = record.args
        if isinstance(told, Mapping) and "exc" in told:
            record = logging.makeLogRecord(record.__dict__)
            record.msg, record.args = "task %s failed", (told.get("name"),)
        return super().format(record)

    @override
    def formatException(self, ei: _ErrorInfo) -> str:
        kind, error, trace = ei
        if kind is None:
            return ""
        frames = traceback.extract_tb(trace)[-12:]
        lines = [f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        return "\n".join([*lines, self._named(error)])

    @staticmethod
    def _named(error: BaseException | None) -> str:
        names = []
        while error is not None:
            state = getattr(error, "sqlstate", None)
            names.append(
                f"{type(error).__module__}.{type(error).__qualname__}"
                + (f" [{state}]" if state else "")
            )
            error = error.__cause__
        return "  " + " from ".join(names)
