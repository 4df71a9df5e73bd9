"""The pages of numbered sheets: typed once, judged by a person, ended for a reason."""

from uuid import uuid4

import pytest
from django.utils import timezone

from continuity import sheet_queries, sheets
from continuity.domain.sheet_number import sheet_id
from events.number import parse
from pharmacovigilance import queries
from tests.backoffice.sheet_pages import check, record, typed
from tests.continuity.sheet_desk import hours_ago, recorded, with_content
from tests.continuity.sheet_samples import SITE
from tests.portal.sending import browser, declared, projected, visible

pytestmark = pytest.mark.django_db


def test_a_sheet_is_typed_shown_and_listed(reviewer, numbers) -> None:
    address = record(reviewer, numbers[0].lower().replace("-", " "))
    projected()
    text = visible(reviewer.get(address).text)
    for shown in (numbers[0], "À rapprocher", "Dr Zwingli", "34", "Mise en jeu du pronostic vital",
                  "Rappelé au numéro de l’annuaire Oui", "Téléphone"):  # fmt: skip
        assert shown in text, shown
    desk = visible(reviewer.get("/agence/fiches/").text)
    assert numbers[0] in desk
    assert "Pronostic vital" in desk
    assert "Zwingli" not in desk
    found = reviewer.post("/agence/fiches/recherche/", {"numero": numbers[0]})
    assert found["Location"] == address


def test_times_typed_are_those_of_the_call_and_of_the_receipt(reviewer, numbers) -> None:
    call, arrival = timezone.localtime(hours_ago(50)), timezone.localtime(hours_ago(20))
    record(
        reviewer, numbers[0], channel="paper",
        occurred_at=call.strftime("%d/%m/%Y"), occurred_time=call.strftime("%Hh%M"),
        received_at=arrival.strftime("%d/%m/%Y"), received_time=arrival.strftime("%H:%M"),
    )  # fmt: skip
    (one,) = sheet_queries.facts_of(sheet_id(numbers[0])).recordings
    assert (one.occurred_at, one.received_at) == (call, arrival)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"number": "DG-759900012-00001-0"}, "Ce numéro ne se lit pas"),
        ({"kind": ""}, "Choisissez une réponse."),
        ({"channel": "pigeon"}, "Choisissez une réponse."),
        ({"occurred_at": "hier"}, "Écrivez un jour entier"),
        ({"occurred_time": "25:00"}, "Écrivez une heure"),
        ({"occurred_at": "01/01/2999"}, "L’appel ou le papier est dans le futur"),
        ({"received_at": "01/01/2020"}, "La réception précède l’appel"),
        ({"patient_age_value": "vieux"}, "Cette réponse ne se lit pas"),
        ({"patient_age_value": "nan"}, "Cette réponse ne se lit pas"),
        ({"seriousness": ["boh"]}, "Cette réponse ne se lit pas"),
        ({"reaction_onset": "31/02/2026"}, "Cette date n’est pas au calendrier"),
        ({"caller_name": "x" * 61}, "Ce texte dépasse 60 caractères"),
    ],
)
def test_a_wrong_answer_comes_back_with_everything_typed(
    reviewer, numbers, change, sentence
) -> None:
    answer = reviewer.post("/agence/fiches/nouvelle/", typed(numbers[0]) | change)
    assert answer.status_code == 422
    assert sentence in visible(answer.text)
    assert "Urticaire" in answer.text
    assert not sheet_queries.facts_of(sheet_id(numbers[0])).recordings


def test_a_number_that_is_none_is_recorded_when_it_stands_so_on_the_paper(
    reviewer, numbers
) -> None:
    form = typed("feuille 12")
    answer = reviewer.post("/agence/fiches/nouvelle/", form)
    assert 'name="written"' in answer.text
    address = record(reviewer, "feuille 12", written="yes")
    text = visible(reviewer.get(address).text)
    assert "FEUILLE 12" in text
    assert "Numéro mal formé" in text


