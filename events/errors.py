"""What the log refuses, and why."""

from typing import Any

from typing_extensions import override


class EventError(Exception):
    """The log could not do what was asked."""

    code = "event_error"

    def __init__(self, message: str | None = None, **details: Any) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())
        self.details = details


class VersionConflict(EventError):
    """The stream has moved on since it was read."""

    code = "version_conflict"


class CommandReused(EventError):
    """This command identifier was already used with another content."""

    code = "idempotency_key_reused"


class InsideTransaction(EventError):
    """An append commits by itself and is refused inside a transaction."""

    code = "inside_transaction"


class LogAway(EventError):
    """The log was not reached in time, or what was written is in doubt; give the command again."""

    code = "log_away"


class UnknownEventType(EventError):
    """The log holds an event type that this version of the software does not know."""

    code = "unknown_event_type"


class UnknownCommand(EventError):
    """A spool holds a command that this version of the software does not know."""

    code = "unknown_command"


class UnreadableCommand(EventError):
    """The kept command does not have the shape its kind and schema version promise."""

    code = "unreadable_command"


class UnreadableEvent(EventError):
    """The stored event does not have the shape its type and schema version promise."""

    code = "unreadable_event"


class UnstorableRow(EventError):
    """PostgreSQL refuses the rows that a stream folds to."""

    code = "unstorable_row"


class HeldByReader(EventError):
    """A reader has held the table in use for too long; run again with --resume."""

    code = "held_by_reader"


class RunSuperseded(EventError):
    """Another rebuild, other code or another epoch has taken the place of this run."""

    code = "run_superseded"


class SubjectErased(EventError):
    """The key of this person was destroyed: nothing personal can be written about them."""

    code = "subject_erased"


class RebuildRunning(EventError):
    """Another rebuild of this projection is running."""

    code = "rebuild_running"


class ParkedWouldGrow(EventError):
    """The rebuilt table would leave out more streams than the one in use."""

    code = "parked_would_grow"


class SpoolFull(EventError):
    """No spool of this node takes anything, nor does the log."""

    code = "spool_unavailable"


class NoRoomForFiles(EventError):
    """The disks of the spools are nearly full: what is left is for what cannot be sent again later."""

    code = "no_room_for_files"


class CannotTell(EventError):
    """Where what a receipt was given for is now cannot be known at this moment."""

    code = "cannot_tell"


class NotAllowed(EventError):
    """The sender may see this object and may not do this to it."""

    code = "not_allowed"


class UnknownTarget(EventError):
    """There is no such object, or none that its sender may see."""

    code = "unknown_target"


class LogHalted(EventError):
    """The log is not the one that is remembered outside: nothing is written until a person decides."""

    code = "log_halted"


class LogChanged(EventError):
    """The log differs from what is remembered before its end: only a person can accept that."""

    code = "log_changed"


class StreamParked(EventError):
    """The history of this stream was changed: nothing is decided on it until a person accepts it."""

    code = "stream_parked"


class Refused(EventError):
    """The domain refuses the command; every reason is listed."""

    code = "refused"

    def __init__(self, *problems: "Problem") -> None:
        super().__init__("; ".join(problem.code for problem in problems))
        self.problems = problems


class Problem:
    """One reason for a refusal: where, what, and what to do about it.

    `pointer` is a JSON pointer into the command's input ("" for the whole), `code` is stable,
    `detail` is a sentence a clinician can act on (French), `element` the ICH E2B(R3) data element.
    """

    __slots__ = ("code", "detail", "element", "pointer")

    def __init__(self, pointer: str, code: str, detail: str, element: str | None = None) -> None:
        self.pointer = pointer
        self.code = code
        self.detail = detail
        self.element = element

    @override
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Problem) and self._key() == other._key()

    @override
    def __hash__(self) -> int:
        return hash(self._key())

    @override
    def __repr__(self) -> str:
        return f"Problem({self.pointer!r}, {self.code!r})"

    def _key(self) -> tuple[str, str, str | None]:
        return (self.pointer, self.code, self.element)
