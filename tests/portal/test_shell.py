"""The frame of every page: language, content policy, error pages, who sees which links."""

import gzip
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.db import OperationalError
from django.test import Client

from accounts.models import Role, User
from continuity import sheets
from continuity.beacon.journal import Journal
from continuity.beacon.watch import Entry, Kind, opened
from continuity.domain.sheet_content import SheetContent
from continuity.sheets import Named
from events.number import number_of
from pharmacovigilance import queries
from portal import pages as portal_pages
from tests.backoffice.audited import audit_pages
from tests.continuity.sheet_desk import issued, recorded
from tests.continuity.spooled import Row, put_aside
from tests.outage import database_away
from tests.portal.access import access_pages
from tests.portal.sending import (
    addresses,
    browser,
    declared,
    intake_browser,
    projected,
)

pytestmark = pytest.mark.django_db

PUBLIC = [
    "/",
    "/connexion/",
    "/declarer-sans-compte/",
    "/accessibilite/",
    "/mentions-legales/",
    "/donnees-personnelles/",
    "/status",
]
EXAMPLE = SheetContent(
    drug_name="Amoxicilline", reaction_term="Urticaire", department_code="75", called_back=True
)
INLINE = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=|\son\w+=|javascript:", re.I)


def every_page(people: dict[str, User], language: str = "fr") -> dict[str, str]:
    """Return the HTML of every page, each read by somebody who may."""
    return {name: answer.text for name, answer in every_answer(people, language).items()}


def every_answer(  # noqa: C901, PLR0915  one line a page
    people: dict[str, User], language: str = "fr"
) -> dict[str, Any]:
    """Return the answer of every page, each read by somebody who may."""
    doctor = browser(people["dr.martin"], language)
    reviewer = browser(people["evaluateur"], language)
    centre = browser(people["crpv.paris"], language)
    operator = browser(people["operateur"], language)
    number = declared(doctor, seriousness=["death"])
    key = {"key": "11111111-1111-4111-8111-111111111111"}
    reviewer.post(f"/agence/{number}/question/", {"text": "Lot ?"} | key)
    projected()
    here = f"/declarations/{number}/"
    read = {path: browser(None, language).get(path) for path in PUBLIC}
    for path in ["/", "/declarations/", "/declarations/nouvelle/", here]:
        read["doctor " + path] = doctor.get(path)
    for part in ["accuse/", "complement/", "retrait/", "?as_of=2026-01-01T00:00"]:
        read[here + part] = doctor.get(here + part)
    for path in ["/", "/agence/", "/agence/echeances/", f"/agence/{number}/"]:
        read["reviewer " + path] = reviewer.get(path)
        read["centre " + path] = centre.get(path)
    aside = f"/agence/mises-de-cote/{put_aside(Row(), sender=people['dr.martin'])}/"
    projected()
    for path in ["/agence/mises-de-cote/", "/agence/mises-de-cote/?reprises=oui", aside]:
        read["reviewer " + path] = reviewer.get(path)
        read["operator " + path] = operator.get(path)
    read["operator /agence/incidents/"] = operator.get("/agence/incidents/")
    read["reviewer, taken up wrong"] = reviewer.post(f"{aside}reprise/", key)
    pharmacist = browser(people["ph.bernard"], language)
    pages = sheet_pages(people, reviewer, centre, operator)
    pages = [*pages, *audit_pages(people, number, language)]
    for name, client, path in [*pages, *access_pages(people, doctor, pharmacist)]:
        read[f"{name} {path}"] = client.get(path)
    read["request, wrong"] = doctor.post("/acces/nouvelle/", {"do": "send"} | key)
    read["sheet, wrong"] = reviewer.post("/agence/fiches/nouvelle/", {"number": "7"} | key)
    read["block, wrong"] = operator.post("/agence/fiches/carnets/", {"site": "1"} | key)
    for path in ["/declarations/", "/declarations/?voir=toutes", "/declarations/nouvelle/"]:
        read["centre " + path] = centre.get(path)
    too_early = {"as_of": "2020-01-01"}
    read["too early"] = doctor.get(here, too_early)
    read["too early, reviewer"] = reviewer.get(f"/agence/{number}/", too_early)
    read["kept"] = browser(None, language).post(f"{here}retrait/", {"reason": "X"} | key)
    teller = intake_browser(people["dr.martin"], language)
    for path in ["/", "/declarations/nouvelle/", f"{here}complement/"]:
        read["declare only " + path] = teller.get(path)
    read["received"] = teller.post(f"{here}complement/", {"narrative": "Mieux."} | key)
    with database_away():
        for path in ["/", "/connexion/", f"{here}complement/", "/acces/"]:
            read["away " + path] = doctor.get(path)
        for path in ["/acces/complete/", "/acces/dispensation/"]:
            read["away " + path] = pharmacist.get(path)
    read["operator /"] = operator.get("/")
    read["wrong"] = doctor.post(
        "/declarations/nouvelle/", {"do": "send", "death_date": "2999", "drugs.0.cis": "1"}
    )
    read["missing"] = doctor.get("/rien/")
    assert {answer.status_code for answer in read.values()} == {200, 404, 422, 503}
    return read


