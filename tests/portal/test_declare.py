"""The declaration form: one send, one declaration; whatever happens, nothing typed is lost."""

import re
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.test import Client

from accounts.models import User
from events.number import parse
from pharmacovigilance import actions, queries
from pharmacovigilance.domain.dates import PARIS
from pharmacovigilance.domain.report import Report
from pharmacovigilance.domain.vocabulary import Channel
from portal import declare as page
from portal.report_fields import ROWS, SINGLES, Kind
from tests.portal.sending import LEAST, browser, declared, projected, send, visible

pytestmark = pytest.mark.django_db

FORM = "/declarations/nouvelle/"
LONG = "é" * 2_000_000


def how_many(user: User) -> int:
    projected()
    return len(queries.declarations(user, size=100).rows)


def test_the_form_knows_who_declares_and_what_door_was_taken(doctor: Client) -> None:
    html = doctor.get(FORM, {"produit": "vaccine"}).text
    assert 'name="reporter.family_name" value="Martin"' in html
    assert 'name="reporter.department_code" value="75"' in html
    assert '<option value="vaccine" selected>' in html


def test_the_least_declaration_is_received_and_valid(doctor: Client, people) -> None:
    number = declared(doctor)
    receipt = doctor.get(f"/declarations/{number}/accuse/").text
    assert number in receipt
    assert "Votre déclaration est reçue" in receipt
    assert "CRPV de Paris" in receipt
    shown = queries.declaration(people["dr.martin"], parse(number))
    assert shown.facts.valid
    assert shown.facts.channel == "portal"


def test_every_answer_of_the_form_reaches_the_log(doctor: Client, people) -> None:
    answers: dict[str, str | list[str]] = {}
    for field in SINGLES:
        answers[field.name] = sample(field)
    for prefix, fields in ROWS.items():
        for field in fields:
            answers[f"{prefix}.0.{field.name}"] = sample(field)
    answers |= {
        "drugs.0.cis": "60001234",
        "drugs.0.cip": "3400930000014",
        "patient.birth_date": "02/1991",
        "patient.weight_kg": "61,5",
        "patient.height_cm": "172",
        "patient.age_value": "35",
        "patient.name_letters": "DUP",
        "patient.first_name_initial": "M",
        "reporter.email": "a@example.invalid",
        "reporter.rpps": "10009999912",
        "reporter.postcode": "75013",
        "reporter.department_code": "75",
        "reporter.country": "FR",
    }
    number = declared(doctor, **{name.replace(".", "__"): said for name, said in answers.items()})
    report = queries.declaration(people["dr.martin"], parse(number)).report
    for name in answers:
        holder: object = report
        for part in name.split("."):
            holder = holder[int(part)] if part.isdigit() else getattr(holder, part)  # type: ignore[index]
        assert holder not in (None, ()), name
    assert report.patient.weight_kg == 61.5
    assert report.patient.birth_date == "1991-02"
    assert report.patient.newborn is not None
    assert report.patient.newborn.trimesters == (1, 2, 3)


def sample(field) -> str | list[str]:
    if isinstance(field.choices, tuple):
        codes = [code for code, _label in field.choices]
    else:
        codes = [choice.value for choice in field.choices]
    match field.kind:
        case Kind.MANY | Kind.MANY_WHOLE:
            return codes
        case Kind.CHOICE | Kind.RADIO:
            return codes[0]
        case Kind.DATE:
            return "03/2026"
        case Kind.NUMBER | Kind.WHOLE:
            return "2"
        case _:
            return "Dit"


def test_sent_twice_it_is_declared_once(doctor: Client, people) -> None:
    key = str(uuid4())
    first, second = send(doctor, key), send(doctor, key)
    assert first["Location"] == second["Location"]
    assert how_many(people["dr.martin"]) == 1


def test_the_same_form_with_other_answers_is_held_back_once(doctor: Client, people) -> None:
    key = str(uuid4())
    send(doctor, key)
    other = send(doctor, key, narrative="Tout autre chose")
    assert other.status_code == 422
    assert "déjà été envoyé" in other.text
    assert "Tout autre chose" in other.text
    assert key not in other.text
    assert how_many(people["dr.martin"]) == 1


def test_all_errors_at_once_each_at_its_field_and_in_the_summary(doctor: Client, people) -> None:
    answer = send(
        doctor,
        drugs__0__cis="12",
        drugs__4__name="Aspirine",
        drugs__4__start="2030",
        reactions__0__onset="31/02/2026",
        patient__age_value="vieille",
        patient__weight_kg="7000",
        patient__sex="autre",
        death_date="2999-01-01",
    )
    assert answer.status_code == 422
    for field in [
        "q-drugs-0-cis",
        "q-drugs-4-start",
        "q-reactions-0-onset",
        "q-patient-age_value",
        "q-patient-weight_kg",
        "q-patient-sex",
        "q-death_date",
    ]:
        assert f'<a href="#{field}">' in answer.text, field
        assert f'id="{field}"' in answer.text, field
    for typed in ["Aspirine", "31/02/2026", "vieille", "7000", "Éruption une heure"]:
        assert typed in answer.text, typed
    assert "<title>Erreur" in answer.text.replace("\n", "")
    assert how_many(people["dr.martin"]) == 0


