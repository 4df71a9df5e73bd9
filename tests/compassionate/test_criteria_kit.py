"""The référentiel to keep for an outage: made of the signed file alone, the same bytes, dated on each page."""

import hashlib
import io
import json
import re
import subprocess
import sys
from base64 import b64encode
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from shutil import which

import pytest
from django.core.management import call_command
from django.utils import timezone

from compassionate import criteria_file, criteria_kit
from compassionate.criteria_file import Dated, Kept, Protocol, Signed
from compassionate.domain.criteria import CriteriaSheet, Criterion
from compassionate.domain.criteria_sheet import PrepareCriteria, PublishCriteria, PublishProtocol
from compassionate.domain.vocabulary import DeclareTo, ProductStatus
from events.keys import keyring
from tests.api.conftest import project
from tests.compassionate.samples import CRITERIA
from tests.compassionate.scene import AT, BEFORE, Scene, scene
from tests.compassionate.test_letters import HOSTILE, ROOT, flat, read
from tests.outage import database_away
from tests.portal.sending import browser, intake_browser, visible

__all__ = ["scene"]
ADDRESS = "/acces/referentiel/hors-ligne.pdf"
DIGEST, KEY = "cd" * 32, "0123456789abcdef"
pdftotext = pytest.mark.skipif(which("pdftotext") is None, reason="pdftotext is not installed")

WORDS = HOSTILE.replace("\ud800", "")
"""A file holds only what JSON does."""
LISTED = (
    Criterion(code="line", text="Au moins deux lignes antérieures"),
    Criterion(code="pregnancy", text="Grossesse en cours", required=False, may_not_apply=True),
)
SHEET = CriteriaSheet(
    product="nirogacestat",
    indication="desmoide",
    version=3,
    in_force_from=AT,
    criteria=LISTED,
    max_days=200,
)
PROTOCOL = Protocol(
    version=2,
    published_at=AT,
    document="ab" * 32,
    every_days=(15, 30, 90),
    declare_to=DeclareTo.RIGHTS_HOLDER,
)
DATED = Dated(
    since=None,
    sheet=SHEET,
    product_name="NIROGACESTAT",
    indication_text="Tumeurs desmoïdes en progression",
    protocol=PROTOCOL,
)
EARLY = Dated(
    since=None,
    sheet=CriteriaSheet(product="b", indication="i", status=ProductStatus.EARLY_ACCESS),
    product_name="BETA",
    indication_text="Une indication",
)


def signed(*sheets: Dated, made_at=AT) -> Signed:
    return Signed(kept=Kept(made_at=made_at, sheets=sheets), digest=DIGEST, key=KEY)


def said(*sheets: Dated) -> str:
    """Return everything that the document is given to say."""
    return json.dumps(criteria_kit._kit(signed(*sheets)), ensure_ascii=False)


def pages(pdf: bytes) -> int:
    return max(int(found) for found in re.findall(rb"/Count (\d+)", pdf))


def test_the_same_file_gives_the_same_bytes_in_pdf_a():
    pdf = criteria_kit.printed(signed(DATED, EARLY))
    assert criteria_kit.printed(signed(DATED, EARLY)) == pdf
    assert b"<pdfaid:part>2</pdfaid:part>" in pdf
    assert b"D:20261124" in pdf
    assert criteria_kit.printed(signed(DATED, made_at=AT + timedelta(hours=1))) != pdf


def test_another_process_makes_the_same_bytes():
    told = (
        "import django; django.setup(); import hashlib; from compassionate import criteria_kit; "
        "from tests.compassionate.test_criteria_kit import DATED, EARLY, signed; "
        "print(hashlib.sha256(criteria_kit.printed(signed(DATED, EARLY))).hexdigest())"
    )
    done = subprocess.run(
        [sys.executable, "-c", told], cwd=ROOT, capture_output=True, check=True, text=True
    )

    here = hashlib.sha256(criteria_kit.printed(signed(DATED, EARLY))).hexdigest()
    assert done.stdout.split()[-1] == here


