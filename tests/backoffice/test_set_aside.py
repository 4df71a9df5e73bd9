"""The desk of what the log refused: who sees it, what is opened for whom, how it is taken up."""

from dataclasses import replace
from uuid import uuid4

import pytest

from continuity import set_aside
from continuity.domain.set_aside_events import Reason
from events import store
from events.handle import history
from pharmacovigilance.domain.report import Information, Reporter
from tests.continuity.spooled import Row, put_aside, with_key
from tests.domain.samples import SERIOUS, VALID, answer, declare, follow_up, withdraw
from tests.portal.sending import browser, declared, projected, visible

pytestmark = pytest.mark.django_db

DESK = "/agence/mises-de-cote/"
NAMED = replace(
    SERIOUS, reporter=Reporter(family_name="Zwingli", department_code="75"), narrative="Récit lu."
)


def page(people, name: str, identifier, language: str = "fr") -> str:
    answer = browser(people[name], language).get(f"{DESK}{identifier}/")
    assert answer.status_code == 200
    return visible(answer.text)


def test_the_desk_tells_each_submission_in_words_and_nothing_clinical(people) -> None:
    put_aside(Row(name="1", command=declare(NAMED)), Reason.NUMBER_TAKEN, people["dr.martin"])
    put_aside(Row(name="2", command=withdraw()), codes=["already_withdrawn"])
    projected()
    for name in ("evaluateur", "signataire", "operateur"):
        text = visible(browser(people[name]).get(DESK).text)
        assert text.index("Numéro déjà pris") < text.index("Refusé dans l’état actuel")
        for word in ("Grave", "Déclaration n1-1-1-", "Retrait", "already_withdrawn", "il y a"):
            assert word in text, word
        for secret in ("DUP", "Zwingli", "Méthotrexate", "Récit", "Martin"):
            assert secret not in text, secret


@pytest.mark.parametrize("name", ["dr.martin", "ph.bernard"])
def test_who_declares_has_no_desk(people, name) -> None:
    identifier = put_aside(Row(), sender=people["dr.martin"])
    client = browser(people[name])
    assert client.get(DESK).status_code == 403
    assert client.get(f"{DESK}?reprises=oui").status_code == 403
    assert client.get(f"{DESK}{identifier}/").status_code == 404
    form = {"done": "nothing_needed", "why": "x"}
    assert client.post(f"{DESK}{identifier}/reprise/", form).status_code == 404


def test_signed_out_readers_are_sent_to_sign_in() -> None:
    for path in (DESK, f"{DESK}{uuid4()}/"):
        assert browser(None).get(path).status_code == 302


def test_names_are_for_the_centre_of_the_sender_only(people, monkeypatch) -> None:
    with_key(monkeypatch)
    identifier = put_aside(Row(command=declare(NAMED)), sender=people["dr.martin"])
    centre = page(people, "crpv.paris", identifier)
    for said in ("Récit lu.", "Méthotrexate", "DUP", "Zwingli", people["dr.martin"].email):
        assert said in centre, said
    for name in ("evaluateur", "signataire"):
        agency = page(people, name, identifier)
        for said in ("Récit lu.", "Méthotrexate", "1950", "Médecin", "Envoi pseudonymisé"):
            assert said in agency, said
        for secret in ("DUP", "Zwingli", "02/03/1950", "Martin", people["dr.martin"].email):
            assert secret not in agency, secret
    operator = page(people, "operateur", identifier)
    assert "Votre rôle ne permet pas" in operator
    for secret in ("Récit lu.", "Méthotrexate", "DUP", "Zwingli", "Martin"):
        assert secret not in operator, secret


def test_another_centre_sees_nothing_of_it(people) -> None:
    sender = people["dr.martin"]
    sender.institution.department = "69"
    sender.institution.save()
    identifier = put_aside(Row(), sender=sender)
    projected()
    client = browser(people["crpv.paris"])
    assert "Rien n’attend ici." in visible(client.get(DESK).text)
    assert client.get(f"{DESK}{identifier}/").status_code == 404


def test_where_no_centre_follows_the_sender_the_agency_reads_the_names(
    people, monkeypatch
) -> None:
    with_key(monkeypatch)
    identifier = put_aside(Row(command=declare(NAMED)))
    assert "Zwingli" in page(people, "evaluateur", identifier)
    assert "Zwingli" not in page(people, "signataire", identifier)


def test_where_the_sender_is_of_a_place_without_centre_the_agency_reads_the_names(
    people, monkeypatch
) -> None:
    with_key(monkeypatch)
    sender = people["dr.martin"]
    sender.institution.department = "987"
    sender.institution.save()
    identifier = put_aside(Row(command=declare(NAMED)), sender=sender)
    for name in ("evaluateur", "pilote.pv"):
        shown = page(people, name, identifier)
        assert "Zwingli" in shown
        assert sender.email in shown
    assert "Zwingli" not in page(people, "signataire", identifier)
    # Where one follows them, the names stay there.
    sender.institution.department = "974"
    sender.institution.save()
    assert "Zwingli" not in page(people, "evaluateur", identifier)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (follow_up(Information(narrative="Suite lue.")), "Suite lue."),
        (answer(text="Lot lu."), "Lot lu."),
        (withdraw(reason="Doublon lu."), "Doublon lu."),
    ],
)
def test_every_kind_of_submission_is_shown(people, monkeypatch, command, said) -> None:
    with_key(monkeypatch)
    identifier = put_aside(Row(command=command))
    assert said in page(people, "evaluateur", identifier)


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        (None, "n’a pas la clé qui ouvre les envois"),
        (b"another key", "ne s’ouvre pas avec la clé de ce serveur"),
    ],
)
def test_what_cannot_be_opened_says_why(people, monkeypatch, key, sentence) -> None:
    with_key(monkeypatch, key)
    identifier = put_aside(Row(command=declare(VALID)))
    text = page(people, "evaluateur", identifier)
    assert sentence in text
    assert "Méthotrexate" not in text