def sheet_pages(
    people: dict[str, User], reviewer: Client, centre: Client, operator: Client
) -> list[tuple[str, Client, str]]:
    """Return who reads which page of numbered sheets; one waits in every way."""
    numbers = [str(number) for number in issued(people["operateur"], 6).numbers]
    filed = recorded(people["evaluateur"], numbers[0], content=EXAMPLE)
    other = replace(EXAMPLE, drug_batch_number="B8")
    recorded(people["evaluateur"], numbers[0], content=other)
    matched = recorded(people["evaluateur"], numbers[2], content=EXAMPLE)
    named = Named(recording=1, reference="K7QX-2M4P-9TRWC", differing=("drug_name",))
    sheets.match(people["evaluateur"], matched.id, named, "X", "k")
    lost = sheets.propose_lost(people["evaluateur"], numbers[4], "X", "k")
    alone = recorded(people["evaluateur"], "FEUILLE 12", content=EXAMPLE, written=True)
    projected()
    (case,) = queries.declarations(people["dr.martin"]).rows
    here = "/agence/fiches/"
    number = number_of(case.declaration_id)
    return [
        ("reviewer", reviewer, here),
        ("reviewer", reviewer, f"{here}?closes=oui"),
        ("reviewer", reviewer, f"{here}nouvelle/"),
        ("reviewer", reviewer, f"{here}carnets/"),
        ("operator", operator, f"{here}carnets/"),
        ("reviewer", reviewer, f"{here}manquante/{numbers[1]}/"),
        *[("reviewer", reviewer, f"{here}{one.id}/") for one in (filed, matched, lost, alone)],
        ("centre", centre, f"{here}{alone.id}/"),
        ("reviewer", reviewer, f"{here}{alone.id}/rapprochement/"),
        ("reviewer", reviewer, f"{here}{alone.id}/rapprochement/?declaration={number}"),
        ("centre", centre, f"{here}{alone.id}/declaration/"),
    ]


def test_no_page_has_inline_script_or_style_or_loads_from_elsewhere(people) -> None:
    for name, html in every_page(people).items():
        assert not INLINE.search(html), (name, INLINE.search(html))
        assert all(re.match(r"/|#|\?|$", address) for address in addresses(html)), name


def test_every_page_has_one_title_one_heading_landmarks_and_skip_links(people) -> None:
    for name, html in every_page(people).items():
        assert html.count("<title>") == 1, name
        assert re.search(r"<title>\s*[^—\s].* — Vigilance</title>", html), name
        assert html.count("<h1") == 1, name
        assert html.count('<main id="contenu"') == 1, name
        assert 'href="#contenu"' in html, name
        assert 'role="contentinfo"' in html, name