def test_its_version_is_that_of_the_sheets_and_not_of_the_hour():
    version = criteria_kit.version_of(signed(DATED))
    assert criteria_kit.version_of(signed(DATED, made_at=AT + timedelta(days=9))) == version
    assert criteria_kit.version_of(signed(DATED, EARLY)) != version


def test_it_says_criteria_protocol_and_status_of_each_product_in_an_indication(settings):
    settings.ON_CALL_PHONE, settings.ON_CALL_PHONE_ELSEWHERE = "+33 1 23 45 67 89", ""
    text = said(EARLY, DATED)
    for words in (
        "Accès compassionnel (AAC)", "Accès précoce (AAP)", "Au moins deux lignes antérieures",
        "doit ne pas être rempli", "sans objet", "Critères, version 3", "200 jours", "ab" * 32,
        "15, 30, 90", "Titulaire", "+33 1 23 45 67 89", "à compléter",
        "Aucun critère n'est publié : chaque demande se justifie.", "aucun n'est publié",
    ):  # fmt: skip
        assert words in text, words
    assert text.index('"product": "BETA"') < text.index('"product": "NIROGACESTAT"')


def test_a_version_to_come_is_said_with_its_day_beside_the_one_in_force():
    later = replace(SHEET, version=4, criteria=LISTED[:1])
    coming = Dated(
        since=AT + timedelta(days=9),
        sheet=later,
        product_name="NIROGACESTAT",
        indication_text="Tumeurs desmoïdes en progression",
    )
    text = said(DATED, coming)
    assert "Critères, version 3" in text
    assert "À partir du 3\u00a0décembre\u00a02026 à 10\u00a0h\u00a000, critères, version 4" in text
    assert text.count('"product"') == 1


def test_a_very_early_access_says_whether_the_holder_undertook_to_file():
    early = replace(SHEET, very_early=True)
    assert "l'engagement du titulaire n'est pas reçu" in said(of_sheet(early))
    undertaken = replace(early, undertaking_on=AT.date())
    assert "Engagement du titulaire signé le" in said(of_sheet(undertaken))


def of_sheet(sheet: CriteriaSheet) -> Dated:
    return Dated(
        since=None, sheet=sheet, product_name="NIROGACESTAT", indication_text="Une indication"
    )


def test_no_word_is_taken_for_markup_and_no_sheets_make_a_document():
    hostile = replace(
        SHEET,
        product=WORDS,
        indication=WORDS,
        criteria=(Criterion(code=WORDS[:40], text=WORDS * 20),),
    )
    one = Dated(since=None, sheet=hostile, product_name=WORDS, indication_text=WORDS)
    assert criteria_kit.printed(signed(one)).startswith(b"%PDF-")
    assert pages(criteria_kit.printed(signed())) == 1


@pdftotext
def test_each_page_names_version_date_digest_and_key():
    many = [
        Dated(
            since=None, sheet=replace(SHEET, product=f"p{n}"), product_name=f"PRODUIT {n}",
            indication_text="Tumeurs", protocol=PROTOCOL,
        )
        for n in range(9)
    ]  # fmt: skip
    file = signed(*many)
    pdf = criteria_kit.printed(file)
    text = read(pdf)
    assert pages(pdf) >= 3
    version = criteria_kit.version_of(file)
    for words in (f"Version {version} – État du 24 novembre 2026 à 10 h 00", KEY, DIGEST):
        assert text.count(flat(words)) >= pages(pdf), words
    for words in ("Au moins deux lignes antérieures", "PRODUIT 8", "ab" * 32, "200 jours"):
        assert words in text, words


@pytest.fixture
def kept(scene: Scene, settings, tmp_path) -> Path:
    settings.DATA_DIR = tmp_path
    scene.sheet()
    protocol = {"document": "ab" * 32, "every_days": (30,), "declare_to": DeclareTo.BOTH}
    scene.act_on_sheet(PublishProtocol, protocol, now=BEFORE)
    project()
    criteria_file.write(AT)
    return tmp_path / "criteria.json"


