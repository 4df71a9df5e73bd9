"""Whoever is erased in a request is erased in whatever was made of it, and in what is yet to be said there."""

from typing import Any

import pytest
from django.core.management import call_command

from compassionate import acting
from compassionate.domain.authorisation_commands import Abrogate
from compassionate.domain.follow_up import RecordData
from compassionate.domain.vocabulary import PatientOutcome
from compassionate.streams import (
    authorisation_facts,
    authorisation_stream,
    follow_up_facts,
    follow_up_stream,
    request_facts,
    request_stream,
)
from events import store
from events.days import day_of
from events.errors import SubjectErased
from events.verify import verify_log
from tests.compassionate.scene import AT, REASONS, SIGNED, Scene, scene

__all__ = ["scene"]
pytestmark = pytest.mark.django_db


def data(scene: Scene, number: str) -> None:
    fields = {
        "seen_on": day_of(AT), "due_on": None, "outcome": PatientOutcome.STABLE,
        "efficacy": "Mme Dubois va mieux.",
    }  # fmt: skip
    acting.act_on_follow_up(
        scene.doctor, number, RecordData, fields, idempotency_key=scene.key(), now=AT
    )


@pytest.mark.parametrize("named", ["request", "authorisation"])
def test_no_follow_up_data_are_written_of_whoever_was_erased(scene: Scene, named: str) -> None:
    scene.sheet()
    number = scene.authorised()
    request_id: Any = authorisation_facts(number).request_id
    streams = {
        "request": request_stream(request_id),
        "authorisation": authorisation_stream(number),
    }
    assert scene.erased(streams[named])
    assert request_facts(request_id).prescription.patient_initials is None
    before = len(store.read_stream(follow_up_stream(number)))
    with pytest.raises(SubjectErased):
        data(scene, number)
    assert len(store.read_stream(follow_up_stream(number))) == before
    assert verify_log().ok


def test_what_was_written_before_is_unreadable(scene: Scene) -> None:
    scene.sheet()
    number = scene.authorised()
    data(scene, number)
    (told,) = follow_up_facts(number).received
    assert told.efficacy
    assert scene.erased(authorisation_stream(number))
    (told,) = follow_up_facts(number).received
    assert told.efficacy is None


def refused(scene: Scene, stream: str, capsys: Any) -> str:
    """Return what the operator is told; nothing is erased."""
    with pytest.raises(SystemExit, match="1"):
        call_command("erase", stream, basis="RGPD art. 17")
    return str(capsys.readouterr().err)


def test_nobody_is_erased_while_something_is_to_be_decided_of_her(
    scene: Scene, capsys: Any
) -> None:
    """No reason could be said of her any more: a medicine in use could not be suspended (R5121-74-8)."""
    scene.sheet()
    request_id = scene.submitted().id
    stream = request_stream(request_id)
    assert "request_undecided: Cette demande n'est pas close" in refused(scene, stream, capsys)
    assert request_facts(request_id).prescription.patient_initials
    scene.withdrawn(request_id)
    call_command("erase", stream, basis="RGPD art. 17")
    assert request_facts(request_id).prescription.patient_initials is None
    # Another request for the same patient can be begun.
    number = scene.authorised()
    for about in (authorisation_stream(number), request_stream(request_of(number))):
        assert "authorisation_in_force" in refused(scene, about, capsys)
    fields = {"reasons": REASONS, "urgency": "Signal grave"}
    acting.act_on_authorisation(
        scene.signatory, number, Abrogate, fields, SIGNED, idempotency_key="a", now=AT
    )
    call_command("erase", authorisation_stream(number), basis="RGPD art. 17")
    assert request_facts(request_of(number)).prescription.patient_initials is None


def request_of(number: str) -> Any:
    return authorisation_facts(number).request_id
