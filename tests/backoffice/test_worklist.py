"""The reviewers' lists: most urgent first, filtered by address, within what a reader may see."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from uuid_utils.compat import uuid7

from accounts.models import User
from events import store
from events.event import stream_name
from events.number import parse
from pharmacovigilance import actions, queries
from pharmacovigilance.domain.report import Drug, Patient, Reaction, Report, Reporter
from pharmacovigilance.domain.vocabulary import Channel, SeriousnessCriterion, Sex
from tests.portal.sending import browser, projected, visible

pytestmark = pytest.mark.django_db

NUMBER = re.compile(r"/agence/([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{5})/\"")


@pytest.fixture
def reviewer(people) -> Client:
    return browser(people["evaluateur"])


@pytest.fixture
def cases(people) -> dict[str, str]:
    """Return numbers of declarations by what is special about them."""
    made = {
        "serious": declared(people, serious=True, days_ago=1),
        "mild": declared(people, days_ago=1),
        "late": declared(people, serious=True, days_ago=20),
        "incomplete": declared(people, complete=False),
        "lyon": declared(people, department="69", days_ago=2),
        "asked": declared(people, days_ago=3),
    }
    ask(people, made["asked"])
    projected()
    return made


def declared(
    people: dict[str, User],
    *,
    serious: bool = False,
    complete: bool = True,
    department: str = "75",
    days_ago: int = 0,
) -> str:
    report = Report(
        patient=Patient(sex=Sex.MALE if complete else None, name_letters="OIL"),
        reporter=Reporter(family_name="Zwingli", department_code=department),
        drugs=(Drug(name="Amoxicilline"),) if complete else (),
        reactions=(Reaction(term="Urticaire"),),
        seriousness=(SeriousnessCriterion.HOSPITALISATION,) if serious else (),
    )
    when = timezone.now() - timedelta(days=days_ago)
    done = actions.declare_adverse_event(
        people["dr.martin"],
        report,
        idempotency_key=f"{serious}{complete}{department}{days_ago}",
        channel=Channel.PORTAL,
        now=when,
    )
    return done.number


def ask(people: dict[str, User], number: str) -> None:
    """Have a reviewer ask for something."""
    form = {"text": "Quel lot ?", "key": str(uuid4())}
    answer = browser(people["evaluateur"]).post(f"/agence/{number}/question/", form)
    assert answer.status_code == 302


def listed(client: Client, path: str = "/agence/", **filters: str) -> list[str]:
    answer = client.get(path, filters)
    assert answer.status_code == 200
    return NUMBER.findall(answer.text)


def test_most_urgent_first_and_an_incomplete_case_by_its_receipt(reviewer: Client, cases) -> None:
    order = ["late", "serious", "asked", "lyon", "mild", "incomplete"]
    assert listed(reviewer) == [cases[name] for name in order]


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"grave": "oui"}, {"late", "serious"}),
        ({"grave": "non"}, {"mild", "incomplete", "lyon", "asked"}),
        ({"complet": "non"}, {"incomplete"}),
        ({"retard": "oui"}, {"late"}),
        ({"departement": "69"}, {"lyon"}),
        ({"centre": "lyon"}, {"lyon"}),
        ({"etat": "information_requested"}, {"asked"}),
        ({"etat": "declared"}, {"serious", "mild", "late", "incomplete", "lyon"}),
        ({"etat": "withdrawn"}, set()),
        ({"grave": "oui", "retard": "non"}, {"serious"}),
        ({"departement": "XX", "grave": "maybe", "etat": "nowhere", "centre": "x"}, None),
    ],
)
def test_filters_narrow_the_list(reviewer: Client, cases, filters, names) -> None:
    expected = set(cases) if names is None else names
    assert set(listed(reviewer, **filters)) == {cases[name] for name in expected}


def test_filters_stay_chosen_on_the_page(reviewer: Client, cases) -> None:
    html = reviewer.get("/agence/", {"grave": "oui", "departement": "69"}).text
    assert '<option value="oui" selected>' in html
    assert '<option value="69" selected>' in html
    assert "ne répond à ces filtres" in html


def test_time_left_is_said_in_words(reviewer: Client, cases) -> None:
    text = visible(reviewer.get("/agence/").text)
    assert "En retard de 5 jours" in text
    assert "Reste 14 jours" in text
    assert "Il manque : Médicament suspect" in text


def test_the_deadline_board_shows_each_clock_with_its_legal_source(
    reviewer: Client, cases
) -> None:
    board = listed(reviewer, "/agence/echeances/")
    assert board == [cases[name] for name in ["late", "serious", "asked", "lyon", "mild"]]
    text = visible(reviewer.get("/agence/echeances/").text)
    assert "R5121-156" in text
    assert "Transmission d’un cas grave à EudraVigilance" in text
    assert listed(reviewer, "/agence/echeances/", retard="oui") == [cases["late"]]
    assert listed(reviewer, "/agence/echeances/", departement="69") == [cases["lyon"]]


def test_a_clock_that_an_answer_restarted_is_not_said_to_be_a_follow_ups(
    reviewer: Client, people
) -> None:
    number = declared(people, serious=True, days_ago=1)
    ask(people, number)
    shown = queries.declaration(people["evaluateur"], parse(number))
    actions.answer_information(
        people["dr.martin"], shown.id, shown.questions[0].id, "FX12", idempotency_key="answer"
    )
    projected()
    for path in ("/agence/echeances/", f"/agence/{number}/"):
        text = visible(reviewer.get(path).text)
        assert "relancé par l’information complémentaire n° 1" in text
        assert "relancé par le complément" not in text


def test_a_centre_sees_only_its_departements(people, cases) -> None:
    centre = browser(people["crpv.paris"])
    assert cases["lyon"] not in listed(centre)
    assert cases["mild"] in listed(centre)
    assert cases["lyon"] not in listed(centre, "/agence/echeances/")
    assert listed(centre, departement="69") == []
    assert centre.get(f"/agence/{cases['lyon']}/").status_code == 404


@pytest.mark.parametrize("path", ["/agence/", "/agence/echeances/"])
def test_lists_name_no_patient_and_no_notifier(people, cases, path: str) -> None:
    for name in ("evaluateur", "signataire"):
        page = browser(people[name]).get(path)
        assert page.status_code == 200
        html = visible(page.text)
        assert cases["late"] in html
        assert "OIL" not in html
        assert "Zwingli" not in html
        assert "Claire" not in html


@pytest.mark.parametrize("path", ["/agence/", "/agence/echeances/"])
def test_lists_cost_few_queries_and_never_count(
    reviewer: Client, cases, path: str, django_assert_max_num_queries
) -> None:
    with django_assert_max_num_queries(4) as made:
        reviewer.get(path)
    assert not any("COUNT(" in query["sql"].upper() for query in made.captured_queries)


def test_a_long_list_is_turned_by_key(reviewer: Client, people) -> None:
    numbers = {declared(people, days_ago=day) for day in range(1, 54)}
    projected()
    first = reviewer.get("/agence/", {"grave": "non"}).text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    address = following.group(1).replace("&amp;", "&")
    assert "grave=non" in address
    second = reviewer.get("/agence/" + address).text
    pages = [NUMBER.findall(first), NUMBER.findall(second)]
    assert [len(page) for page in pages] == [50, 3]
    assert {*pages[0], *pages[1]} == numbers


def test_a_forged_cursor_is_not_an_error_of_ours(reviewer: Client, cases) -> None:
    for path in ["/agence/", "/agence/echeances/"]:
        assert reviewer.get(path, {"suite": "forged"}).status_code == 400


def test_a_withdrawn_case_stays_with_its_clocks_and_says_so(
    reviewer: Client, people, cases
) -> None:
    doctor = browser(people["dr.martin"])
    for name in ("late", "incomplete"):
        path = f"/declarations/{cases[name]}/retrait/"
        assert doctor.post(path, {"reason": "Doublon", "key": str(uuid4())}).status_code == 302
    projected()
    assert listed(reviewer, etat="withdrawn") == [cases["late"]]
    assert listed(reviewer)[0] == cases["late"]
    assert listed(reviewer, "/agence/echeances/")[0] == cases["late"]
    assert cases["incomplete"] not in listed(reviewer)
    page = visible(reviewer.get("/agence/", {"etat": "withdrawn"}).text)
    assert page.count("Retirée par le déclarant") == 2
    assert "En retard de 5 jours" in page


def test_a_row_says_what_it_waits_for_and_what_is_odd(reviewer: Client, people, cases) -> None:
    doctor = browser(people["dr.martin"])
    for text in ("Suite", "Fin"):
        path = f"/declarations/{cases['mild']}/complement/"
        shown = queries.declaration(people["dr.martin"], parse(cases["mild"]))
        body = {"narrative": text, "version": str(shown.version), "key": str(uuid4())}
        assert doctor.post(path, body).status_code == 302
    path = f"/declarations/{cases['mild']}/reponse/{uuid4()}/"
    assert doctor.post(path, {"text": "FX12", "key": str(uuid4())}).status_code == 302
    projected()
    text = visible(reviewer.get("/agence/", {"grave": "non", "departement": "75"}).text)
    assert "2 compléments" in text
    assert "À vérifier : " in text
    asked = visible(reviewer.get("/agence/", {"etat": "information_requested"}).text)
    assert "1 question sans réponse" in asked


def test_a_case_that_cannot_be_read_stays_on_the_list_and_is_named(
    reviewer: Client, people, cases
) -> None:
    """An event of a newer software parks its stream; its last readable row stays on show."""
    stream = stream_name("declaration", parse(cases["mild"]))
    from_tomorrow = store.NewEvent(
        type="pharmacovigilance.from_tomorrow",
        schema_version=1,
        payload="{}",
        occurred_at=timezone.now(),
        received_at=timezone.now(),
    )
    write = store.StreamWrite(stream=stream, expected_version=1, events=[from_tomorrow])
    store.append([write], store.Command(id=uuid7(), digest=b"d" * 32, metadata="{}"))
    projected()
    page = visible(reviewer.get("/agence/").content.decode())
    assert "ne peuvent pas être lus" in page
    assert page.count(cases["mild"]) == 2
    reviewer.raise_request_exception = False
    answer = reviewer.get(f"/agence/{cases['mild']}/")
    assert answer.status_code == 503
    assert "Rien n’est perdu" in answer.content.decode()