def test_every_field_has_a_label_and_every_id_is_unique(people) -> None:
    for name, html in every_page(people).items():
        ids = re.findall(r'\sid="([^"]+)"', html)
        assert len(ids) == len(set(ids)), (name, {one for one in ids if ids.count(one) > 1})
        labelled = set(re.findall(r'<label[^>]*for="([^"]+)"', html))
        fields = re.findall(r"<(?:input|select|textarea)\b[^>]*>", html)
        for field in fields:
            if 'type="hidden"' in field:
                continue
            identity = re.search(r'\sid="([^"]+)"', field)
            assert identity is not None, (name, field)
            assert identity.group(1) in labelled, (name, field)
        for described in re.findall(r'aria-describedby="([^"]+)"', html):
            assert described in ids, (name, described)


def test_every_form_that_writes_is_protected(people) -> None:
    for name, html in every_page(people).items():
        for form in re.findall(r'<form[^>]*method="post".*?</form>', html, re.DOTALL):
            assert "csrfmiddlewaretoken" in form, name


def test_what_a_session_or_a_form_was_shown_is_kept_by_no_cache(people) -> None:
    answers = every_answer(people)
    for name, answer in answers.items():
        cached = answer.headers.get("Cache-Control")
        if name not in PUBLIC:
            assert cached == "private, no-store", name
        elif name not in {"/connexion/", "/declarer-sans-compte/"}:
            assert cached is None, name
    api = browser(None).get("/api/v1/declarations")
    assert (api.status_code, api["Cache-Control"]) == (401, "private, no-store")


