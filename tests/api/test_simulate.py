"""The commands that declare cases: simulate and seed_cases."""

import json
from pathlib import Path

import pytest
import time_machine
from django.core.management import call_command

from accounts.models import Role
from events import compare, registry, runner
from pharmacovigilance.management.demo_short import ALL
from pharmacovigilance.management.real_cases import cases
from pharmacovigilance.models import WorklistRow

CASES = Path(__file__).parents[3] / "shared" / "data" / "cases"


def run(capsys, name: str, *arguments: str) -> dict:
    """Return what a command answers; its code when it is not 0."""
    capsys.readouterr()
    try:
        call_command(name, *arguments, "--json")
    except SystemExit as end:
        return {"code": end.code}
    return json.loads(capsys.readouterr().out)


def project() -> None:
    for projection in registry.projections():
        runner.catch_up(projection)


@pytest.fixture
def declarer(person, hospital):
    user = person(Role.DOCTOR, hospital)
    user.username = "dr.martin"
    user.save()
    return user


@pytest.fixture
def demo(settings, db):
    settings.DEMO = True
    call_command("seed_demo")


VAERS = {
    "VAERS_ID": "1", "AGE_YRS": "68.0", "SEX": "F", "SYMPTOM_TEXT": "Pain", "DISABLE": "Y",
    "RECOVD": "N", "VAX_DATE": "12/21/2020", "ONSET_DATE": "12/22/2020",
    "reactions": [{"pt": "Chills", "meddra_version": "23.10"}],
    "vaccines": [{"VAX_TYPE": "COVID19", "VAX_MANU": "X", "VAX_LOT": "EH9899",
                  "VAX_DOSE_SERIES": "1", "VAX_ROUTE": "IM", "VAX_SITE": "LA", "VAX_NAME": "V"}],
}  # fmt: skip
DIED_BEFORE = VAERS | {"VAERS_ID": "2", "DIED": "Y", "DATEDIED": "12/01/2020"}


@pytest.fixture
def source(tmp_path) -> Path:
    path = tmp_path / "cases.jsonl"
    lines = [json.dumps(VAERS), json.dumps(DIED_BEFORE), '{"cut off']
    path.write_text("\n".join(lines) + "\n")
    return path


def test_cases_are_declared_and_only_invalid_ones_refused(declarer, source, tmp_path, capsys):
    ledger = tmp_path / "acks"
    said = run(capsys, "simulate", "--source", str(source), "--ledger", str(ledger))
    assert (said["accepted"], said["recorded"], said["spooled"]) == (1, 1, 0)
    assert [one["case"] for one in said["refused"]] == ["line-3", "vaers-2"]
    assert {error["code"] for error in said["refused"][1]["errors"]} == {
        "onset_after_death",
        "start_after_death",
    }
    assert said["p50_ms"] > 0
    project()
    row = WorklistRow.objects.get()
    assert ledger.read_text() == f"{row.declaration_id} simulate-1-vaers-1 recorded\n"
    assert (row.seriousness, row.product_kinds, row.drugs) == ("disability", "vaccine", "V")


def test_the_same_seed_declares_nothing_twice(declarer, source, capsys):
    for _ in range(2):
        assert run(capsys, "simulate", "--source", str(source))["accepted"] == 1
    project()
    assert WorklistRow.objects.count() == 1
    assert run(capsys, "simulate", "--source", str(source), "--seed", "2")["accepted"] == 1
    project()
    assert WorklistRow.objects.count() == 2


def test_count_goes_on_beyond_the_file(declarer, source, capsys):
    said = run(capsys, "simulate", "--source", str(source), "--count", "7", "--clients", "3")
    assert said["accepted"] == 3
    assert len(said["refused"]) == 4


def test_a_rate_is_kept(declarer, source, capsys):
    said = run(capsys, "simulate", "--source", str(source), "--count", "4", "--rate", "10")
    assert said["seconds"] >= 0.3


def test_wrong_usage_is_said(declarer, tmp_path, capsys):
    assert run(capsys, "simulate", "--source", str(tmp_path / "none")) == {"code": 2}
    assert run(capsys, "simulate", "--user", "nobody") == {"code": 2}
    assert run(capsys, "simulate", "--clients", "0") == {"code": 2}


def test_http_and_actions_declare_alike(declarer, source, live_server, capsys):
    options = ("--source", str(source), "--clients", "2", "--count", "6")
    http = run(capsys, "simulate", *options, "--via", "http", "--url", live_server.url)
    assert (http["accepted"], len(http["refused"])) == (2, 4)
    inside = run(capsys, "simulate", *options)
    assert inside["accepted"] == 2
    project()
    assert WorklistRow.objects.count() == 2


def test_no_answer_is_not_a_refusal(declarer, source, capsys):
    said = run(
        capsys, "simulate", "--source", str(source), "--via", "http", "--patience", "0",
        "--url", "http://127.0.0.1:9", "--token", "t",
    )  # fmt: skip
    assert said == {"code": 3}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("vaers-2021", ["line-1255", "line-1256", "vaers-952204", "vaers-965910", "vaers-975421"]),
        ("faers-2004q1", ["faers-4313725"]),
    ],
)
def test_real_cases_are_recorded_but_for_true_reasons(name, refused, declarer, capsys):
    source = CASES / f"{name}.jsonl"
    if not source.exists():
        pytest.skip("../shared/data/cases is not here")
    said = run(capsys, "simulate", "--source", str(source), "--clients", "2")
    assert [one["case"] for one in said["refused"]] == refused
    assert said["recorded"] == said["accepted"] == len(list(cases(source))) - len(refused)
    project()
    assert WorklistRow.objects.count() == said["recorded"]
    for projection in registry.projections():
        assert compare.compare(projection).differences == 0


def test_demo_cases_are_seeded_once(demo, capsys):
    first = run(capsys, "seed_cases")
    assert first == {"declared": len(ALL) + 1}
    project()
    rows = WorklistRow.objects.count()
    # The one that is withdrawn later stays: it was a case.
    assert rows == first["declared"]
    assert WorklistRow.objects.filter(status="withdrawn").count() == 1
    assert run(capsys, "seed_cases") == {"declared": 0}
    project()
    assert WorklistRow.objects.count() == rows


@pytest.mark.parametrize("minute", ["22:59", "23:01", "23:20"])
def test_demo_cases_are_possible_on_either_side_of_midnight_in_paris(demo, capsys, minute):
    with time_machine.travel(f"2025-11-23T{minute}:00Z", tick=False):
        assert run(capsys, "seed_cases") == {"declared": len(ALL) + 1}


def test_demo_cases_stay_out_of_a_real_site(db, settings, capsys):
    settings.DEMO = settings.DEBUG = False
    assert run(capsys, "seed_cases") == {"code": 2}
