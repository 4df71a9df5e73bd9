"""Whoever audits reads for a reason, and each reading is an event before anything is shown."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts import reading_queries, readings
from accounts.domain.reading_events import FileRead, ReadingReasonGiven
from accounts.domain.reading_words import Ground, Opened, Place
from accounts.readings import Opening, ReadingNotRecorded, ReasonNeeded
from compassionate import queries, sending
from compassionate.domain.vocabulary import DocumentKind
from compassionate.streams import document_id_of, request_stream
from events import compare, epochs, registry, store
from events.handle import history
from events.number import parse
from tests.api.conftest import Api
from tests.backoffice.access_desk import (
    HOME,
    granted,
    one,
    part,
    read,
    requested,
    taken_up,
)
from tests.backoffice.audited import LIST, asked, reasoned
from tests.compassionate import files
from tests.outage import database_away
from tests.portal.sending import browser, declared, projected, visible

pytestmark = pytest.mark.django_db

SECRET = "en progression"


@pytest.fixture
def dpo(agency):
    return browser(agency["dpo"])


def of_request(number: str) -> str:
    return request_stream(parse(number))


def events_of(user, file: str):
    """Return what is recorded of somebody's readings of a file today."""
    stream = readings.stream_of(str(user.public_id), file, timezone.now())
    return [one.event for one in history(stream)]


def test_a_reason_is_asked_before_anything_of_a_request_is_shown(agency, dpo) -> None:
    number = requested(agency)
    file, before = of_request(number), len(history(of_request(number)))
    first = dpo.get(one(number))
    assert first.status_code == 302
    assert first["Location"].startswith(asked(file))
    form = dpo.get(first["Location"])
    assert SECRET not in form.text
    assert number in visible(form.text)
    assert events_of(agency["dpo"], file) == []
    answer = reasoned(dpo, file, vers=one(number))
    assert answer["Location"] == one(number)
    page = read(dpo, one(number))
    assert SECRET in page
    assert "Votre lecture est enregistrée" in page
    given, opened = events_of(agency["dpo"], file)
    assert isinstance(given, ReadingReasonGiven)
    assert isinstance(opened, FileRead)
    assert (opened.by, opened.opened, opened.number) == (
        str(agency["dpo"].public_id), Opened.REQUEST, number,
    )  # fmt: skip
    assert (opened.ground, opened.reference, opened.place) == (
        Ground.COMPLAINT, "R 2026-12", Place.PAGE,
    )  # fmt: skip
    assert len(history(file)) == before


def test_the_reason_is_asked_once_and_each_opening_is_recorded(agency, dpo) -> None:
    number = requested(agency)
    authorisation = granted(agency, number)
    file = of_request(number)
    reasoned(dpo, file)
    page = dpo.get(one(number)).text
    letters = re.findall(r'href="(/acces/[^"]*/lettres/\d+/)"', page)
    assert len(letters) == 2
    for letter in letters:
        assert dpo.get(letter)["Content-Type"] == "application/pdf"
    assert "150 mg" in read(dpo, f"{HOME}autorisations/{authorisation}/")
    _, *opened = events_of(agency["dpo"], file)
    assert [(one.opened, one.number) for one in opened] == [
        (Opened.REQUEST, number),
        (Opened.LETTER, number),
        (Opened.LETTER, number),
        (Opened.AUTHORISATION, authorisation),
    ]
    assert all(one.letter for one in opened[1:3])


def test_a_document_is_opened_for_a_reason_and_each_time_it_is_recorded(agency, dpo) -> None:
    number = requested(agency)
    file, content = of_request(number), files.SMALL
    sending.attach_document(
        agency["ph.bernard"],
        parse(number),
        DocumentKind.LITERATURE,
        "Essai de phase III.pdf",
        content,
        idempotency_key="d",
    )
    document = document_id_of(parse(number), content)
    address = f"/acces/{number}/pieces/{document}/"
    first = dpo.get(address)
    assert (first.status_code, first["Location"].startswith(asked(file))) == (302, True)
    assert events_of(agency["dpo"], file) == []
    reasoned(dpo, file, vers=address)
    for _ in range(2):
        assert dpo.get(address).content == content
    _, *opened = events_of(agency["dpo"], file)
    said = (Opened.DOCUMENT, number, document)
    assert [(one.opened, one.number, one.document) for one in opened] == [said, said]
    projected()
    listed = dpo.get(LIST).text
    assert "Pièce jointe" in visible(listed)
    assert f'href="{address}"' in listed
    compared = compare.compare(registry.projection("readings"))
    assert (compared.rows, compared.differences) == (2, 0)
    epochs.halt(epochs.Missing(), store.head().epoch)
    assert dpo.get(address).status_code == 503


