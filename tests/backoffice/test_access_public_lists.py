"""The page of the lists that the ministers publish: its period, its files, who reads it."""

import json

import pytest

from tests.backoffice.access_desk import (
    LISTS,
    granted,
    read,
    requested,
    today,
)
from tests.portal.sending import browser, visible

pytestmark = pytest.mark.django_db


def asked(since: str, until: str, file: str = "") -> str:
    return f"{LISTS}?periode.du={since}&periode.au={until}&fichier={file}"


def test_a_period_is_counted_and_downloaded(agency) -> None:
    granted(agency, requested(agency))
    lawyer = browser(agency["juriste"])
    assert "Aucune autorisation n’a changé" in read(lawyer, LISTS)
    page = read(lawyer, asked(today(), today()))
    assert "NIROGACESTAT" in page
    assert "&lt; 5" in page
    cells = lawyer.get(asked(today(), today())).text
    assert cells.count('<td data-label="Octroyées">&lt; 5</td>') == 2
    assert "<td>" not in cells
    assert "Hors référentiel" not in page
    csv = lawyer.get(asked(today(), today(), "csv"))
    assert csv["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert csv["Content-Disposition"].startswith('attachment; filename="autorisations-')
    assert csv.content.splitlines()[1].endswith(b"Tumeurs desmo\xc3\xafdes,< 5,0,0,0")
    found = json.loads(lawyer.get(asked(today(), today(), "json")).content)
    assert found["lines"][0]["granted"] == "< 5"
    assert "150 mg" not in page + csv.content.decode() + json.dumps(found)


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [
        ("", "31/01/2026", "Écrivez un jour entier"),
        ("31/02/2026", "31/03/2026", "Écrivez un jour entier"),
        ("01/02/2026", "31/01/2026", "Ce jour précède le premier"),
    ],
)
def test_a_period_that_is_none_is_told_at_its_field(agency, since, until, words) -> None:
    answer = browser(agency["evaluateur"]).get(asked(since, until, "csv"))
    assert answer.status_code == 422
    assert words in visible(answer.text)


@pytest.mark.parametrize(
    "name", ["auditeur", "astreinte", "referentiel", "dr.martin", "ph.bernard"]
)
def test_nobody_else_reads_them(agency, name) -> None:
    for file in ("", "csv", "json"):
        assert browser(agency[name]).get(asked(today(), today(), file)).status_code == 403