def test_a_number_never_issued_is_explained_and_then_matched(reviewer, numbers) -> None:
    address = record(reviewer, "DG-ANSM-00001-" + check("ANSM", 1))
    page = visible(reviewer.get(address).text)
    assert "Numéro jamais remis" in page
    refused = reviewer.post(f"{address}numero/", {"reason": " ", "key": "k"})
    assert (refused.status_code, "Donnez le motif" in refused.text) == (422, True)
    done = reviewer.post(f"{address}numero/", {"reason": "Ancien carnet", "key": "k"})
    assert done.status_code == 302
    page = visible(reviewer.get(address).text)
    assert "Numéro jamais remis" not in page
    assert "Ancien carnet" in page


def test_the_same_number_with_other_answers_shows_both_until_a_person_decides(
    reviewer, centre, numbers
) -> None:
    address = record(reviewer, numbers[0])
    assert record(centre, numbers[0], drug_name="Ampicilline") == address
    page = visible(reviewer.get(address).text)
    assert "Deux versions diffèrent" in page
    assert "Amoxicilline" in page
    assert "Ampicilline" in page
    wrong = reviewer.post(f"{address}ecart/", {"reason": "Vu", "key": "k"})
    assert (wrong.status_code, "Choisissez ce qui fait foi" in wrong.text) == (422, True)
    ruling = {"between": "recordings", "ruling": "other_holds", "recording": "1", "key": "k"}
    assert reviewer.post(f"{address}ecart/", ruling | {"reason": "Relu"}).status_code == 302
    page = visible(reviewer.get(address).text)
    assert "Amoxicilline" in page
    assert "Ampicilline" in page
    assert sheet_queries.facts_of(sheet_id(numbers[0])).retained == (2,)


def test_two_patients_under_one_number_differ_for_whoever_may_not_read_their_names(
    reviewer, centre, numbers
) -> None:
    address = record(centre, numbers[0], patient_name_letters="DUR", patient_birth_date="1950")
    record(centre, numbers[0], patient_name_letters="MAR", patient_birth_date="2001")
    text = visible(reviewer.get(address).text)
    for secret in ("DUR", "MAR", "1950", "2001"):
        assert secret not in text
    assert "Premières lettres du nom Différent réservé réservé" in text
    assert "Date de naissance Différent réservé réservé" in text
    assert "Nom de l’appelant réservé réservé" in text
    assert "DUR MAR" in visible(centre.get(address).text)


def test_a_third_version_is_judged_against_each_case_that_holds(centre, numbers) -> None:
    address = record(centre, numbers[0])
    record(centre, numbers[0], patient_name_letters="AAA")
    ruling = {"between": "recordings", "ruling": "separate_cases", "recording": "1", "key": "k"}
    centre.post(f"{address}ecart/", ruling | {"reason": "Deux patients : Durand et Martin"})
    record(centre, numbers[0], patient_name_letters="AAB")
    page = centre.get(address).text
    assert 'name="recording" value="1"' in page
    assert 'name="recording" value="2"' in page
    silent = ruling | {"ruling": "other_holds", "recording": "2", "key": "l", "reason": ""}
    refused = centre.post(f"{address}ecart/", silent)
    assert refused.text.count("Donnez le motif") == 1
    done = centre.post(f"{address}ecart/", silent | {"reason": "Même patient"})
    assert done.status_code == 302
    assert sheet_queries.facts_of(sheet_id(numbers[0])).retained == (1, 3)


def test_a_reason_is_read_only_where_names_may_be_read(reviewer, centre, numbers) -> None:
    address = record(centre, numbers[0])
    record(centre, numbers[0], drug_name="Ampicilline")
    ruling = {"between": "recordings", "ruling": "other_holds", "recording": "1", "key": "k"}
    centre.post(f"{address}ecart/", ruling | {"reason": "Mme Durand rappelée"})
    assert "Mme Durand rappelée" in centre.get(address).text
    page = visible(reviewer.get(address).text)
    assert "Durand" not in page
    assert "motif réservé" in page


