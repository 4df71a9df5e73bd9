"""A small year acted out: nothing refused, everything decided, twice is once, rebuilt is live."""

import json

import pytest
from django.core.management import call_command

from compassionate.models import AccessRequestRow, AuthorisationRow
from events import compare, registry
from events.verify import verify_log
from tests.api.conftest import events_in_log, project

pytestmark = pytest.mark.django_db


@pytest.mark.timeout(300)
def test_a_year_of_a_few_patients(monkeypatch, capsys):
    from compassionate.management import year_people, year_shapes

    for module in (year_people, year_shapes):
        monkeypatch.setattr(module, "HOSPITALS", 2)
        monkeypatch.setattr(module, "LISTED", 12)
    answer = simulated(capsys)
    assert answer["refused_by_code"] == {}
    done = answer["done"]
    assert done["granted"] + done.get("refused", 0) == done["requests"]
    written = events_in_log()
    assert simulated(capsys)["done"] == done
    assert events_in_log() == written
    project()
    assert AccessRequestRow.objects.filter(state="granted").count() == done["granted"]
    assert AuthorisationRow.objects.count() == done["granted"]
    assert verify_log().ok
    for projection in registry.projections():
        assert compare.compare(projection).differences == 0


def simulated(capsys) -> dict:
    call_command("simulate_year", "--patients", "14", "--json")
    return json.loads(capsys.readouterr().out)


def test_the_demo_has_requests_at_every_stage_once(settings, capsys):
    settings.DEMO = True
    call_command("seed_demo")
    capsys.readouterr()
    for begun in (5, 0):
        call_command("seed_requests", "--json")
        assert json.loads(capsys.readouterr().out) == {"begun": begun}
    project()
    states = {row.state for row in AccessRequestRow.objects.all()}
    assert states == {"granted", "received", "to_sign", "at_pharmacy", "to_regularise"}