def test_pages_carry_a_strict_content_policy(people) -> None:
    policy = browser(people["dr.martin"]).get("/declarations/nouvelle/")["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


def test_french_unless_the_reader_chose_otherwise() -> None:
    client = Client(headers={"accept-language": "en-GB,en"})
    assert '<html lang="fr"' in client.get("/").text
    answer = client.post("/langue/setlang/", {"language": "en", "next": "/accessibilite/"})
    assert answer["Location"] == "/accessibilite/"
    page = client.get("/accessibilite/").text
    assert '<html lang="en"' in page
    assert "Accessibility statement" in page


@pytest.mark.parametrize(
    ("name", "links", "no_links"),
    [
        ("dr.martin", ["/declarations/nouvelle/", "/declarations/"], ["/agence/", "/admin/"]),
        ("ph.bernard", ["/declarations/nouvelle/"], ["/agence/"]),
        ("crpv.paris", ["/declarations/nouvelle/", "/agence/", "/agence/echeances/"], ["/admin/"]),
        ("evaluateur", ["/agence/", "/agence/echeances/"], ["/declarations/nouvelle/"]),
        ("signataire", ["/agence/"], ["/declarations/nouvelle/", "/admin/"]),
        ("operateur", ["/admin/"], ["/agence/", "/declarations/"]),
        ("pilote.pv", ["/declarations/nouvelle/", "/agence/", "/agence/fiches/"], ["/admin/"]),
        (
            "astreinte",
            ["/agence/incidents/", "/agence/fiches/nouvelle/"],
            ["/agence/", "/agence/fiches/", "/declarations/nouvelle/"],
        ),
        ("interne", [], ["/agence/", "/declarations/", "/declarations/nouvelle/"]),
        ("referentiel", [], ["/agence/", "/declarations/"]),
        ("juriste", [], ["/agence/", "/declarations/"]),
        ("dpo", [], ["/agence/", "/declarations/"]),
    ],
)
def test_home_shows_each_role_where_its_work_begins(
    people, name: str, links: list[str], no_links: list[str]
) -> None:
    found = set(addresses(browser(people[name]).get("/").text))
    assert set(links) <= found
    assert not found & set(no_links)


def test_a_person_without_role_is_told_so() -> None:
    user = User.objects.create(username="new", role="")
    assert "pas encore de rôle" in browser(user).get("/").text


def test_a_role_without_declarations_is_not_told_that_it_is_none(people) -> None:
    home = browser(people["juriste"]).get("/").text
    assert "pas encore de rôle" not in home
    assert "Votre rôle ne déclare ni" in home


def test_the_banner_of_a_demonstration(settings) -> None:
    settings.DEMO = True
    assert "données fictives" in browser(None).get("/").text
    settings.DEMO = False
    assert "données fictives" not in browser(None).get("/").text


@pytest.mark.parametrize(
    ("path", "status"),
    [("/rien/", 404), ("/declarations/PAS-UN-NUMERO/", 404), ("/agence/PAS-UN-NUMERO/", 404)],
)
def test_error_pages_name_nobody(people, path: str, status: int) -> None:
    user = people["crpv.paris"]
    answer = browser(user).get(path)
    assert answer.status_code == status
    assert user.last_name not in answer.text
    assert "PAS-UN-NUMERO" not in answer.text


@pytest.mark.parametrize(
    ("error", "status"), [(OperationalError("secret"), 503), (RuntimeError("secret"), 500)]
)
def test_a_failure_shows_a_page_without_its_reason(monkeypatch, error, status: int) -> None:
    def fails(_user: object) -> bool:
        raise error

    monkeypatch.setattr(portal_pages.access, "may_operate", fails)
    answer = browser(None).get("/")
    assert answer.status_code == status
    assert "secret" not in answer.text
    assert answer.headers.get("Retry-After") == ("10" if status == 503 else None)


def test_the_status_page_needs_no_database(people) -> None:
    client = browser(people["dr.martin"])
    assert "reçues normalement" in client.get("/status").text
    with database_away():
        answer = client.get("/status")
    assert answer.status_code == 200
    assert "Les déclarations sont reçues ; une partie du service est arrêtée" in answer.text


def test_the_doctors_home_shows_her_latest_declarations(people) -> None:
    doctor = browser(people["dr.martin"])
    numbers = [declared(doctor) for _ in range(6)]
    projected()
    html = doctor.get("/").text
    assert [number for number in numbers if number in html] == numbers[1:]


def test_a_first_page_weighs_less_than_100_kilobytes() -> None:
    """Compressed, with an empty cache, as the budget of the portal counts it."""
    client = browser(None)
    page = client.get("/")
    weight = len(gzip.compress(page.content))
    for address in re.findall(r'<(?:link|script)[^>]+(?:href|src)="([^"]+)"', page.text):
        asset = finders.find(address.removeprefix("/static/"))
        assert isinstance(asset, str), address
        weight += len(gzip.compress(Path(asset).read_bytes()))
    assert weight < 100_000


@pytest.mark.parametrize("role", Role)
def test_pages_that_are_not_for_a_role_say_so(role: Role) -> None:
    user = User.objects.create(username="somebody", role=role)
    client = browser(user)
    both = {Role.REGIONAL_CENTRE, Role.VIGILANCE_PILOT}
    declares = role in {Role.DOCTOR, Role.HOSPITAL_PHARMACIST, *both}
    reviews = role in {Role.REVIEWER, Role.SIGNATORY, *both}
    for path in ["/declarations/nouvelle/", "/declarations/"]:
        assert client.get(path).status_code == (200 if declares else 403), path
    for path in ["/agence/", "/agence/echeances/"]:
        assert client.get(path).status_code == (200 if reviews else 403), path


@pytest.mark.parametrize(
    "path", ["/declarations/", "/declarations/nouvelle/", "/agence/", "/agence/echeances/"]
)
def test_signed_out_readers_are_sent_to_sign_in_and_back(path: str) -> None:
    answer = browser(None).get(path)
    assert answer.status_code == 302
    assert answer["Location"] == f"/connexion/?next={path}"


def test_the_status_page_tells_of_the_incident_that_the_beacon_sees(
    db, client, settings, tmp_path
):
    settings.DATA_DIR = tmp_path
    began = datetime(2026, 6, 17, 16, 0, tzinfo=UTC)
    due = (began + timedelta(hours=2)).isoformat()
    told = {"text": "Les disques sont <remplacés>.", "next_update": due, "by": "astreinte"}
    Journal(tmp_path / "beacon").add(
        [opened(began, began), Entry(kind=Kind.BULLETIN, at=began, data=told)]
    )
    page = client.get("/status")
    assert page.status_code == 200
    for shown in ("INC-20260617-160000", "disques sont &lt;remplacés&gt;", "17/06/2026 20:00"):
        assert shown in page.text
    assert "astreinte" not in page.text