def test_errors_open_the_groups_that_hold_them(doctor: Client) -> None:
    html = send(doctor, death_date="2999").text
    before, _field, _after = html.partition('id="q-death_date"')
    assert before.rfind('<details class="site-details" open>') > before.rfind("</details>")


def test_nothing_said_is_refused_in_words(doctor: Client) -> None:
    answer = doctor.post(FORM, {"do": "send", "reactions.0.term": "  "})
    assert answer.status_code == 422
    assert "Indiquez au moins un médicament, un effet ou un récit." in answer.text


def test_an_incomplete_declaration_is_taken_and_says_what_is_missing(doctor: Client) -> None:
    answer = doctor.post(FORM, {"do": "send", "narrative": "Quelque chose", "key": str(uuid4())})
    receipt = doctor.get(answer["Location"]).text
    assert "reste à compléter" in receipt
    assert "Médicament suspect" in receipt


@pytest.mark.parametrize("text", ["nul \0 octet", LONG])
def test_unreadable_and_endless_texts_are_refused_and_given_back(
    doctor: Client, people, text: str
) -> None:
    answer = send(doctor, narrative=text)
    assert answer.status_code == 422
    assert 'href="#q-narrative"' in answer.text
    assert text[:30].replace("\0", "") in answer.text.replace("\0", "")
    assert how_many(people["dr.martin"]) == 0


@pytest.mark.parametrize("prefix", ["drugs", "reactions", "blood_products"])
def test_rows_come_and_go_without_javascript(doctor: Client, prefix: str) -> None:
    name = ROWS[prefix][0].name
    typed = {f"{prefix}.0.{name}": "Un", f"{prefix}.1.{name}": "Deux"}
    more = doctor.post(FORM, LEAST | typed | {"do": f"add:{prefix}"}).text
    assert f'name="{prefix}.2.{name}"' in more
    fewer = doctor.post(FORM, LEAST | typed | {"do": f"remove:{prefix}.0"}).text
    assert f'name="{prefix}.0.{name}"' not in fewer
    assert "Deux" in fewer
    assert "Éruption une heure" in fewer


def test_return_key_keeps_the_form_and_sends_nothing(doctor: Client, people) -> None:
    html = doctor.get(FORM).text
    assert html.index('value="stay"') < html.index('value="add:drugs"')
    assert send(doctor, do="stay").status_code == 200
    assert how_many(people["dr.martin"]) == 0


def test_a_session_that_ended_keeps_what_was_typed(people) -> None:
    answer = send(browser(None))
    assert answer.status_code == 200
    assert "Votre session s’est terminée" in answer.text
    assert "Éruption une heure" in answer.text
    assert how_many(people["dr.martin"]) == 0


def test_a_stale_protection_token_keeps_what_was_typed(people) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(people["dr.martin"])
    answer = strict.post(FORM, LEAST | {"do": "send"})
    assert answer.status_code == 403
    assert "Éruption une heure" in answer.text
    assert "envoyez de nouveau" in answer.text
    assert how_many(people["dr.martin"]) == 0
    elsewhere = strict.post("/langue/setlang/", {"language": "en"})
    assert elsewhere.status_code == 403


def test_a_database_that_is_away_keeps_what_was_typed(doctor: Client, monkeypatch) -> None:
    def away(*_arguments: object, **_more: object) -> None:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(page.actions, "declare_adverse_event", away)
    answer = send(doctor)
    assert answer.status_code == 503
    assert "Le service ne répond pas" in answer.text
    assert "Éruption une heure" in answer.text
    monkeypatch.undo()
    assert send(doctor).status_code == 302