def test_a_letter_is_no_way_round_the_reason(agency, dpo) -> None:
    number = requested(agency)
    for address in (
        f"/acces/{number}/lettres/3/",
        f"{HOME}autorisations/{granted(agency, number)}/",
    ):
        answer = dpo.get(address)
        assert answer.status_code == 302, address
        assert answer["Location"].startswith(asked(of_request(number)))


def test_a_reading_that_cannot_be_recorded_does_not_happen(agency, dpo) -> None:
    number = requested(agency)
    file = of_request(number)
    reasoned(dpo, file)
    epochs.halt(epochs.Missing(), store.head().epoch)
    answer = dpo.get(one(number))
    assert answer.status_code == 503
    assert "doit être enregistrée" in visible(answer.text)
    letter = dpo.get(f"/acces/{number}/lettres/3/")
    assert letter.status_code == 503
    for shown in (answer, letter):
        assert SECRET not in shown.text
    assert SECRET in read(browser(agency["evaluateur"]), one(number))
    with pytest.raises(ReadingNotRecorded):
        queries.request(agency["dpo"], parse(number))


def test_with_the_database_away_nothing_is_shown(agency, dpo) -> None:
    number = requested(agency)
    reasoned(dpo, of_request(number))
    with database_away():
        answer = dpo.get(one(number))
    assert answer.status_code == 503
    assert SECRET not in answer.text


def test_lists_name_no_patient_to_whoever_audits(agency, dpo) -> None:
    # Letters that stand in no number: those have no I, L, O and U.
    number = requested(agency, part(patient_initials="UO"))
    for path in ("", "a-regulariser/", "silences/", "autorisations/", "mes-dossiers/"):
        page = dpo.get(HOME + path)
        assert page.status_code == 200, path
        assert "UO" not in visible(page.text)
    assert number in visible(dpo.get(HOME).text)
    assert "UO" in read(browser(agency["evaluateur"]), HOME)


def test_whoever_audits_changes_nothing(agency, dpo) -> None:
    number = requested(agency)
    reasoned(dpo, of_request(number))
    page = dpo.get(one(number)).text
    assert 'action="/agence/acces/demandes/' not in page
    posted = {"key": str(uuid4()), "version": "3", "prise-en-charge.no_interest": "yes"}
    assert dpo.post(f"{one(number)}prise-en-charge/", posted).status_code == 403
    taken_up(agency, number)


def test_the_api_asks_the_same_reason_and_records_the_same(agency) -> None:
    number = requested(agency)
    software, address = Api(agency["dpo"]), f"/authorisation-requests/{number}"
    refused = software.get(address)
    assert refused.status_code == 403
    assert refused.json()["code"] == "reading_reason_needed"
    assert SECRET not in refused.text
    reasoned(browser(agency["dpo"]), of_request(number))
    assert SECRET in software.get(address).text
    *_, opened = events_of(agency["dpo"], of_request(number))
    assert opened.place is Place.API
    row = software.get("/authorisation-requests").json()["results"][0]
    assert not row["patient"]


def test_no_prefilled_renewal_for_whoever_audits(agency) -> None:
    authorisation = granted(agency, requested(agency))
    assert Api(agency["dpo"]).get(f"/authorisations/{authorisation}/renewal").status_code == 403


def test_a_declaration_is_read_pseudonymised_and_recorded(agency, dpo) -> None:
    number = declared(browser(agency["dr.martin"]), patient__name_letters="OIL")
    file = f"declaration-{parse(number)}"
    asks = dpo.get(f"/agence/{number}/")
    assert asks["Location"].startswith(asked(file))
    reasoned(dpo, file)
    page = dpo.get(f"/agence/{number}/")
    assert page.status_code == 200
    assert "Urticaire" in page.text
    assert "OIL" not in visible(page.text)
    assert [type(one) for one in events_of(agency["dpo"], file)] == [ReadingReasonGiven, FileRead]
    assert dpo.get("/agence/").status_code == 403


