"""From an authorisation to a declaration and back: one click links, and each reads what she may."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import Role
from compassionate import acting, hospital
from compassionate.domain.follow_up import UnlinkAdverseEvent
from compassionate.streams import authorisation_facts
from events.drain import Drainer
from events.number import parse
from tests.backoffice.audited import reasoned
from tests.outage import database_away
from tests.portal import access
from tests.portal.access import colleague, drafted, granted, number_in, published, sent_to_agency
from tests.portal.catalogue import french_left
from tests.portal.sending import LEAST, browser, declared, projected, visible

pytestmark = pytest.mark.django_db

LINKED = "Autorisation d’accès compassionnel liée"
OFFER = "Lier à l’autorisation"


@pytest.fixture
def number(doctor, pharmacist, people) -> str:
    """Return the number of an authorisation."""
    request = number_in(drafted(doctor, published(people)))
    sent_to_agency(pharmacist, request)
    return granted(people, request)


def form_from(client: Client, number: str) -> dict[str, str]:
    """Return what the form of a declaration that is begun on an authorisation's page would post."""
    page = client.get(f"/acces/autorisations/{number}/").text
    address = re.search(r'href="(/declarations/nouvelle/\?[^"]+)"', page)
    assert address is not None
    return access.fields_of(client.get(address[1].replace("&amp;", "&")).text)


def sent_from(client: Client, number: str) -> str:
    """Declare from an authorisation's page, through another row; return where that leads."""
    again = client.post("/declarations/nouvelle/", form_from(client, number) | {"do": "add:drugs"})
    form = access.fields_of(again.text) | LEAST | {"do": "send"}
    answer = client.post("/declarations/nouvelle/", form)
    assert answer.status_code == 302, visible(answer.text)
    return str(answer["Location"])


def click(client: Client, html: str, number: str):
    """Press the button that links."""
    path = f"/acces/autorisations/{number}/effet/"
    form = re.search(rf'<form method="post" action="{path}".*?</form>', html, re.DOTALL)
    assert form is not None, visible(html)
    posted = dict(re.findall(r'name="([a-z]+)" value="([^"]*)"', form[0]))
    return client.post(path, posted)


def linked_declaration(client: Client, number: str) -> str:
    """Declare, link, and bring the lists up to date; return the declaration's number."""
    declaration = declared(client)
    page = client.get(f"/declarations/{declaration}/?autorisation={number}").text
    assert click(client, page, number).status_code == 302
    projected()
    return declaration


def test_what_is_declared_from_an_authorisation_is_linked_in_one_click(doctor, number) -> None:
    place, hospitals = sent_from(doctor, number), f"/acces/autorisations/{number}/"
    declaration = place.split("/")[2]
    assert place == f"/declarations/{declaration}/accuse/?autorisation={number}"
    receipt, page = doctor.get(place).text, doctor.get(place.replace("accuse/", "")).text
    for html in (receipt, page):
        assert f"{OFFER} {number}" in visible(html)
        assert LINKED not in html
    # Twice the same button, and one of another window: it is linked once.
    for html in (receipt, receipt, page):
        done = click(doctor, html, number)
        assert (done.status_code, done["Location"]) == (302, hospitals)
    assert hospital.follow_up(authorisation_facts(number)).linked == {parse(declaration)}
    assert f'href="/declarations/{declaration}/"' in doctor.get(hospitals).text
    projected()
    for html in (doctor.get(place).text, doctor.get(f"/declarations/{declaration}/").text):
        assert f"{LINKED} {number} : En vigueur" in re.sub(r"\s+", " ", visible(html))
        assert f'href="{hospitals}"' in html
        assert OFFER not in html


def test_nothing_is_offered_unasked_or_to_whoever_may_not_link(doctor, number, people) -> None:
    declaration = declared(doctor)
    path = f"/declarations/{declaration}/"
    asked = f"{path}?autorisation={number}"
    for address in (path, f"{path}?autorisation=AAC-K7QX-2M4P-9TRWC", f"{path}?autorisation=DM"):
        assert OFFER not in doctor.get(address).text
    assert OFFER in doctor.get(asked).text
    assert OFFER not in doctor.get(f"{asked}&as_of=2999-01-01T00:00").text
    for name in ("evaluateur", "signataire", "crpv.paris"):
        html = browser(people[name]).get(asked).text
        assert declaration in html, name
        assert OFFER not in html, name
    elsewhere = browser(colleague(people, "ailleurs", Role.DOCTOR, institution=None))
    own = declared(elsewhere)
    html = elsewhere.get(f"/declarations/{own}/?autorisation={number}").text
    assert own in html
    assert number not in visible(html)
    # Nor does a click that nobody offered link anything.
    posted = {"number": own, "key": str(uuid4()), "do": "link"}
    refused = elsewhere.post(f"/acces/autorisations/{number}/effet/", posted)
    assert refused.status_code in {403, 404}
    assert hospital.follow_up(authorisation_facts(number)).linked == frozenset()


