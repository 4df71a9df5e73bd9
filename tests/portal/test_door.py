"""The door without account: who says what she is, is received at once, unverified, and reads nothing."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from accounts.door import stranger
from accounts.models import User
from events.drain import Drainer
from events.event import stream_name
from events.handle import history
from events.number import parse
from pharmacovigilance import actions, queries
from pharmacovigilance.domain.report import Drug, Reaction, Report, Reporter
from pharmacovigilance.domain.vocabulary import Channel
from tests.outage import database_away
from tests.portal.sending import LEAST, browser, projected, visible

pytestmark = pytest.mark.django_db

DOOR = "/declarer-sans-compte/"
RPPS = "10009999912"
SAID = LEAST | {
    "reporter.family_name": "Durand",
    "reporter.rpps": "100 0999 9912",
    "reporter.phone": "01 42 00 00 00",
    "reporter.profession": "physician",
    "reporter.institution": "Cabinet de la place",
    "reporter.department_code": "75",
}


def sent(client: Client, **changed: str):
    answers = {name.replace("__", "."): value for name, value in changed.items()}
    return client.post(DOOR, SAID | {"do": "send", "key": str(uuid4())} | answers)


def number_in(answer) -> str:
    assert answer.status_code == 200, visible(answer.text)
    return str(answer.context["done"].number)


@pytest.fixture
def reviewer(people) -> User:
    return people["evaluateur"]


def test_a_doctor_without_account_declares(people) -> None:
    page = browser(None).get(DOOR)
    assert page.status_code == 200
    for name in ("family_name", "rpps", "phone", "email", "institution"):
        assert f'name="reporter.{name}"' in page.text
    assert "Pas possible : relire" in visible(page.text)
    answer = sent(browser(None))
    number = number_in(answer)
    assert number in visible(answer.text)
    assert "Votre identité n’est pas vérifiée" in answer.text
    centre = queries.declaration(people["crpv.paris"], parse(number))
    assert centre.facts.unverified
    assert centre.facts.valid
    assert (centre.facts.declarant, centre.facts.institution) == (None, None)
    reporter = centre.report.reporter
    assert (reporter.family_name, reporter.rpps) == ("Durand", RPPS)
    assert (reporter.phone, reporter.profession) == ("01 42 00 00 00", "physician")
    assert centre.facts.department == "75"


def test_the_centre_reads_who_it_is_and_the_agency_does_not(people, reviewer: User) -> None:
    number = number_in(sent(browser(None)))
    centre = browser(people["crpv.paris"]).get(f"/agence/{number}/").text
    agency = browser(reviewer).get(f"/agence/{number}/").text
    assert RPPS in centre
    assert "Durand" in centre
    assert RPPS not in agency
    assert "Durand" not in agency
    assert "déclarant non vérifié" in visible(agency)


def test_where_no_centre_follows_the_agency_calls_her_back(people, reviewer: User) -> None:
    """An overseas collectivity has no centre: the agency itself received the declaration."""
    number = number_in(sent(browser(None), reporter__department_code="987"))
    agency = browser(reviewer)
    page = visible(agency.get(f"/agence/{number}/").text)
    assert "Durand" in page
    assert "01 42 00 00 00" in page
    told = agency.post(
        f"/declarations/{number}/complement/",
        {"do": "send", "key": str(uuid4()), "version": "1", "narrative": "Rappelée, vérifiée."}
        | {"known.drugs": "1", "known.reactions": "1"},
    )
    assert told.status_code == 302, visible(told.text)
    report = queries.declaration(reviewer, parse(number)).report
    assert "Rappelée, vérifiée." in (report.narrative or "")
    assert browser(people["signataire"]).get(f"/declarations/{number}/").status_code == 200
    signatory = visible(browser(people["signataire"]).get(f"/agence/{number}/").text)
    assert "Durand" not in signatory


def test_one_without_a_place_that_waited_is_recorded_all_the_same(people, reviewer: User) -> None:
    """The page asks for it; what was taken before it did is not lost."""
    report = Report(
        drugs=(Drug(name="Amoxicilline"),),
        reactions=(Reaction(term="Urticaire"),),
        reporter=Reporter(family_name="Durand", rpps=RPPS, phone="01 42 00 00 00"),
    )
    with database_away():
        done = actions.declare_adverse_event(
            stranger(RPPS), report, idempotency_key="k", channel=Channel.PORTAL
        )
    assert done.version is None
    assert Drainer(grace=timedelta(0)).once().drained == 1
    assert "Durand" in visible(browser(reviewer).get(f"/agence/{done.number}/").text)


def test_nothing_declared_there_is_in_clear_in_the_log(people) -> None:
    from events.models import Event

    number = number_in(sent(browser(None)))
    rows = Event.objects.filter(stream=stream_name("declaration", parse(number)))
    (row,) = rows.values_list("payload", "metadata")
    for secret in (RPPS, "Durand", "01 42 00 00 00", "Cabinet de la place"):
        assert secret not in str(row)
    (recorded,) = history(stream_name("declaration", parse(number)))
    assert recorded.metadata["actor"]["id"] == str(stranger(RPPS).public_id)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("reporter.family_name", "", "Indiquez votre nom."),
        ("reporter.rpps", "", "Indiquez votre numéro RPPS."),
        ("reporter.rpps", "10009999913", "Un numéro RPPS a 11 chiffres, le dernier est une clé."),
        ("reporter.rpps", "abc", "Un numéro RPPS a 11 chiffres, le dernier est une clé."),
        ("reporter.phone", "12", "Indiquez le téléphone où vous rappeler."),
        (
            "reporter.department_code",
            " ",
            "Indiquez votre département : son centre régional vous rappellera.",
        ),
        (
            "reporter.department_code",
            "Paris",
            "Ce code de département n’existe pas : 01 à 95, 2A, 2B, 971 à 988.",
        ),
        ("reporter.email", "x", "Cette adresse électronique n’a pas la forme nom@domaine."),
    ],
)
def test_what_is_missing_or_wrong_is_said_at_its_field(
    people, field: str, value: str, sentence: str
) -> None:
    answer = browser(None).post(DOOR, SAID | {"do": "send", "key": str(uuid4()), field: value})
    assert answer.status_code == 422
    assert answer.text.count(f'<p class="fr-message fr-message--error">{sentence}</p>') == 1
    assert "Éruption une heure après" in answer.text


def test_every_error_is_said_at_once(people) -> None:
    answer = browser(None).post(DOOR, {"do": "send", "death_date": "2999"})
    text = visible(answer.text)
    for sentence in ("Indiquez votre nom.", "Indiquez votre numéro RPPS.", "téléphone où"):
        assert sentence in text
    assert answer.text.count("fr-message--error") > 3


def test_sent_twice_it_is_declared_once(people, reviewer: User) -> None:
    key = str(uuid4())
    first, second = (sent(browser(None), key=key) for _ in range(2))
    assert number_in(first) == number_in(second)
    projected()
    assert len(queries.worklist(reviewer).rows) == 1


def test_another_doctor_with_the_same_key_is_another(people) -> None:
    key = str(uuid4())
    first = sent(browser(None), key=key)
    second = sent(browser(None), key=key, reporter__rpps="10009999920")
    assert number_in(first) != number_in(second)


def test_the_quota_holds_and_lets_a_death_through(people, settings) -> None:
    settings.DOOR_PER_HOUR = 2
    client = browser(None)
    statuses = [sent(client).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    refused = sent(client)
    assert int(refused["Retry-After"]) > 3500
    assert "Trop de déclarations sans compte" in refused.text
    assert "Éruption une heure après" in refused.text
    deaths = [
        sent(client, seriousness="death"),
        sent(client, death_date="01/04/2026"),
        sent(client, reactions__0__outcome="fatal"),
    ]
    assert [answer.status_code for answer in deaths] == [200, 200, 200]
    elsewhere = Client(REMOTE_ADDR="192.0.2.77", raise_request_exception=False)
    assert sent(elsewhere).status_code == 200
    spoofed = Client(headers={"X-Forwarded-For": "192.0.2.78"}, raise_request_exception=False)
    assert sent(spoofed).status_code == 429


def test_one_key_does_not_pass_the_quota_under_many_names(people, settings) -> None:
    settings.DOOR_PER_HOUR = 1
    key = str(uuid4())
    assert sent(browser(None), key=key).status_code == 200
    assert sent(browser(None), key=key).status_code == 200
    assert sent(browser(None), key=key, reporter__rpps="10009999920").status_code == 429


def test_the_quota_does_not_advise_to_sign_in_while_nobody_can(people, settings) -> None:
    settings.DOOR_PER_HOUR = 0
    assert "Connectez-vous" in sent(browser(None)).text
    with database_away():
        refused = sent(browser(None))
    assert refused.status_code == 429
    assert "Trop de déclarations sans compte" in refused.text
    assert "Connectez-vous" not in refused.text


def test_in_an_outage_the_browser_is_told_what_to_keep(people) -> None:
    client = browser(None)
    with database_away():
        page = sent(client)
        receipt = page.context["done"].receipt_id
        assert f'data-receipt="{receipt}" data-state="spooled"' in page.text
        copy = client.get(f"/recus/{receipt}/copie")
    assert set(copy.json()) == {"header", "sealed", "receipt", "mark"}


def test_what_is_refused_counts_for_nothing(people, settings) -> None:
    settings.DOOR_PER_HOUR = 1
    client = browser(None)
    assert sent(client, reporter__rpps="1").status_code == 422
    assert client.post(DOOR, SAID | {"do": "add:drugs"}).status_code == 200
    assert sent(client).status_code == 200


def test_it_reads_nothing_afterwards(people) -> None:
    client = browser(None)
    number = number_in(sent(client))
    for part in ("", "accuse/", "complement/", "retrait/"):
        answer = client.get(f"/declarations/{number}/{part}")
        assert answer.status_code == 302
        assert answer["Location"].startswith("/connexion/")


def test_its_owner_by_number_alone_is_nobody(people) -> None:
    """An account with the same RPPS number does not become the declarant of what is unverified."""
    number = number_in(sent(browser(None)))
    assert people["dr.martin"].rpps == RPPS
    assert browser(people["dr.martin"]).get(f"/declarations/{number}/").status_code == 404


def test_a_form_whose_session_ended_goes_through_the_door_with_its_text(people) -> None:
    client = browser(None)
    expired = client.post("/declarations/nouvelle/", LEAST | {"do": "send", "key": str(uuid4())})
    assert f'formaction="{DOOR}"' in expired.text
    taken_over = client.post(DOOR, LEAST | {"do": "stay", "key": str(uuid4())})
    assert taken_over.status_code == 200
    assert "Éruption une heure après" in taken_over.text
    assert 'name="reporter.rpps"' in taken_over.text


def test_it_is_protected_against_other_sites(people) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(DOOR, SAID | {"do": "send", "key": str(uuid4())})
    assert answer.status_code == 403
    assert "Éruption une heure après" in answer.text


def test_a_transcribed_receipt_cannot_be_claimed_there(people) -> None:
    answer = sent(browser(None), received_at="01/01/2026", channel="paper")
    assert answer.status_code == 422
    assert "Seul un centre régional" in answer.text