@pytest.mark.django_db
def test_the_signed_file_tells_its_digest_its_key_and_the_protocol(kept: Path):
    file = criteria_file.signed()
    assert file is not None
    assert file.key == keyring().log_key_id
    assert file.kept.sheets[0].protocol == Protocol(
        version=1,
        published_at=BEFORE,
        document="ab" * 32,
        every_days=(30,),
        declare_to=DeclareTo.BOTH,
    )
    before = criteria_kit.printed(file)
    kept.write_text(kept.read_text().replace("ab" * 32, "ac" * 32))
    assert criteria_file.signed() is None
    criteria_file.write(AT)
    again = criteria_file.signed()
    assert again is not None
    assert criteria_kit.printed(again) == before


@pytest.mark.django_db
def test_a_file_that_was_written_before_protocols_were_in_it_is_still_read(kept: Path):
    whole = json.loads(kept.read_text())
    body = json.loads(whole["body"])
    for one in body["sheets"]:
        del one["protocol"]
    old = json.dumps(body)

    signature = b64encode(keyring().log.sign(criteria_file.PREFIX + old.encode())).decode()
    kept.write_text(json.dumps({"signature": signature, "body": old}))
    file = criteria_file.signed()
    assert file is not None
    assert file.kept.sheets[0].protocol is None
    assert criteria_kit.printed(file).startswith(b"%PDF-")


@pytest.mark.django_db
def test_criteria_to_come_are_in_it(scene: Scene, kept: Path):
    coming = AT + timedelta(days=9)
    prepared = {"criteria": CRITERIA[:1], "max_days": 100}
    scene.act_on_sheet(PrepareCriteria, prepared, scene.editor)
    scene.act_on_sheet(PublishCriteria, {"in_force_from": coming})
    project()
    criteria_file.write(AT)
    file = criteria_file.signed()
    assert file is not None
    assert [one.sheet.version for one in file.kept.sheets] == [1, 2]


@pytest.mark.django_db
def test_hospital_and_on_call_keep_it_also_while_the_database_is_away(scene: Scene, kept: Path):
    people = (scene.pharmacist, scene.doctor, scene.on_call, scene.evaluator)
    clients = [browser(person) for person in people]
    made = clients[0].get(ADDRESS)
    assert made["Content-Type"] == "application/pdf"
    assert re.search(r'"referentiel-2026-11-24-[0-9a-f]{12}\.pdf"', made["Content-Disposition"])
    assert {client.get(ADDRESS).content for client in clients} == {made.content}
    assert ADDRESS in clients[0].get("/acces/referentiel/").text
    assert ADDRESS in clients[2].get("/agence/acces/astreinte/").text
    nobody = browser(None)
    assert nobody.get(ADDRESS).status_code == 302
    assert intake_browser(scene.doctor).get(ADDRESS).status_code == 302
    with database_away():
        for client in (*clients, nobody):
            assert client.get(ADDRESS).content == made.content
        assert ADDRESS in clients[1].get("/acces/referentiel/").text
        kept.unlink()
        away = clients[0].get(ADDRESS)
        assert away.status_code == 503
        assert "La base" in visible(away.text)
    assert clients[0].get(ADDRESS).status_code == 404


@pytest.mark.django_db
def test_an_operator_writes_it_without_the_database(kept: Path, tmp_path):
    out = tmp_path / "referentiel.pdf"
    criteria_file.write(timezone.now())
    with database_away():
        told = run("--out", str(out))
    file = criteria_file.signed()
    assert file is not None
    assert out.read_bytes() == criteria_kit.printed(file)
    assert (told["sha256"], told["key"]) == (file.digest, file.key)
    assert told["version"] == criteria_kit.version_of(file)


@pytest.mark.django_db
def test_an_old_file_is_written_and_told_of_and_none_is_refused(kept: Path, tmp_path):
    out = tmp_path / "referentiel.pdf"
    criteria_file.write(timezone.now() - timedelta(days=2))
    with pytest.raises(SystemExit) as left:
        run("--out", str(out))
    assert left.value.code == 3
    assert out.exists()
    kept.unlink()
    with pytest.raises(SystemExit) as left:
        run("--out", str(out))
    assert left.value.code == 2


def run(*arguments: str) -> dict:
    out = io.StringIO()
    call_command("offline_criteria", *arguments, "--json", stdout=out)
    return json.loads(out.getvalue())
