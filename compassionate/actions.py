"""What a hospital does with a request step by step: one verb per command, each waits for the log.

What stands by itself, and is received through an outage too, is in sending.py.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts import access, compassionate as may
from accounts.access import Someone
from compassionate.domain.acts import Act
from compassionate.domain.authorisation_number import as_printed
from compassionate.domain.prescription import PharmacyPart, Prescription
from compassionate.domain.request import REQUEST
from compassionate.domain.request_commands import (
    ChangePrescription,
    DraftRequest,
    ReturnToPrescriber,
    SendToAgency,
    SendToPharmacy,
)
from compassionate.domain.vocabulary import Channel, RequestKind
from compassionate.giving import (
    Done,
    Keyed,
    allowed,
    done,
    envelope,
    give_alone,
    give_request,
    times,
)
from compassionate.streams import request_facts, request_id_of, request_stream, sheet_for
from compassionate.submissions import (
    around_request,
    claims_on,
    expect_renewable,
    first_of_product,
    holder_of,
)
from events import intake
from events.handle import open_stream


def draft_request(  # noqa: PLR0913  what a draft begins with
    user: Someone,
    kind: RequestKind,
    prescription: Prescription,
    *,
    idempotency_key: str,
    senior: str | None = None,
    renews: str | None = None,
    now: datetime | None = None,
) -> Done:
    """Begin a request. Raises PermissionDenied, Refused, CommandReused."""
    person = allowed(user, may.may_draft(user))
    at = now or intake.arrived_at()
    renews = as_printed(renews or "") or renews
    content = [kind, prescription, senior, renews]
    keyed = Keyed(verb="draft", content=content, key=idempotency_key)
    sent = envelope(person, "", keyed)
    command = DraftRequest(
        **times(person, at),
        kind=kind,
        prescription=prescription,
        institution=person.institution_finess or "",
        senior=senior,
        renews=renews,
    )
    request_id = request_id_of(sent.command_id)
    return done(request_id, open_stream(REQUEST, request_stream(request_id), command, sent))


def change_prescription(
    user: Someone,
    request_id: UUID,
    prescription: Prescription,
    *,
    idempotency_key: str,
    now: datetime | None = None,
    expected_version: int | None = None,
) -> Done:
    """Change the prescriber's part. Raises what `give_request` raises."""
    person = allowed(user, may.may_draft(user))
    at = now or intake.arrived_at()
    command = ChangePrescription(**times(person, at), prescription=prescription)
    keyed = Keyed(
        verb="change", content=prescription, key=idempotency_key, version=expected_version
    )
    return give_alone(
        person,
        request_id,
        keyed,
        lambda _facts: command,
        lambda facts: may.may_change(person, holder_of(facts)),
    )


def send_to_pharmacy(
    user: Someone,
    request_id: UUID,
    *,
    idempotency_key: str,
    answer: str | None = None,
    now: datetime | None = None,
    expected_version: int | None = None,
) -> Done:
    """Send the prescriber's part to the hospital's pharmacy. Raises what `give_request` raises."""
    person = allowed(user, may.may_draft(user))
    at = now or intake.arrived_at()
    stream = request_stream(request_id)
    facts = request_facts(request_id)
    part, institution = facts.prescription or Prescription(), facts.institution or ""

    def ask(states: Mapping[str, Any]) -> Mapping[str, Any]:
        now_known = states[stream]
        if not now_known.beforehand:
            expect_renewable(now_known.kind, now_known.renews)
        command = SendToPharmacy(
            **times(person, at),
            sheet=sheet_for(now_known.prescription, at),
            answer=answer,
        )
        act = Act(by=str(person.public_id), at=at)
        return {stream: command, **claims_on(states, request_id, act)}

    keyed = Keyed(
        verb="to pharmacy", content=answer, key=idempotency_key, version=expected_version
    )
    return give_request(
        person,
        request_id,
        keyed,
        ask,
        lambda facts: may.may_send_to_pharmacy(person, holder_of(facts)),
        around_request(stream, institution, part),
    )


def return_to_prescriber(
    user: Someone,
    request_id: UUID,
    reason: str,
    *,
    idempotency_key: str,
    now: datetime | None = None,
    expected_version: int | None = None,
) -> Done:
    """Return a request to its prescriber. Raises what `give_request` raises."""
    person = allowed(user, access.may_read(user))
    at = now or intake.arrived_at()
    command = ReturnToPrescriber(
        **times(person, at),
        reason=reason,
        institution=person.institution_finess or "",
    )
    keyed = Keyed(verb="return", content=reason, key=idempotency_key, version=expected_version)
    return give_alone(
        person,
        request_id,
        keyed,
        lambda _facts: command,
        lambda facts: may.may_return(person, holder_of(facts)),
    )


def send_to_agency(  # noqa: PLR0913  the pharmacist's part, and which sheet it stands for
    user: Someone,
    request_id: UUID,
    pharmacy: PharmacyPart,
    *,
    idempotency_key: str,
    channel: Channel = Channel.PORTAL,
    sheet_number: str | None = None,
    now: datetime | None = None,
    expected_version: int | None = None,
) -> Done:
    """Send both parts to the agency: its receipt starts the clocks. Raises what `give_request` raises."""
    person = allowed(user, access.may_read(user))
    at = now or intake.arrived_at()
    stream = request_stream(request_id)
    facts = request_facts(request_id)
    part, institution = facts.prescription or Prescription(), facts.institution or ""

    def ask(states: Mapping[str, Any]) -> Mapping[str, Any]:
        now_known = states[stream]
        part = now_known.prescription or Prescription()
        if not now_known.beforehand:
            # A dose is received whatever became of what it was given under.
            expect_renewable(now_known.kind, now_known.renews)
        command = SendToAgency(
            **times(person, at),
            pharmacy=pharmacy,
            institution=person.institution_finess or "",
            sheet=sheet_for(part, at),
            channel=channel,
            sheet_number=sheet_number,
        )
        act = Act(by=str(person.public_id), at=at)
        return {
            stream: command,
            **claims_on(states, request_id, act),
            **first_of_product(states, part, request_id, act),
        }

    content = [pharmacy, channel, sheet_number]
    keyed = Keyed(verb="to agency", content=content, key=idempotency_key, version=expected_version)
    return give_request(
        person,
        request_id,
        keyed,
        ask,
        lambda facts: may.may_send_to_agency(person, holder_of(facts)),
        around_request(stream, institution, part),
    )
