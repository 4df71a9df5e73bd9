"""The page of legal parameters: a lawyer settles and signs, the agency reads, nothing is erased."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from compassionate import sending
from compassionate.domain.legal_parameter import LegalParameter
from compassionate.domain.prescription import Dispensing
from tests.backoffice.access_desk import (
    HOME,
    PARAMETERS,
    act,
    ago,
    done,
    part,
    read,
    today,
)
from tests.compassionate.scene import settled
from tests.outage import database_away
from tests.portal.catalogue import french_left
from tests.portal.sending import browser, projected, visible

OPEN = "L’effet du silence n’est pas arrêté"
NOTE = {"text": "CRPA L231-4, annexe du décret 2014-1288", "reference": "JUR 2026-7"}


def test_a_lawyer_settles_and_every_value_stays(agency) -> None:
    client = browser(agency["juriste"])
    assert OPEN in read(client, PARAMETERS)
    said = NOTE | {"value": "rejection", "in_force_from": today()}
    done(client, PARAMETERS, "silence", **said)
    done(
        client, PARAMETERS, "silence", value="acceptance", in_force_from=today(days=30),
        text="Décret à venir", reference="JUR 2026-8",
    )  # fmt: skip
    page = read(client, PARAMETERS)
    assert OPEN not in page
    for words in (
        "Le silence vaut rejet", "Le silence vaut acceptation", "JUR 2026-7", "JUR 2026-8",
        "annexe du décret", agency["juriste"].get_full_name(), "En vigueur", "À venir",
    ):  # fmt: skip
        assert words in page, words
    done(client, PARAMETERS, "silence", **said | {"value": "acceptance"})
    assert "Remplacé" in read(client, PARAMETERS)


def test_what_is_refused_is_told_at_once_at_its_field(agency) -> None:
    client = browser(agency["juriste"])
    refused = act(client, PARAMETERS, "silence", in_force_from=today(days=-1))
    assert refused.status_code == 422
    told = visible(refused.text)
    for words in (
        "Choisissez ce que vaut le silence", "ne vaut pas pour le passé", "fondement juridique :",
        "référence de la note",
    ):  # fmt: skip
        assert words in told, words
    days = act(client, PARAMETERS, "regularisation", value="20", in_force_from=today(), **NOTE)
    assert "de 1 à 15" in visible(days.text)
    assert "<table" not in client.get(PARAMETERS).text
    assert OPEN in read(client, PARAMETERS)


def test_whoever_reads_the_queue_reads_and_only_a_lawyer_settles(agency) -> None:
    for name in ("evaluateur", "signataire", "juriste", "auditeur"):
        assert "Paramètres juridiques" in read(browser(agency[name]), PARAMETERS)
    assert 'href="/agence/acces/parametres/"' in browser(agency["evaluateur"]).get(HOME).text
    for name in ("dr.martin", "ph.bernard", "operateur", "astreinte", "referentiel"):
        assert browser(agency[name]).get(PARAMETERS).status_code == 403, name
    for name in ("evaluateur", "signataire", "auditeur"):
        assert "Que faire" not in read(browser(agency[name]), PARAMETERS)
        answer = browser(agency[name]).post(f"{PARAMETERS}silence/", {"key": str(uuid4())})
        assert answer.status_code == 404, name
    lawyer = browser(agency["juriste"])
    assert lawyer.post(f"{PARAMETERS}inconnu/", {"key": str(uuid4())}).status_code == 404
    assert "Paramètres juridiques" in read(lawyer, f"{PARAMETERS}silence/")


@pytest.mark.parametrize("who", ["juriste", None])
def test_what_was_typed_comes_back_in_an_outage(agency, who) -> None:
    client = browser(agency[who] if who else None)
    typed = {"silence.text": "Avis du Conseil d’État", "key": str(uuid4())}
    if who:
        with database_away():
            answer = client.post(f"{PARAMETERS}silence/", typed)
        assert answer.status_code == 503
    else:
        answer = client.post(f"{PARAMETERS}silence/", typed)
    assert "Avis du Conseil d’État" in visible(answer.text)


def test_parameters_are_read_in_english(agency) -> None:
    client = browser(agency["juriste"], "en")
    pages = {"open": read(client, PARAMETERS)}
    refused = act(client, PARAMETERS, "silence", in_force_from=today(days=-1))
    pages["refused"] = visible(refused.text)
    text = {"text": "Test", "reference": "Test 1"}
    done(client, PARAMETERS, "silence", value="rejection", in_force_from=today(), **text)
    done(client, PARAMETERS, "regularisation", value="3", in_force_from=today(), **text)
    pages["settled"] = read(client, PARAMETERS)
    assert french_left(pages) == {}
    assert "does not hold for the past" in pages["refused"]
    assert "Silence means rejection" in pages["settled"]
    assert "3 working days" in pages["settled"]


def test_a_dose_is_not_late_within_the_days_that_were_settled_when_it_was_given(agency) -> None:
    settled(
        agency["juriste"], LegalParameter.REGULARISATION_DAYS, at=ago(days=20), value="15"
    )  # fmt: skip
    told = sending.declare_dispensing(
        agency["ph.bernard"], Dispensing(at=ago(days=10), quantity="60", batch="B1"),
        prescription=part(), prescriber_attests=True, pharmacist_attests=True,
        idempotency_key=str(uuid4()), now=timezone.now() - timedelta(days=10),
    )  # fmt: skip
    projected()
    page = read(browser(agency["evaluateur"]), f"{HOME}a-regulariser/")
    assert told.number in page
    assert "Dans le délai" in page
    assert "jours ouvrés : alarme" not in page