def test_a_command_of_newer_software_is_not_shown_and_not_lost(people, monkeypatch) -> None:
    with_key(monkeypatch)
    monkeypatch.setattr("tests.continuity.spooled.Header.schema", 99)
    identifier = put_aside(Row(), Reason.UNREADABLE)
    assert "ne s’ouvre pas" in page(people, "evaluateur", identifier)


def test_a_reviewer_takes_a_submission_up_with_a_reason(people) -> None:
    row = Row()
    identifier = put_aside(row)
    reviewer = browser(people["evaluateur"])
    form = {"done": "sender_contacted", "why": "Appelé à 9 h.", "key": str(uuid4())}
    for _ in range(2):
        answer = reviewer.post(f"{DESK}{identifier}/reprise/", form)
        assert answer.status_code == 302
        assert answer["Location"] == f"{DESK}{identifier}/"
    assert len(history(set_aside.stream_of(row.receipt_id))) == 2
    text = page(people, "evaluateur", identifier)
    assert "Appelé à 9 h." in text
    assert "Enregistrer la reprise" not in text
    projected()
    assert "Rien n’attend ici." in visible(reviewer.get(DESK).text)
    done = visible(reviewer.get(f"{DESK}?reprises=oui").text)
    assert "Expéditeur contacté" in done


def test_what_was_recorded_anew_names_its_declaration(people) -> None:
    number = declared(browser(people["dr.martin"]))
    identifier = put_aside(Row())
    form = {"done": "recorded_anew", "why": "Retapé.", "number": number.lower(), "key": "k"}
    reviewer = browser(people["evaluateur"])
    assert reviewer.post(f"{DESK}{identifier}/reprise/", form).status_code == 302
    assert f"Enregistré à nouveau : {number}" in page(people, "evaluateur", identifier)


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"done": "", "why": "Un motif."}, "Dites ce qui a été fait"),
        ({"done": "sender_contacted", "why": " "}, "Donnez le motif"),
        ({"done": "recorded_anew", "why": "Un motif."}, "Donnez le numéro de la déclaration"),
        (
            {"done": "recorded_anew", "why": "Un motif.", "number": "XXXX"},
            "Aucune déclaration que vous suivez",
        ),
        (
            {"done": "recorded_anew", "why": "Un motif.", "number": "0000-0000-00000"},
            "Aucune déclaration que vous suivez",
        ),
    ],
)
def test_a_wrong_form_comes_back_with_what_was_typed(people, form, sentence) -> None:
    row = Row()
    identifier = put_aside(row)
    reviewer = browser(people["evaluateur"])
    answer = reviewer.post(f"{DESK}{identifier}/reprise/", form | {"key": str(uuid4())})
    assert answer.status_code == 422
    text = visible(answer.text)
    assert sentence in text
    assert form["why"].strip() in text
    assert len(history(set_aside.stream_of(row.receipt_id))) == 1


def test_a_second_reviewer_is_told_that_it_is_done(people) -> None:
    identifier = put_aside(Row())
    path = f"{DESK}{identifier}/reprise/"
    form = {"done": "nothing_needed", "why": "Doublon."}
    first, second = browser(people["evaluateur"]), browser(people["evaluateur"])
    assert first.post(path, form | {"key": str(uuid4())}).status_code == 302
    answer = second.post(path, form | {"why": "Mon motif.", "key": str(uuid4())})
    assert answer.status_code == 422
    assert "déjà repris" in visible(answer.text)
    assert "Mon motif." in answer.text


@pytest.mark.parametrize("name", ["signataire", "operateur"])
def test_who_only_looks_is_offered_no_form(people, name) -> None:
    identifier = put_aside(Row())
    assert "Enregistrer la reprise" not in page(people, name, identifier)
    form = {"done": "nothing_needed", "why": "x", "key": "k"}
    client = browser(people[name])
    assert client.post(f"{DESK}{identifier}/reprise/", form).status_code == 403


def test_the_desk_costs_few_queries_and_never_counts(people, django_assert_max_num_queries):
    for number in range(3):
        put_aside(Row(name=str(number)), sender=people["dr.martin"])
    projected()
    for name in ("evaluateur", "crpv.paris"):
        client = browser(people[name])
        with django_assert_max_num_queries(5) as made:
            assert client.get(DESK).status_code == 200
        assert not any("COUNT(" in query["sql"].upper() for query in made.captured_queries)


def test_a_forged_cursor_is_not_an_error_of_ours(people) -> None:
    assert browser(people["evaluateur"]).get(DESK, {"suite": "x"}).status_code == 400


def test_an_event_of_newer_software_is_an_outage_and_no_loss(people) -> None:
    row = Row()
    identifier = put_aside(row)
    stream = set_aside.stream_of(row.receipt_id)
    event = store.NewEvent(
        type="continuity.from_tomorrow", schema_version=1, payload="{}",
        occurred_at=row.received_at, received_at=row.received_at,
    )  # fmt: skip
    write = store.StreamWrite(stream=stream, expected_version=1, events=[event])
    store.append([write], store.Command(id=uuid4(), digest=b"d" * 32, metadata="{}"))
    client = browser(people["evaluateur"])
    assert client.get(f"{DESK}{identifier}/").status_code == 503
    form = {"done": "nothing_needed", "why": "Gardé ici.", "key": str(uuid4())}
    kept = client.post(f"{DESK}{identifier}/reprise/", form)
    assert kept.status_code == 503
    assert "Gardé ici." in kept.text