def test_a_declaration_as_known_before_says_so_in_its_reading(agency, dpo) -> None:
    number = declared(browser(agency["dr.martin"]))
    file, then = f"declaration-{parse(number)}", timezone.now() + timedelta(minutes=1)
    reasoned(dpo, file)
    assert dpo.get(f"/agence/{number}/", {"as_of": then.isoformat()}).status_code == 200
    *_, opened = events_of(agency["dpo"], file)
    assert opened.as_of == then


def test_the_list_says_who_read_what_when_and_why(agency, dpo) -> None:
    number, other = requested(agency), requested(agency)
    for file in (number, other):
        reasoned(dpo, of_request(file))
        dpo.get(one(file))
    projected()
    page = read(dpo, LIST)
    for words in (
        "Marc Olivier",
        f"Demande {number}",
        f"Demande {other}",
        "Réclamation",
        "R 2026-12",
    ):
        assert words in page, words
    only = read(dpo, f"{LIST}?numero={number}")
    assert f"Demande {number}" in only
    assert f"Demande {other}" not in only
    assert "Ouvrir le dossier" in only
    assert "vérifiez-le" in read(dpo, f"{LIST}?numero=nothing")


def test_the_list_goes_on_page_by_page_and_is_the_fold_of_the_log(agency, dpo) -> None:
    number = requested(agency)
    reasoned(dpo, of_request(number))
    for _ in range(3):
        dpo.get(one(number))
    projected()
    first = reading_queries.readings(agency["dpo"], size=2)
    second = reading_queries.readings(agency["dpo"], size=2, cursor=first.next_cursor)
    found = [row.row_key for row in (*first.rows, *second.rows)]
    assert found == ["000004", "000003", "000002"]
    assert second.next_cursor is None
    compared = compare.compare(registry.projection("readings"))
    assert (compared.rows, compared.differences) == (3, 0)


@pytest.mark.parametrize("name", ["dr.martin", "ph.bernard", "evaluateur", "juriste", "operateur"])
def test_nobody_else_has_the_list_nor_the_form(agency, name) -> None:
    number = requested(agency)
    client = browser(agency[name])
    assert client.get(LIST).status_code == 403
    assert client.get(asked(of_request(number))).status_code == 403
    assert reasoned(client, of_request(number)).status_code == 403
    assert reasoned(client, "declaration-0198a000-0000-7000-8000-00000000000a").status_code == 403
    assert events_of(agency[name], of_request(number)) == []


def test_a_reason_is_of_one_file_and_one_reader(agency, dpo) -> None:
    number, other = requested(agency), requested(agency)
    reasoned(dpo, of_request(number))
    with pytest.raises(ReasonNeeded):
        queries.request(agency["dpo"], parse(other))
    with pytest.raises(ReasonNeeded):
        queries.request(agency["auditeur"], parse(number))


def test_what_is_lacking_in_a_reason_is_told_and_nothing_typed_is_lost(agency, dpo) -> None:
    number = requested(agency)
    answer = reasoned(dpo, of_request(number), ground="", reference="R 2026-77")
    page = visible(answer.text)
    assert answer.status_code == 422
    assert "Choisissez le motif" in page
    assert 'value="R 2026-77"' in answer.text
    lacking = visible(reasoned(dpo, of_request(number), ground="", reference="").text)
    assert "Choisissez le motif" in lacking
    assert "Donnez la référence" in lacking


@pytest.mark.parametrize("to", ["https://elsewhere.example/", "//elsewhere.example/", ""])
def test_a_reason_leads_nowhere_else(agency, dpo, to) -> None:
    number = requested(agency)
    assert reasoned(dpo, of_request(number), vers=to)["Location"] == one(number)


@pytest.mark.parametrize(
    "file", ["access_request-x", "people-1", "declaration-0198a000-0000-7000-8000-00000000000a"]
)
def test_there_is_no_reason_for_what_is_not_there(dpo, file) -> None:
    assert dpo.get(asked(file)).status_code == 404
    assert reasoned(dpo, file).status_code == 404


def test_only_whoever_audits_records_a_reading(agency) -> None:
    number = requested(agency)
    opening = Opening(opened=Opened.REQUEST, number=number)
    with pytest.raises(PermissionDenied):
        readings.record(agency["evaluateur"], of_request(number), opening)
