"""One request for compassionate access at the agency: read, taken up, proposed, signed, refused."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from compassionate import notifying, sending
from compassionate.domain.prescription import Dispensing
from compassionate.domain.vocabulary import DocumentKind
from compassionate.streams import request_facts
from events import spool_reports
from events.number import parse
from tests.backoffice.access_desk import (
    SIGNED,
    act,
    ago,
    done,
    granted,
    hidden,
    off_criteria,
    one,
    part,
    read,
    requested,
    taken_up,
    today,
)
from tests.compassionate import files
from tests.compassionate.scene import settled
from tests.outage import database_away
from tests.portal.sending import browser, projected, visible

pytestmark = pytest.mark.django_db


def test_a_request_shows_both_parts_each_criterion_and_three_times(agency) -> None:
    number = requested(agency)
    page = read(browser(agency["evaluateur"]), one(number))
    for words in (
        "Tumeur desmoïde en progression", "150 mg deux fois par jour", "60 comprimés de 50 mg",
        "Au moins deux lignes antérieures", "Rempli", "Conforme", "aide", "Non différable",
        "Reçue par l’agence", "Survenu", "Reçu", "Enregistré", "Laboratoire d’essai",
        "à informer sans attendre",
    ):  # fmt: skip
        assert words in page, words


def test_who_reads_nothing_clinical_sees_state_and_terms(agency) -> None:
    number = requested(agency, part(patient_initials="UO"))
    page = read(browser(agency["juriste"]), one(number))
    assert "Reçue par l’agence" in page
    for secret in ("en progression", "150 mg", "Rempli", "UO", "Compression"):
        assert secret not in page, secret


@pytest.mark.parametrize(
    ("name", "status"),
    [("dr.martin", 403), ("ph.bernard", 403), ("astreinte", 403), ("referentiel", 403)],
)
def test_nobody_else_has_the_page(agency, name, status) -> None:
    number = requested(agency)
    for address in ("/agence/acces/", one(number)):
        assert browser(agency[name]).get(address).status_code == status


def test_a_request_is_taken_up_proposed_and_granted_by_two_people(agency) -> None:
    number = requested(agency)
    authorisation = granted(agency, number)
    page = read(browser(agency["signataire"]), one(number))
    for words in ("Accordée", authorisation, "Critères vérifiés", "Directrice médicale"):
        assert words in page, words


def test_taking_up_needs_the_declaration_of_interests(agency) -> None:
    number = requested(agency)
    answer = act(browser(agency["evaluateur"]), one(number), "prise-en-charge")
    assert answer.status_code == 422
    assert "Déclarez n’avoir aucun lien" in visible(answer.text)


def test_terms_begin_as_asked_within_the_limits_of_the_sheet(agency) -> None:
    wanted_on = timezone.localdate() + timedelta(days=10)
    number = requested(agency, part(duration_days=120, wanted_on=wanted_on))
    client = browser(agency["evaluateur"])
    taken_up(agency, number)
    page = client.get(one(number)).text
    assert hidden(page, "proposer-accord.begins_on") == today(days=10)
    assert hidden(page, "proposer-accord.ends_on") == today(days=129)
    assert "150 mg deux fois par jour</textarea>" in page


def test_every_refusal_is_at_its_field_and_nothing_typed_is_lost(agency) -> None:
    number = requested(agency)
    taken_up(agency, number)
    done(browser(agency["evaluateur"]), one(number), "proposer-accord")
    answer = act(
        browser(agency["signataire"]), one(number), "accord",
        begins_on=today(days=-3), ends_on=today(days=400), conditions="Bilan mensuel",
        delegation="DG 1999-01",
    )  # fmt: skip
    page = visible(answer.text)
    assert answer.status_code == 422
    for words in ("Le début précède", "365 jours", "Aucune délégation de cette référence"):
        assert words in page, words
    assert "Bilan mensuel" in page
    assert 'href="#q-accord-ends_on"' in answer.text


def test_what_cannot_be_read_and_what_lacks_are_told_together(agency) -> None:
    number = requested(agency)
    taken_up(agency, number)
    answer = act(browser(agency["evaluateur"]), one(number), "question", items="", limit="bientôt")
    page = visible(answer.text)
    assert "Écrivez un jour entier" in page
    assert "Cette réponse est nécessaire" in page


def test_a_double_click_is_one_command(agency) -> None:
    number = requested(agency)
    client = browser(agency["evaluateur"])
    page = client.get(one(number)).text
    posted = {
        "key": hidden(page, "key"),
        "version": hidden(page, "version"),
        "prise-en-charge.no_interest": "yes",
    }
    answers = [client.post(f"{one(number)}prise-en-charge/", posted) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert read(client, one(number)).count("Évaluation commencée") == 1


def test_a_decision_on_an_older_state_is_refused_with_what_changed(agency) -> None:
    number = requested(agency)
    taken_up(agency, number)
    client = browser(agency["evaluateur"])
    old = client.get(one(number)).text
    done(client, one(number), "question", items="Imagerie\nPoids", limit=today(days=10))
    posted = {"key": hidden(old, "key"), "version": hidden(old, "version")}
    typed = {"question.items": "Dernier bilan", "question.limit": today(days=5)}
    answer = client.post(f"{one(number)}question/", posted | {"key": str(uuid4())} | typed)
    page = visible(answer.text)
    assert answer.status_code == 409
    assert "a changé depuis que vous l’avez ouvert" in page
    assert "Information demandée par : Évaluateur Nouveau depuis votre lecture" in page
    assert "Dernier bilan" in page
    assert "Imagerie" in page
    assert "Questions et réponses" in page


def test_an_answer_stands_beside_its_question(agency) -> None:
    number = requested(agency)
    taken_up(agency, number)
    client = browser(agency["evaluateur"])
    done(client, one(number), "question", items="Imagerie", limit=today(days=10))
    question = request_facts(parse(number)).question
    assert question is not None
    pharmacist, said = agency["ph.bernard"], "IRM du 12 novembre"
    sending.answer_information(
        pharmacist, parse(number), question, said, idempotency_key=str(uuid4())
    )
    talk = read(client, one(number)).partition("Questions et réponses")[2]
    assert talk.index("Imagerie") < talk.index(said) < talk.index("Historique")
    assert said not in read(browser(agency["juriste"]), one(number))


def test_a_refusal_names_law_fact_and_appeal_and_the_safety_of_doses(agency) -> None:
    number = requested(agency, given=Dispensing(at=ago(minutes=40), quantity="60", batch="B1"))
    taken_up(agency, number)
    reasons = {"law": "CSP L5121-12-1 II", "fact": "Une alternative existe."}
    evaluator = browser(agency["evaluateur"])
    ungrounded = act(evaluator, one(number), "proposer-refus", **reasons)
    assert "au moins une condition sur laquelle le refus repose" in visible(ungrounded.text)
    reasons["grounds"] = "treatment_exists"
    done(browser(agency["evaluateur"]), one(number), "proposer-refus", **reasons)
    signatory = browser(agency["signataire"])
    page = signatory.get(one(number)).text
    assert "Une alternative existe.</textarea>" in page
    assert "tribunal administratif" in page
    lacking = act(signatory, one(number), "refus", **SIGNED)
    assert "dites le suivi de sécurité" in visible(lacking.text)
    done(signatory, one(number), "refus", safety_follow_up="Bilan à J7", **SIGNED)
    page = read(signatory, one(number))
    assert "Bilan à J7" in page
    assert page.count("Le refus repose sur : Un traitement approprié existe") == 2


def test_a_dose_given_is_regularised_from_its_day(agency) -> None:
    number = requested(agency, given=Dispensing(at=ago(minutes=40), quantity="60", batch="B1"))
    taken_up(agency, number)
    done(browser(agency["evaluateur"]), one(number), "proposer-accord")
    page = read(browser(agency["signataire"]), one(number))
    assert "Régulariser" in page
    done(browser(agency["signataire"]), one(number), "regularisation", **SIGNED)
    assert "AAC-" in read(browser(agency["signataire"]), one(number))


def test_off_the_criteria_a_person_is_told_so(agency) -> None:
    number = requested(agency, off_criteria())
    page = read(browser(agency["evaluateur"]), one(number))
    assert "Aucun critère n’était publié" in page
    assert "hors référentiel" in page
    assert "Toutes les lignes reconnues ont échoué" in page


def test_a_spool_that_may_hold_something_asks_for_a_reason(agency) -> None:
    number = requested(agency)
    taken_up(agency, number)
    done(browser(agency["evaluateur"]), one(number), "proposer-accord")
    spool_reports.report("n9", waiting=1, opening=0, damaged=1, oldest=timezone.now())
    signatory = browser(agency["signataire"])
    held = act(signatory, one(number), "accord", **SIGNED)
    assert held.status_code == 422
    assert "n9" in visible(held.text)
    assert 'name="accord.in_spite_of"' in held.text
    posted = {"key": hidden(held.text, "key"), "version": hidden(held.text, "version")}
    typed = {
        "accord.begins_on": today(), "accord.ends_on": today(days=100),
        "accord.dosage": "150 mg", "accord.conditions": "",
        "accord.in_spite_of": "Patient hospitalisé, vérifié par téléphone",
        **{f"accord.{name}": value for name, value in SIGNED.items()},
    }  # fmt: skip
    answer = signatory.post(f"{one(number)}accord/", posted | typed)
    assert answer.status_code == 302, visible(answer.text)
    projected()
    assert "vérifié par téléphone" in read(signatory, one(number))


def test_silence_is_established_by_a_lawyer_after_its_term(agency) -> None:
    months_ago = timezone.now() - timedelta(days=80)
    settled(agency["juriste"], at=months_ago - timedelta(days=1))
    fresh, old = requested(agency), requested(agency, off_criteria(), at=months_ago)
    lawyer = browser(agency["juriste"])
    listed = read(lawyer, "/agence/acces/silences/")
    assert old in listed
    assert fresh not in listed
    early = act(lawyer, one(fresh), "silence")
    assert "Le délai légal n’est pas passé" in visible(early.text)
    done(lawyer, one(old), "silence")
    page = read(lawyer, one(old))
    assert "Décision implicite" in page
    assert "Le silence vaut rejet" in page
    assert f"{agency['juriste'].get_full_name()}, JUR 2026-7" in page
    # It is one by the term that passed, and not by a notification.
    assert notifying.deposit(parse(old), ("ab" * 32,), ago(days=16))
    assert "Notification" not in read(lawyer, one(old))
    refused = browser(agency["evaluateur"]).post(f"{one(fresh)}silence/", {"key": str(uuid4())})
    assert refused.status_code in {403, 422}


def test_a_silence_whose_effect_nobody_settled_says_what_to_do(agency) -> None:
    old = requested(agency, off_criteria(), at=timezone.now() - timedelta(days=80))
    refused = act(browser(agency["juriste"]), one(old), "silence")
    assert refused.status_code == 422
    assert "Un juriste doit d’abord arrêter l’effet du silence" in visible(refused.text)


@pytest.mark.parametrize("hindrance", ["session", "database"])
def test_what_was_typed_comes_back_whatever_became_of_session_or_database(
    agency, hindrance
) -> None:
    number = requested(agency)
    taken_up(agency, number)
    client = browser(agency["evaluateur"] if hindrance == "database" else None)
    typed = {"question.items": "Bilan hépatique", "question.limit": today(days=9)}
    posted = typed | {"key": str(uuid4()), "version": "5"}
    if hindrance == "database":
        with database_away():
            answer = client.post(f"{one(number)}question/", posted)
    else:
        answer = client.post(f"{one(number)}question/", posted)
    assert answer.status_code == (503 if hindrance == "database" else 200)
    assert "Bilan hépatique" in answer.text
    assert f'value="{today(days=9)}"' in answer.text


def test_a_text_that_is_too_long_or_unreadable_is_told_at_its_field(agency) -> None:
    number = requested(agency)
    taken_up(agency, number)
    client = browser(agency["evaluateur"])
    for items in ("x" * 2_001, "Bilan\x00"):
        answer = act(client, one(number), "question", items=items, limit=today(days=9))
        assert answer.status_code == 422
        assert 'href="#q-question-items"' in answer.text


def test_the_documents_of_a_request_are_listed_and_opened_for_who_reads_its_patient(
    agency,
) -> None:
    number = requested(agency)
    sending.attach_document(
        agency["ph.bernard"],
        parse(number),
        DocumentKind.LITERATURE,
        "Essai de phase III.pdf",
        files.SMALL,
        idempotency_key="d",
    )
    evaluator = browser(agency["evaluateur"])
    page = evaluator.get(one(number)).text
    for words in ("Essai de phase III.pdf", "Publication ou données publiées", "Pièce reçue"):
        assert words in visible(page), words
    (path,) = set(re.findall(rf"/acces/{number}/pieces/[0-9a-f-]+/", page))
    opened = evaluator.get(path)
    assert (opened.status_code, opened.content) == (200, files.SMALL)
    assert opened["Content-Disposition"].startswith("attachment;")
    for name, status in (("juriste", 404), ("referentiel", 404), ("auditeur", 302)):
        client = browser(agency[name])
        assert client.get(path).status_code == status, name
        assert "Essai de phase III.pdf" not in client.get(one(number)).text


@pytest.mark.parametrize("limit", ["31/12/9999", "01/01/0026", "14/03/2062"])
def test_a_limit_whose_year_was_mistyped_is_refused_at_its_field(agency, limit) -> None:
    number = requested(agency)
    taken_up(agency, number)
    client = browser(agency["evaluateur"])
    answer = act(client, one(number), "question", items="Imagerie", limit=limit)
    assert answer.status_code == 422
    assert 'href="#q-question-limit"' in answer.text
    assert client.get(one(number)).status_code == 200


def test_a_version_that_no_page_showed_is_taken_for_none(agency) -> None:
    number = requested(agency)
    taken_up(agency, number)
    client = browser(agency["evaluateur"])
    posted = {"key": str(uuid4()), "version": "9" * 5000, "question.items": "Imagerie"}
    answer = client.post(f"{one(number)}question/", posted)
    assert answer.status_code == 422


def test_a_decision_is_notified_when_it_is_read_or_from_its_deposit(agency) -> None:
    """CRPA L221-8, R112-20."""
    number = requested(agency)
    granted(agency, number)
    page = one(number)
    evaluator = browser(agency["evaluateur"])
    assert "Notification" not in read(evaluator, page)
    request_id = parse(number)
    assert notifying.deposit(request_id, ("ab" * 32,), ago(days=16))
    assert "jour du dépôt : non lue en quinze jours" in read(evaluator, page)
    other = requested(agency, part(file_number="Z-9"))
    granted(agency, other)
    assert notifying.deposit(parse(other), ("ab" * 32,), ago(days=15))
    assert "pas encore lue ; non lue le" in read(evaluator, one(other))
    assert notifying.note_first_reading(agency["ph.bernard"], parse(other), ago(days=1))
    assert "à la première lecture" in read(evaluator, one(other))
