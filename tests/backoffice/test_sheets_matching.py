"""From a sheet to its declaration: proposed, compared, matched or transcribed, never changed."""

import re

import pytest

from continuity import sheet_queries
from continuity.domain.sheet_number import sheet_id
from continuity.domain.sheet_words import SheetState
from events import store
from events.event import stream_name
from events.number import parse
from pharmacovigilance import queries
from pharmacovigilance.domain.events import CATEGORY
from pharmacovigilance.models import OwnDeclarationRow
from tests.backoffice.sheet_pages import fields, record
from tests.portal.sending import browser, declared, projected, visible

pytestmark = pytest.mark.django_db

OTHERS = """
    INSERT INTO read.own_declarations
    SELECT (jsonb_populate_record(one, jsonb_build_object(
        'stream', 'declaration-' || gen_random_uuid(), 'drugs', 'Ibuprofène',
        'received_at', one.received_at - make_interval(mins => place))
    )).*
    FROM read.own_declarations AS one, generate_series(1, %(count)s) AS place
    WHERE stream = %(stream)s
"""
"""As many others, of another drug, each received before."""


def test_a_declaration_that_quotes_the_number_is_proposed_first(people, reviewer, numbers) -> None:
    doctor = browser(people["dr.martin"])
    address = record(reviewer, numbers[0], drug_name="Paracétamol", reaction_term="Vertige")
    unlike = declared(doctor, drugs__0__name="Ibuprofène", patient__sex="male")
    like = declared(doctor, drugs__0__name="Paracétamol", reactions__0__term="Vertige")
    quoting = declared(doctor, narrative=f"Suite de la fiche {numbers[0]}, appel de la nuit.")
    projected()
    page = reviewer.get(f"{address}rapprochement/").text
    order = re.findall(r"declaration=([0-9A-Z-]+)", page)
    assert order[:2] == [quoting, like]
    assert unlike not in order
    assert "cite le numéro de la fiche" in visible(page)


def test_what_differs_is_laid_side_by_side_recorded_and_settled(people, reviewer, numbers) -> None:
    number = declared(
        browser(people["dr.martin"]), patient__name_letters="AAA", drugs__0__batch_number="L1"
    )
    address = record(reviewer, numbers[0], drug_batch_number="L2")
    projected()
    page = reviewer.get(f"{address}rapprochement/?declaration={number}").text
    text = visible(page)
    assert "L2 L1 Différent" in text
    assert "Premières lettres du nom OIL réservé Différent" in text
    assert "AAA" not in page
    assert "La fiche a été reçue avant la déclaration" in text
    form = {"reference": number, "key": "k"}
    silent = reviewer.post(f"{address}rapprochement/", form)
    assert "dites ce qui montre le même cas" in visible(silent.text)
    answer = reviewer.post(f"{address}rapprochement/", form | {"reason": "Même appelant"})
    assert answer["Location"] == address
    facts = sheet_queries.facts_of(sheet_id(numbers[0]))
    assert facts.state is SheetState.MATCHED
    assert facts.questions == ("declaration_differs",)
    assert {"drug_batch_number", "patient_name_letters", "received_at"} <= set(
        facts.matches[0].differing
    )
    before = queries.declaration(people["crpv.paris"], parse(number))
    assert before.facts.first_received_at == facts.recordings[0].received_at
    ruling = {"between": "declaration", "ruling": "sheet_holds", "recording": "1", "key": "k"}
    done = reviewer.post(f"{address}ecart/", ruling | {"reason": "Lot vérifié"})
    assert done.status_code == 302
    assert not sheet_queries.facts_of(sheet_id(numbers[0])).is_open
    assert queries.declaration(people["crpv.paris"], parse(number)) == before


def test_a_declaration_that_does_not_exist_or_is_not_hers_matches_nothing(centre, numbers) -> None:
    address = record(centre, numbers[0])
    for reference in ("0000-0000-00000", "n'importe quoi", ""):
        answer = centre.post(f"{address}rapprochement/", {"reference": reference, "key": "k"})
        assert answer.status_code == 422, reference
        assert "ne porte ce numéro" in visible(answer.text)


def test_an_oral_agreement_is_matched_to_the_number_of_its_file(reviewer, numbers) -> None:
    address = record(reviewer, numbers[0], kind="compassionate_oral_agreement", answer="agreement")
    assert "Numéro de la demande" in reviewer.get(f"{address}rapprochement/").text
    form = {"reference": "AAC-2026-7", "key": "k"}
    silent = reviewer.post(f"{address}rapprochement/", form)
    assert (silent.status_code, "Donnez le motif" in silent.text) == (422, True)
    done = reviewer.post(f"{address}rapprochement/", form | {"reason": "Numéro lu sur le dossier"})
    assert done.status_code == 302
    assert "AAC-2026-7" in visible(reviewer.get(address).text)