def test_a_defect_is_not_taken_for_an_outage(doctor: Client, monkeypatch) -> None:
    def broken(*_arguments: object, **_more: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(page.actions, "declare_adverse_event", broken)
    assert send(doctor).status_code == 500


def test_no_answer_of_a_patient_is_in_an_address(doctor: Client) -> None:
    answer = send(doctor, patient__name_letters="ZZT")
    assert "ZZT" not in answer["Location"]
    form = re.search(r"<form[^>]*data-report-form[^>]*>", doctor.get(FORM).text)
    assert form is not None
    assert 'method="post"' in form.group()


@pytest.mark.parametrize("name", ["drugs.#.name", "reactions.#.onset", "drugs.٣.name"])
def test_a_field_that_no_page_has_breaks_nothing(doctor: Client, name: str) -> None:
    assert doctor.post(FORM, LEAST | {"do": "stay", name: "x"}).status_code == 200
    assert browser(None).post(FORM, LEAST | {name: "x"}).status_code == 200


RECEIVED = {"received_at": "06/03/2026", "received_time": "9h05", "channel": "paper"}


@pytest.fixture
def centre(people) -> Client:
    return browser(people["crpv.paris"])


def test_a_centre_is_asked_when_and_how_and_is_not_the_reporter(centre: Client, people) -> None:
    html = centre.get(FORM).text
    for name in RECEIVED:
        assert f'name="{name}"' in html, name
    assert 'name="reporter.family_name" value=""' in html
    assert "Vos coordonnées" not in html
    officer = people["crpv.paris"]
    assert f'value="{officer.last_name}"' not in html


def test_a_doctor_is_not_asked_when_it_was_received(doctor: Client, people) -> None:
    assert 'name="received_at"' not in doctor.get(FORM).text
    answer = send(doctor, **RECEIVED)
    assert answer.status_code == 422
    assert "Seul un centre régional" in answer.text
    assert "Éruption une heure" in answer.text
    assert how_many(people["dr.martin"]) == 0


@pytest.mark.parametrize(
    ("hour", "instant"),
    [("9h05", "2026-03-06T09:05"), ("23:59", "2026-03-06T23:59"), ("", "2026-03-06T00:00")],
)
def test_day_zero_is_the_day_on_which_the_centre_received_it(
    centre: Client, people, hour: str, instant: str
) -> None:
    said = RECEIVED | {"received_time": hour, "channel": "phone"}
    number = declared(centre, reporter__profession="physician", **said)
    shown = queries.declaration(people["crpv.paris"], parse(number))
    (step,) = shown.history
    assert step.received_at == datetime.fromisoformat(instant).replace(tzinfo=PARIS)
    assert step.recorded_at > step.received_at
    assert shown.facts.day_zero == date(2026, 3, 6)
    assert shown.facts.channel == "phone"


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"received_at": ""}, "received_at", "Indiquez le jour de réception."),
        ({"received_at": "03/2026"}, "received_at", "Écrivez un jour entier"),
        ({"received_at": "31/02/2026"}, "received_at", "Écrivez un jour entier"),
        ({"received_at": "01/01/2999"}, "received_at", "La réception est dans le futur"),
        ({"received_time": "25:00"}, "received_time", "Écrivez une heure"),
        ({"channel": ""}, "channel", "Choisissez la voie de réception."),
        ({"channel": "portal"}, "channel", "Choisissez la voie de réception."),
    ],
)
def test_a_receipt_is_said_with_the_other_errors(
    centre: Client, people, changed: dict[str, str], field: str, sentence: str
) -> None:
    answer = send(centre, **(RECEIVED | changed), drugs__0__cis="12")
    assert answer.status_code == 422
    for name in (field, "drugs-0-cis"):
        assert f'<a href="#q-{name}">' in answer.text, name
    assert sentence in answer.text
    assert how_many(people["crpv.paris"]) == 0


def test_what_happened_after_the_receipt_was_not_in_it(centre: Client) -> None:
    answer = send(centre, **RECEIVED, reactions__0__end="07/03/2026")
    assert answer.status_code == 422
    assert '<a href="#q-reactions-0-end">' in answer.text


def test_the_same_letter_sent_twice_is_one_declaration(centre: Client, people) -> None:
    key = str(uuid4())
    first, second = (send(centre, key, **RECEIVED) for _ in range(2))
    assert first["Location"] == second["Location"]
    other = send(centre, key, **(RECEIVED | {"received_at": "05/03/2026"}))
    assert other.status_code == 422
    assert "déjà été envoyé" in other.text
    assert how_many(people["crpv.paris"]) == 1


def test_a_session_that_ended_keeps_when_it_was_received(people) -> None:
    answer = send(browser(None), **RECEIVED)
    assert 'name="received_at" value="06/03/2026"' in answer.text
    assert '<option value="paper" selected>' in answer.text


def test_only_a_centre_says_when_it_was_received(people) -> None:
    report = Report(narrative="x")
    for channel, at in ((Channel.PAPER, None), (Channel.PORTAL, datetime(2026, 3, 6, tzinfo=UTC))):
        with pytest.raises(PermissionDenied):
            actions.declare_adverse_event(
                people["dr.martin"], report, idempotency_key="1", channel=channel, received_at=at
            )


def test_the_least_declaration_takes_at_most_three_and_a_half_minutes(doctor: Client) -> None:
    """Counted as démarches-simplifiées does: 10 s a short field, 60 s a text, 140 words a minute."""
    html = doctor.get(FORM, {"produit": "medicine"}).text
    form = re.search(r"<form[^>]*data-report-form.*?</form>", html, re.DOTALL)
    assert form is not None
    first = re.sub(r"<details.*?</details>", "", form.group(), flags=re.DOTALL)
    chosen_already = len(re.findall(r"<option value=\"[^\"]+\" selected", first))
    short = len(re.findall(r'<input class="fr-input"|<select', first)) - chosen_already
    ticked = len(set(re.findall(r'type="(?:radio|checkbox)" id="[^"]+" name="([^"]+)"', first)))
    texts = first.count("<textarea")
    without_choices = re.sub(r"<option.*?</option>", "", first, flags=re.DOTALL)
    words = len(visible(without_choices).split())
    assert short + ticked + texts <= 8
    seconds = 10 * (short + ticked) + 60 * texts + 60 * words / 140
    assert seconds <= 210, seconds