def test_a_loss_is_told_by_one_and_confirmed_by_another(people, reviewer, numbers) -> None:
    record(reviewer, numbers[3])
    projected()
    desk = reviewer.get("/agence/fiches/")
    assert f"/agence/fiches/manquante/{numbers[1]}/" in desk.text
    missing = f"/agence/fiches/manquante/{numbers[1]}/"
    assert reviewer.post(missing, {"do": "lose", "key": "k"}).status_code == 422
    told = reviewer.post(missing, {"do": "lose", "reason": "Jamais reçue", "key": "k"})
    address = told["Location"]
    assert "une autre personne la confirme" in visible(reviewer.get(address).text)
    own = reviewer.post(f"{address}perte-confirmee/", {"reason": "Oui", "key": "k"})
    assert own.status_code == 422
    signatory = browser(people["signataire"])
    assert "Confirmer la perte" in signatory.get(address).text
    done = signatory.post(f"{address}perte-confirmee/", {"reason": "Vu", "key": "k"})
    assert done.status_code == 302
    assert "Perdue" in visible(reviewer.get(address).text)
    other = reviewer.post(
        f"/agence/fiches/manquante/{numbers[0]}/",
        {"do": "cancel", "reason": "Gâchée", "key": "k"},
    )
    assert "Annulée" in visible(reviewer.get(other["Location"]).text)


def test_a_sheet_ends_as_a_duplicate_of_what_holds_and_is_not_cancelled(
    people, reviewer, numbers
) -> None:
    one, two = record(reviewer, numbers[0]), record(reviewer, numbers[1], narrative="Bis")
    wrong = reviewer.post(f"{one}doublon/", {"other": numbers[0], "reason": "x", "key": "k"})
    assert wrong.status_code == 422
    form = {"other": numbers[1], "reason": "Même appel", "key": "k"}
    assert reviewer.post(f"{one}doublon/", form).status_code == 302
    for other, sentence in (
        (numbers[0], "Cette autre fiche est close elle-même"),
        (numbers[5], "Aucune fiche saisie ni déclaration"),
        ("dossier de la nuit", "Aucune fiche saisie ni déclaration"),
    ):
        back = reviewer.post(f"{two}doublon/", form | {"other": other})
        assert (back.status_code, sentence in visible(back.text)) == (422, True), other
    spoiled = reviewer.post(f"{two}annulation/", {"reason": "Essai", "key": "k"})
    assert (spoiled.status_code, "Cette fiche est saisie" in spoiled.text) == (422, True)
    assert "Annuler la fiche" not in reviewer.get(two).text
    projected()
    desk = visible(reviewer.get("/agence/fiches/?closes=oui").text)
    assert "Doublon" in desk


def test_a_duplicate_of_a_declaration_gives_it_the_earlier_receipt(
    people, reviewer, numbers
) -> None:
    address = record(reviewer, numbers[0])
    number = declared(browser(people["dr.martin"]))
    form = {"other": number, "reason": "Même cas", "key": "k"}
    assert reviewer.post(f"{address}doublon/", form).status_code == 302
    (sheet,) = sheet_queries.facts_of(sheet_id(numbers[0])).recordings
    case = queries.declaration(people["crpv.paris"], parse(number))
    assert case.facts.first_received_at == sheet.received_at


def test_an_operator_issues_a_block_and_prints_it_and_reads_no_sheet(people, numbers) -> None:
    operator = browser(people["operateur"])
    form = {
        "site": "ansm", "count": "2", "holder": "Astreinte", "key": str(uuid4()),
        "valid_until": timezone.localdate().strftime("%d/%m/%Y"),
    }  # fmt: skip
    assert operator.post("/agence/fiches/carnets/", form).status_code == 302
    kit = operator.get("/agence/fiches/carnets/ANSM/1/kit.pdf")
    assert kit["Content-Type"] == "application/pdf"
    assert kit["Cache-Control"] == "private, no-store"
    assert kit.content.startswith(b"%PDF-")
    projected()
    page = operator.get("/agence/fiches/carnets/")
    assert "ANSM-00001-00002" in page.text
    wrong = operator.post(
        "/agence/fiches/carnets/", form | {"count": "x", "site": "1", "key": "z"}
    )
    assert wrong.status_code == 422
    assert "Un carnet compte de 1 à 100 fiches" in visible(wrong.text)
    assert "Un site est un numéro FINESS" in visible(wrong.text)
    for path in ("/agence/fiches/", "/agence/fiches/nouvelle/"):
        assert operator.get(path).status_code == 403, path
    assert operator.get(f"/agence/fiches/{sheet_id(numbers[0])}/").status_code == 404


