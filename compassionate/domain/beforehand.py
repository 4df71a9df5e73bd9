"""What was given, or answered by telephone, before the agency decided, and what became of its telling."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from compassionate.domain.prescription import Dispensing
from compassionate.domain.request_events import (
    DispensingCorrected,
    DispensingDeclared,
    OralAgreementRecorded,
    OralRefusalRecorded,
    RequestReceived,
)
from compassionate.domain.vocabulary import OutOfHoursRoute


@dataclass(frozen=True, slots=True, kw_only=True)
class Beforehand:
    """What was given or agreed to before the agency decided; the earliest of them counts.

    `by` is who recorded it: whoever agreed by telephone does not alone confirm it (§5.3 2).
    `version` is that of the event that told it. A dose has its `dispensing`, and where that was
    corrected what was `told` first, and who corrected it last.
    """

    route: OutOfHoursRoute
    at: datetime
    by: str
    number: str | None = None
    sheet_number: str | None = None
    version: int = 0
    dispensing: Dispensing | None = None
    told: Dispensing | None = None
    corrected_by: str | None = None

    @property
    def outline(self) -> "Beforehand":
        """Return it without what was given."""
        return replace(self, dispensing=None, told=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What was answered by telephone, and by whom; a refusal gives no number of its own."""

    by: str
    at: datetime
    agreed: bool
    institution: str
    number: str | None = None


def given_before(event: RequestReceived, version: int) -> tuple[Beforehand, ...]:
    """Return the dose that the pharmacist's part tells of, nothing where it tells of none."""
    dose = event.pharmacy.dispensing
    if dose is None or dose.at is None:
        return ()
    given = Beforehand(
        route=OutOfHoursRoute.CRITERIA_MET,
        at=dose.at,
        by=event.by,
        version=version,
        dispensing=dose,
    )
    return (given,)


def given_at_night(event: DispensingDeclared, version: int) -> Beforehand:
    """Return the dose that was declared by itself."""
    return Beforehand(
        route=OutOfHoursRoute.CRITERIA_MET,
        at=event.dispensing.at or event.occurred_at,
        by=event.by,
        sheet_number=event.sheet_number,
        version=version,
        dispensing=event.dispensing,
    )


def agreed_to(event: OralAgreementRecorded, version: int) -> Beforehand:
    """Return what was agreed to by telephone."""
    return Beforehand(
        route=OutOfHoursRoute.ORAL_AGREEMENT,
        at=event.occurred_at,
        by=event.by,
        number=event.number,
        sheet_number=event.sheet_number,
        version=version,
    )


def call_of(event: OralAgreementRecorded | OralRefusalRecorded) -> Call:
    """Return the call in which something was agreed to or refused."""
    number = event.number if isinstance(event, OralAgreementRecorded) else None
    return Call(
        by=event.by,
        at=event.occurred_at,
        agreed=number is not None,
        institution=event.institution,
        number=number,
    )


def doses_told_at(beforehand: Sequence[Beforehand], at: datetime) -> tuple[Beforehand, ...]:
    """Return every telling of the dose that was given at a minute, as it stands now.

    The same dose may be told twice: at night by itself, in the morning in the pharmacist's part.
    """
    return tuple(
        [
            one
            for one in beforehand
            if one.dispensing is not None and _minute(one.at) == _minute(at)
        ]
    )


def corrected(
    beforehand: Sequence[Beforehand], event: DispensingCorrected
) -> tuple[Beforehand, ...]:
    """Return what was given, a dose being what it should have been told as."""
    return tuple(
        [
            replace(
                one,
                at=event.dispensing.at or one.at,
                dispensing=event.dispensing,
                told=one.told or one.dispensing,
                corrected_by=event.by,
            )
            if one.version in event.of_versions
            else one
            for one in beforehand
        ]
    )


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
