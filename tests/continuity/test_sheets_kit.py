"""The printed kit: one PDF, the same bytes each time, each number on its own two pages."""

import io
import json
import re
import subprocess
from dataclasses import replace
from datetime import date
from shutil import which

import pytest
from django.core.management import call_command

from continuity import sheet_kit, sheets
from continuity.domain.sheet_block import Block
from continuity.domain.sheet_content import SheetContent, label
from tests.continuity.sheet_desk import recorded
from tests.continuity.sheet_samples import SITE
from tests.portal.sending import projected

BLOCK = Block(site=SITE, first=7, last=9, holder="PUI & garde #1 *", valid_until=date(2027, 6, 30))


@pytest.fixture
def told(settings):
    settings.ON_CALL_PHONE, settings.ON_CALL_PHONE_ELSEWHERE = "+33 1 23 45 67 89", ""
    return settings


def text_of(pdf: bytes, page: int | None = None) -> str:
    if which("pdftotext") is None:
        pytest.skip("no pdftotext: install poppler-utils")
    pages = [] if page is None else ["-f", str(page), "-l", str(page)]
    read = subprocess.run(
        ["pdftotext", "-layout", *pages, "-", "-"], input=pdf, capture_output=True, check=True
    )
    return re.sub(r"[ \n]+", " ", read.stdout.decode())


def test_the_same_block_gives_the_same_bytes(told):
    pdf = sheet_kit.printed(BLOCK)
    assert pdf.startswith(b"%PDF-")
    assert sheet_kit.printed(BLOCK) == pdf
    assert sheet_kit.printed(replace(BLOCK, holder="Autre")) != pdf
    assert b"/CreationDate" not in pdf


@pytest.mark.parametrize("count", [1, 12])
def test_each_sheet_takes_two_pages_of_its_own(told, count):
    pdf = sheet_kit.printed(replace(BLOCK, last=BLOCK.first + count - 1))
    pages = max(int(found) for found in re.findall(rb"/Count (\d+)", pdf))
    assert pages == 2 + 2 * count


def test_the_first_page_says_whom_to_call_and_leaves_room_for_what_is_unset(told):
    first = text_of(sheet_kit.printed(BLOCK), 1)
    assert "+33 1 23 45 67 89" in first
    assert "second numéro (autre site) à compléter" in first
    assert "PUI & garde #1 *" in first
    assert "30/06/2027" in first
    assert "In English" in text_of(sheet_kit.printed(BLOCK), 2)


def test_every_number_and_every_field_is_printed(told):
    pdf = sheet_kit.printed(BLOCK)
    whole = text_of(pdf)
    for number in BLOCK.numbers:
        assert whole.count(str(number)) >= 2
    recto, verso = text_of(pdf, 3), text_of(pdf, 4)
    for name in SheetContent.__dataclass_fields__:
        assert label(name) in recto + verso, name
    assert str(BLOCK.numbers[0]) in recto
    assert str(BLOCK.numbers[0]) in verso


def run(*arguments: str) -> dict:
    out = io.StringIO()
    call_command("sheets", *arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


@pytest.mark.django_db
def test_an_operator_issues_prints_and_lists(told, tmp_path):
    made = run("issue", "--site", SITE, "--count", "3", "--holder", "PUI")
    assert made["block"] == f"{SITE}-00001-00003"
    assert run("issue", "--site", SITE, "--count", "2", "--holder", "PUI")["first"].startswith(
        f"DG-{SITE}-00004-"
    )
    file = tmp_path / "kit.pdf"
    run("kit", "--block", made["block"], "--out", str(file))
    assert file.read_bytes() == sheet_kit.printed(sheets.blocks_of(SITE).blocks[0])
    projected()
    assert [one["unused"] for one in run("list")["blocks"]] == [2, 3]


@pytest.mark.django_db
def test_a_sheet_that_waits_gives_another_exit_code_and_no_name(told, capsys):
    from tests.accounts.people import demo_people

    made = run("issue", "--site", SITE, "--count", "3", "--holder", "PUI")
    recorded(demo_people()["evaluateur"], made["last"])
    projected()
    out = io.StringIO()
    with pytest.raises(SystemExit) as left:
        call_command("sheets", "list", "--json", stdout=out)
    assert left.value.code == 3
    listed = json.loads(out.getvalue())
    assert [one["number"] for one in listed["waiting"]] == [made["last"]]
    assert len(listed["blocks"][0]["lacking"]) == 2
    assert "Zwingli" not in out.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "arguments",
    [
        ("issue", "--site", SITE),
        ("issue", "--site", "1", "--count", "3", "--holder", "x"),
        ("kit", "--block", "759900012-00001-00003", "--out", "x.pdf"),
        ("kit",),
    ],
)
def test_wrong_usage(arguments, capsys):
    with pytest.raises(SystemExit) as left:
        call_command("sheets", *arguments)
    assert left.value.code == 2
