"""An authorisation at the agency, those that end while a renewal waits, and the figures."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from compassionate import sending, statistics
from compassionate.domain.prescription import Dispensing
from compassionate.domain.vocabulary import RequestKind
from events import spool_reports
from events.days import PARIS, months_after
from tests.backoffice.access_desk import (
    AUTHORISATIONS,
    HOME,
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
from tests.compassionate.samples import PHARMACY
from tests.portal.sending import browser, projected, visible

pytestmark = pytest.mark.django_db
REASONS = {"law": "CSP R5121-74-8", "fact": "Signal hépatique."}


def address(number: str) -> str:
    return f"{AUTHORISATIONS}{number}/"


def figures(agency, name: str = "signataire") -> statistics.Figures:
    day = timezone.localdate(timezone=PARIS)
    since = datetime.combine(day - timedelta(days=365), time.min, PARIS)
    until = datetime.combine(day + timedelta(days=1), time.min, PARIS)
    return statistics.figures(agency[name], since, until, timezone.now(), day)


def test_a_decision_on_an_older_state_of_an_authorisation_is_refused(agency) -> None:
    number = granted(agency, requested(agency))
    signatory = browser(agency["signataire"])
    old = signatory.get(address(number)).text
    said = {"until": today(days=20), "urgency": "Hépatites graves", **REASONS, **SIGNED}
    done(browser(agency["signataire"]), address(number), "suspension", **said)
    done(browser(agency["signataire"]), address(number), "reprise", reason="Écarté", **SIGNED)
    posted = {"key": hidden(old, "key"), "version": hidden(old, "version")} | {
        f"abrogation.{name}": value
        for name, value in {"urgency": "Hépatites graves", **REASONS, **SIGNED}.items()
    }
    answer = signatory.post(f"{address(number)}abrogation/", posted)
    assert answer.status_code == 409
    assert "Une dose peut" in read(signatory, address(number))


def test_a_spool_that_may_hold_something_asks_for_a_reason_to_suspend(agency) -> None:
    number = granted(agency, requested(agency))
    spool_reports.report("n9", waiting=1, opening=0, damaged=1, oldest=timezone.now())
    signatory = browser(agency["signataire"])
    said = {"until": today(days=20), "urgency": "Hépatites graves", **REASONS, **SIGNED}
    held = act(signatory, address(number), "suspension", **said)
    assert held.status_code == 422
    assert "n9" in visible(held.text)
    assert 'name="suspension.in_spite_of"' in held.text
    done(signatory, address(number), "suspension", **said, in_spite_of="Serveur n9 détruit")
    page = read(signatory, address(number))
    assert "Suspendue" in page
    assert "Serveur n9 détruit" in page


def test_an_authorisation_is_suspended_resumed_and_abrogated(agency) -> None:
    number = granted(agency, requested(agency))
    signatory = browser(agency["signataire"])
    assert "Une dose peut être dispensée aujourd’hui" in read(signatory, address(number))
    over = act(
        signatory, address(number), "suspension", until=today(days=120), **REASONS, **SIGNED
    )
    page = visible(over.text)
    assert "trois mois au plus" in page
    assert "Entendez d’abord le titulaire" in page
    said = {"until": today(days=20), "urgency": "Hépatites graves", **REASONS, **SIGNED}
    done(signatory, address(number), "suspension", **said)
    page = read(signatory, address(number))
    assert "Suspendue" in page
    assert "Aucune dose" in page
    done(signatory, address(number), "reprise", reason="Signal écarté", **SIGNED)
    assert "Une dose peut" in read(signatory, address(number))
    page = read(signatory, address(number))
    assert "sans fait nouveau : les suspensions qui se suivent comptent ensemble" in page
    three = (months_after(timezone.localdate(timezone=PARIS), 3) + timedelta(days=1)).strftime
    again = {**said, "until": three("%d/%m/%Y"), "new_fact": "Deux décès déclarés"}
    refused = act(signatory, address(number), "suspension", **again)
    assert "trois mois au plus" in visible(refused.text)
    done(signatory, address(number), "abrogation", heard_on=today(), **REASONS, **SIGNED)
    assert "Abrogée" in read(signatory, address(number))


def test_withdrawal_and_cessation_name_their_ground_and_their_day(agency) -> None:
    number = granted(agency, requested(agency))
    signatory = browser(agency["signataire"])
    days = {"marketing_authorised_on": today(), "ceases_on": today(days=30)}
    done(signatory, address(number), "cessation", **days, **SIGNED)
    assert f"Cessation fixée au {today(days=30)}" in read(signatory, address(number))
    for far in ("31/12/9999", "01/11/2990"):
        mistyped = act(
            signatory,
            address(number),
            "cessation",
            **days | {"marketing_authorised_on": far},
            **SIGNED,
        )
        assert mistyped.status_code == 422, far
    lacking = act(signatory, address(number), "retrait", **REASONS, **SIGNED)
    assert "Choisissez une réponse" in visible(lacking.text)
    said = {"ground": "illegal", "heard_on": today(), **REASONS, **SIGNED}
    done(signatory, address(number), "retrait", **said)
    assert "comme si elle n’avait jamais été" in read(signatory, address(number))


def test_only_a_signatory_acts_and_a_lawyer_reads_nothing_clinical(agency) -> None:
    number = granted(agency, requested(agency))
    evaluator = browser(agency["evaluateur"])
    assert "Suspendre" not in read(evaluator, address(number))
    answer = evaluator.post(f"{address(number)}reprise/", {"key": str(uuid4())})
    assert answer.status_code == 403
    assert "150 mg" in read(evaluator, address(number))
    assert "150 mg" not in read(browser(agency["juriste"]), address(number))
    assert evaluator.get(address("AAC-K7QX")).status_code == 404


def test_what_ends_while_its_renewal_waits_is_a_list_of_its_own(agency) -> None:
    number = granted(agency, requested(agency, part(duration_days=20)))
    alone = granted(agency, requested(agency, part(duration_days=15)))
    renewal = sending.submit_request(
        agency["ph.bernard"],
        RequestKind.RENEWAL,
        part(elapsed_data="Réponse partielle.", attests_interest=True, duration_days=20),
        PHARMACY,
        renews=number,
        idempotency_key=str(uuid4()),
        now=ago(minutes=5),
    )
    projected()
    page = read(browser(agency["evaluateur"]), f"{AUTHORISATIONS}?echeance=oui")
    first, _title, second = page.partition("Aucun renouvellement n’est demandé")
    assert number in first
    assert renewal.number in first
    assert alone in second
    assert "ne prolonge rien" in page
    for name, others in (("attente", alone), ("sans", number)):
        only = read(browser(agency["evaluateur"]), f"{AUTHORISATIONS}?echeance={name}")
        assert others not in only
        assert "Les trois listes" in only
    garbled = browser(agency["evaluateur"]).get(f"{AUTHORISATIONS}?echeance=sans&suite=x")
    assert garbled.status_code == 400
    assert number in read(browser(agency["evaluateur"]), AUTHORISATIONS)


def test_a_renewal_is_offered_from_the_day_after(agency) -> None:
    number = granted(agency, requested(agency, part(duration_days=20)))
    renewal = sending.submit_request(
        agency["ph.bernard"],
        RequestKind.RENEWAL,
        part(elapsed_data="Réponse partielle.", attests_interest=True, duration_days=20),
        PHARMACY,
        renews=number,
        idempotency_key=str(uuid4()),
        now=ago(minutes=5),
    )
    projected()
    granted_again = granted(agency, renewal.number)
    assert granted_again != number
    page = read(browser(agency["signataire"]), address(number))
    assert f"Remplacée par {granted_again} , le {today(days=20)}" in page.replace("  ", " ")


def test_figures_count_lanes_outcomes_and_false_conformity(agency) -> None:
    granted(agency, requested(agency, at=ago(hours=2)))
    number = requested(
        agency, off_criteria(), given=Dispensing(at=ago(hours=1), quantity="60", batch="B1")
    )
    taken_up(agency, number)
    done(
        browser(agency["evaluateur"]), one(number), "question", items="Bilan", limit=today(days=3)
    )
    told = figures(agency)
    assert told.outcomes.received == 2
    assert (told.outcomes.asked, told.outcomes.granted) == (1, 1)
    (lane,) = told.lanes
    assert (lane.lane, lane.received, lane.decided) == ("not_deferrable", 2, 1)
    assert lane.within_goal == 1
    assert 1.9 < (lane.median_hours or 0) < 2.1
    assert told.outcomes.declared_out_of_hours == 1
    assert told.following.running == 1
    assert told.known_until is not None


def test_a_dose_refused_when_regularised_was_falsely_conforming(agency) -> None:
    number = requested(agency, given=Dispensing(at=ago(hours=1), quantity="60", batch="B1"))
    taken_up(agency, number)
    reasons = {
        "law": "CSP L5121-12-1", "fact": "Critères non remplis.", "grounds": "not_established",
    }  # fmt: skip
    done(browser(agency["evaluateur"]), one(number), "proposer-refus", **reasons)
    done(
        browser(agency["signataire"]), one(number), "refus", safety_follow_up="J7",
        grounds=["not_established", "public_health"], **SIGNED,
    )  # fmt: skip
    projected()
    told = figures(agency)
    assert (told.outcomes.declared_out_of_hours, told.outcomes.false_conformity) == (1, 1)
    page = read(browser(agency["signataire"]), f"{HOME}statistiques/?jours=30")
    assert "100 % (1 sur 1)" in page
    assert [(one.ground, one.refused) for one in told.grounds] == [
        ("not_established", 1), ("public_health", 1),
    ]  # fmt: skip
    assert "Motif de santé publique : 1" in page


def test_small_cells_by_product_are_masked(agency) -> None:
    for _ in range(5):
        requested(agency, off_criteria(product_name="FREQUENT"))
    requested(agency, off_criteria(product_name="RARISSIME"))
    by_name = {row.product: row for row in figures(agency).products}
    assert by_name["FREQUENT"].received == 5
    assert by_name["RARISSIME"].received is None
    page = read(browser(agency["auditeur"]), f"{HOME}statistiques/")
    assert "RARISSIME masqué" in page
    assert "Compté le" in page


def test_figures_of_nothing_and_for_nobody_else(agency) -> None:
    assert "Aucune demande reçue" in read(browser(agency["juriste"]), f"{HOME}statistiques/")
    assert figures(agency).lanes == []
    assert browser(agency["dr.martin"]).get(f"{HOME}statistiques/").status_code == 403
    with pytest.raises(PermissionDenied):
        figures(agency, "dr.martin")
    assert replace(figures(agency).outcomes, received=0) == figures(agency).outcomes