def test_each_reads_of_a_link_what_her_rights_allow(doctor, pharmacist, number, people) -> None:
    declaration = linked_declaration(doctor, number)
    case, own = f"/agence/{declaration}/", f"/declarations/{declaration}/"
    agencys, hospitals = (
        f"/agence/acces/autorisations/{number}/",
        f"/acces/autorisations/{number}/",
    )
    pilot = colleague(people, "pilote", Role.VIGILANCE_PILOT, institution=None)
    auditor = browser(people["dpo"])
    reasoned(auditor, f"declaration-{parse(declaration)}")
    seen = [
        (browser(people["evaluateur"]), case, agencys),
        (browser(people["signataire"]), case, agencys),
        (auditor, case, agencys),
        (browser(pilot), case, hospitals),
        (doctor, own, hospitals),
        (pharmacist, own, hospitals),
    ]
    for client, path, leads_to in seen:
        html = client.get(path).text
        assert LINKED in html, path
        assert f'href="{leads_to}"' in html, path
        assert LINKED not in client.get(f"{path}?as_of=2999-01-01T00:00").text
        # The way goes on: an auditor gives a reason there first.
        assert client.get(leads_to).status_code in ({302, 403} if client is auditor else {200})
    centre = browser(people["crpv.paris"])
    for path in (case, own):
        html = centre.get(path).text
        assert declaration in html
        assert number not in html


def test_a_hospital_reads_nothing_of_anothers_authorisation(doctor, number, people) -> None:
    elsewhere = colleague(people, "ailleurs", Role.DOCTOR, institution=None)
    own = declared(browser(elsewhere))
    pilot = browser(colleague(people, "pilote", Role.VIGILANCE_PILOT, institution=None))
    page = pilot.get(f"/declarations/{own}/?autorisation={number}").text
    assert click(pilot, page, number).status_code == 302
    projected()
    assert number in pilot.get(f"/agence/{own}/").text
    html = browser(elsewhere).get(f"/declarations/{own}/").text
    assert own in html
    assert number not in html


def test_what_was_unlinked_is_shown_no_more(doctor, number, people) -> None:
    declaration = linked_declaration(doctor, number)
    reviewer = browser(people["evaluateur"])
    assert number in reviewer.get(f"/agence/{declaration}/").text
    said = {"declaration_id": parse(declaration), "reason": "Autre patient."}
    acting.act_on_follow_up(
        people["dr.martin"], number, UnlinkAdverseEvent, said, idempotency_key="u"
    )
    for _lists in ("as they were", "as they are"):
        assert number not in reviewer.get(f"/agence/{declaration}/").text
        assert number not in doctor.get(f"/declarations/{declaration}/").text
        projected()


def test_a_refused_question_comes_back_beside_the_same_link(doctor, number, people) -> None:
    declaration = linked_declaration(doctor, number)
    posted = {"text": " ", "key": str(uuid4())}
    refused = browser(people["evaluateur"]).post(f"/agence/{declaration}/question/", posted)
    assert refused.status_code == 422
    assert number in refused.text


def test_in_an_outage_it_is_said_that_it_can_be_linked_once_recorded(doctor, number) -> None:
    known = declared(doctor)
    form = form_from(doctor, number) | LEAST | {"do": "send"}
    with database_away():
        answer = doctor.post("/declarations/nouvelle/", form)
        place = str(answer["Location"])
        assert re.fullmatch(rf"/recus/n1-[0-9a-z-]+/\?autorisation={number}", place)
        html = doctor.get(place).text
        assert f"pourra être liée à l’autorisation {number}" in visible(html)
        assert f'href="{place}"' in html
        posted = {"number": known, "key": str(uuid4()), "do": "link"}
        kept = doctor.post(f"/acces/autorisations/{number}/effet/", posted)
        assert kept.status_code == 503
        assert f'value="{known}"' in kept.text
    assert Drainer(grace=timedelta(0)).once().drained == 1
    html = doctor.get(place).text
    assert "permet de la lier" in visible(html)
    address = re.search(rf'href="(/declarations/[0-9A-Z-]+/\?autorisation={number})"', html)
    assert address is not None
    assert click(doctor, doctor.get(address[1]).text, number).status_code == 302
    assert len(hospital.follow_up(authorisation_facts(number)).linked) == 1


def test_it_is_read_in_english(doctor, number, people) -> None:
    reader = browser(people["dr.martin"], "en")
    declaration = linked_declaration(doctor, number)
    place = sent_from(reader, number)
    with database_away():
        form = form_in_outage(reader, number)
        away = reader.post("/declarations/nouvelle/", form)
        received = reader.get(away["Location"]).text
    pages = {
        "form": visible(reader.get(f"/declarations/nouvelle/?autorisation={number}").text),
        "offered": visible(reader.get(place).text),
        "linked": visible(reader.get(f"/declarations/{declaration}/").text),
        "received": visible(received),
    }
    assert "a button links it to authorisation" in pages["form"]
    assert f"Link to authorisation {number}" in pages["offered"]
    assert "Linked compassionate-access authorisation" in pages["linked"]
    assert "can be linked to authorisation" in pages["received"]
    assert french_left(pages, tuple(LEAST.values())) == {}


def form_in_outage(client: Client, number: str) -> dict[str, str]:
    """Return what the form would post that is opened while the log is away."""
    page = client.get(f"/declarations/nouvelle/?autorisation={number}")
    return access.fields_of(page.text) | LEAST | {"do": "send"}