def test_the_centre_transcribes_a_sheet_and_one_case_is_counted(
    people, reviewer, centre, numbers
) -> None:
    address = record(reviewer, numbers[0])
    assert "Transcrire en déclaration" not in reviewer.get(address).text
    assert reviewer.get(f"{address}declaration/").status_code == 403
    form = centre.get(f"{address}declaration/")
    assert form.status_code == 200
    posted = fields(form.text)
    assert posted["drugs.0.name"] == ["Amoxicilline"]
    assert posted["channel"] == ["phone"]
    answer = centre.post("/declarations/nouvelle/", posted | {"do": ["send"]})
    assert answer.status_code == 302, visible(answer.text)
    number = re.search(r"/declarations/([0-9A-Z-]+)/", answer["Location"])[1]
    facts = sheet_queries.facts_of(sheet_id(numbers[0]))
    case = queries.declaration(people["crpv.paris"], parse(number))
    assert case.facts.first_received_at == facts.recordings[0].received_at
    assert numbers[0] in (case.report.narrative or "")
    # Opened again, the form gives way to the declaration that quotes the sheet.
    projected()
    again = centre.get(f"{address}declaration/")
    assert again["Location"] == f"{address}rapprochement/"
    done = centre.post(f"{address}rapprochement/", {"reference": number, "key": "k"})
    assert done.status_code == 302
    after = sheet_queries.facts_of(sheet_id(numbers[0]))
    assert (after.state, after.questions) == (SheetState.MATCHED, ())


def test_two_cases_under_one_number_are_each_transcribed(centre, numbers) -> None:
    address = record(centre, numbers[0])
    record(centre, numbers[0], patient_name_letters="AAA", drug_name="Ampicilline")
    # A case whose clock runs does not wait until somebody has judged the versions.
    assert "Transcrire en déclaration" in centre.get(address).text
    ruling = {"between": "recordings", "ruling": "separate_cases", "recording": "1", "key": "k"}
    centre.post(f"{address}ecart/", ruling | {"reason": "Deux patients"})
    found = []
    for drug in ("Amoxicilline", "Ampicilline"):
        form = fields(centre.get(f"{address}declaration/").text)
        assert form["drugs.0.name"] == [drug]
        answer = centre.post("/declarations/nouvelle/", form | {"do": ["send"]})
        found.append(answer["Location"].split("/")[2])
        projected()
        matched = {"reference": found[-1], "key": drug}
        assert centre.post(f"{address}rapprochement/", matched).status_code == 302
    facts = sheet_queries.facts_of(sheet_id(numbers[0]))
    assert (facts.state, facts.questions) == (SheetState.MATCHED, ())
    assert sorted(match.reference for match in facts.matches) == sorted(found)


def test_a_death_in_a_trial_is_transcribed_as_a_death_in_a_trial(people, centre, numbers) -> None:
    address = record(
        centre, numbers[0], kind="death_in_trial", caller_rpps="10009999912",
        trial_number="2025-500001-12-00", seriousness=[],
    )  # fmt: skip
    form = fields(centre.get(f"{address}declaration/").text)
    assert form["seriousness"] == ["death"]
    assert form["reporter.rpps"] == ["10009999912"]
    assert form["drugs.0.authorisation"] == ["clinical_trial"]
    answer = centre.post("/declarations/nouvelle/", form | {"do": ["send"]})
    number = answer["Location"].split("/")[2]
    case = queries.declaration(people["crpv.paris"], parse(number))
    assert case.facts.serious
    assert "Essai clinique 2025-500001-12-00." in (case.report.narrative or "")


def test_a_death_in_a_trial_of_a_drug_that_is_not_named_is_sent(people, centre, numbers) -> None:
    address = record(centre, numbers[0], kind="death_in_trial", drug_name="", seriousness=[])
    form = fields(centre.get(f"{address}declaration/").text)
    assert not any(form.get("drugs.0.authorisation", []))
    answer = centre.post("/declarations/nouvelle/", form | {"do": ["send"]})
    assert answer.status_code == 302, visible(answer.text)
    number = answer["Location"].split("/")[2]
    assert queries.declaration(people["crpv.paris"], parse(number)).report.drugs == ()


def test_the_right_declaration_is_proposed_however_many_came_before_it(
    people, reviewer, numbers
) -> None:
    address = record(reviewer, numbers[0], drug_name="Paracétamol", reaction_term="Vertige")
    right = declared(
        browser(people["dr.martin"]), drugs__0__name="Paracétamol", reactions__0__term="Vertige"
    )
    projected()
    row = OwnDeclarationRow.objects.get(stream=stream_name(CATEGORY, parse(right)))
    store.session("projector").execute(OTHERS, {"stream": row.stream, "count": 401})
    page = reviewer.get(f"{address}rapprochement/").text
    assert re.findall(r"declaration=([0-9A-Z-]+)", page)[0] == right