def test_how_far_a_block_was_used_is_noted_with_it(reviewer, numbers) -> None:
    record(reviewer, numbers[0])
    projected()
    assert "Carnets dont le retour manque" in visible(reviewer.get("/agence/fiches/").text)
    address = f"/agence/fiches/carnets/{SITE}/1/retour/"
    for text, sentence in (("", "Écrivez le rang"), ("11", "Ce rang n’est pas dans le carnet")):
        wrong = reviewer.post(address, {"last_used": text, "key": "k"})
        assert (wrong.status_code, sentence in visible(wrong.text)) == (422, True)
    assert reviewer.post(address, {"last_used": "3", "key": "k"}).status_code == 302
    projected()
    desk = reviewer.get("/agence/fiches/").text
    assert f"/agence/fiches/manquante/{numbers[2]}/" in desk
    assert "Carnets dont le retour manque" not in desk


def test_who_has_no_part_in_it_is_refused(people, reviewer, numbers) -> None:
    address = record(reviewer, numbers[0])
    for name in ("dr.martin", "ph.bernard"):
        client = browser(people[name])
        for path in ("/agence/fiches/", "/agence/fiches/nouvelle/", "/agence/fiches/carnets/"):
            assert client.get(path).status_code == 403, (name, path)
        assert client.get(address).status_code == 404, name
        assert client.get(f"/agence/fiches/carnets/{SITE}/1/kit.pdf").status_code == 403
        assert client.post(f"{address}annulation/", {"reason": "x"}).status_code == 404
    signatory = browser(people["signataire"])
    assert signatory.get(address).status_code == 200
    assert signatory.post(f"{address}annulation/", {"reason": "x"}).status_code == 403
    assert signatory.get(f"{address}rapprochement/").status_code == 403
    assert "/agence/fiches/nouvelle/" not in signatory.get("/agence/fiches/").text


def test_the_agency_reads_no_name_on_a_sheet_that_a_centre_took(
    people, reviewer, centre, numbers
) -> None:
    address = record(centre, numbers[0])
    assert "Dr Zwingli" in centre.get(address).text
    page = visible(reviewer.get(address).text)
    for secret in ("Zwingli", "OIL", "Astreinte"):
        assert secret not in page
    assert "Choc." in page
    number = declared(browser(people["dr.martin"]))
    side = visible(reviewer.get(f"{address}rapprochement/?declaration={number}").text)
    for secret in ("Zwingli", "OIL", "Claire"):
        assert secret not in side


def test_a_reason_typed_while_signed_out_comes_back(reviewer, numbers) -> None:
    address = record(reviewer, numbers[0])
    answer = browser(None).post(f"{address}annulation/", {"reason": "Mon motif", "key": "k"})
    assert "Mon motif" in answer.text
    form = browser(None).post("/agence/fiches/nouvelle/", typed(numbers[1]))
    assert "Dr Zwingli" in form.text
    assert not sheet_queries.facts_of(sheet_id(numbers[1])).recordings


def test_a_sheet_that_cannot_be_read_stands_first_and_open(people, reviewer, numbers) -> None:
    filed = recorded(people["evaluateur"], numbers[0], content=with_content(drug_name="X"))
    projected()
    from events import registry
    from events.runner import catch_up

    sheets.cancel(people["evaluateur"], numbers[1], "x", "k")
    projection = registry.projection("sheets")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(type(projection), "rows", lambda *_: 1 / 0)
        recorded(people["evaluateur"], numbers[2])
        catch_up(projection)
    page = visible(reviewer.get("/agence/fiches/").text)
    assert "Illisible, confiée à un exploitant" in page
    assert str(filed.facts.number) in page
