"""A database that stands still: no page of a clinician waits for it."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from accounts import revocation
from accounts.outage import PATIENCE, database_answers
from config.local.processes import wait_until
from events.line import hang_up
from tests.accounts.people import demo_people
from tests.outage import database_away
from tests.portal.sending import browser, declared, intake_browser

SLACK = 1.0
"""Seconds for a loaded machine."""
INTAKE = 0.5
"""Seconds that a command waits for the log."""


@pytest.mark.django_db
def test_it_answers_or_it_is_away() -> None:
    assert database_answers()
    with database_away():
        assert not database_answers()
    assert database_answers()


@pytest.mark.django_db
def test_one_answer_serves_everybody_for_a_while(django_assert_num_queries) -> None:
    assert database_answers()
    with django_assert_num_queries(0):
        assert all(database_answers() for _ in range(50))


@pytest.mark.stack
def test_no_page_of_a_clinician_waits_for_a_database_that_stands_still(pg_cluster) -> None:
    doctor = browser(demo_people()["dr.martin"])
    revocation.refresh(timezone.now())
    pg_cluster.freeze()
    try:
        for client, path, status in [
            (doctor, "/connexion/", 503),
            (doctor, "/", 200),
            (doctor, "/declarations/nouvelle/", 200),
            (Client(), "/declarer-sans-compte/", 200),
            (Client(), "/connexion/", 503),
            (Client(), "/status", 200),
        ]:
            began = time.monotonic()
            assert client.get(path).status_code == status, path
            assert time.monotonic() - began < PATIENCE + SLACK, path
        began = time.monotonic()
        assert doctor.post("/deconnexion/").status_code == 302
        assert time.monotonic() - began < SLACK
    finally:
        pg_cluster.thaw()


@contextmanager
def standing_still(cluster) -> Iterator[Callable[[], float]]:
    """Freeze the server; yield a clock. It goes on after a while, for a request that waits for it."""
    goes_on = threading.Timer(20, cluster.thaw)
    goes_on.start()
    cluster.freeze()
    began = time.monotonic()
    try:
        yield lambda: time.monotonic() - began
    finally:
        goes_on.cancel()
        goes_on.join()
        cluster.thaw()
        assert wait_until(database_answers, 20)


@pytest.mark.stack
def test_nothing_that_a_clinician_sends_waits_for_a_database_that_stands_still(
    pg_cluster, settings
) -> None:
    people = demo_people()
    doctor, strict = browser(people["dr.martin"]), Client(enforce_csrf_checks=True)
    strict.force_login(people["dr.martin"])
    teller = intake_browser(people["dr.martin"])
    here = f"/declarations/{declared(doctor)}/"
    follow_up, withdrawal = here + "complement/", here + "retrait/"
    answer = here + "reponse/11111111-1111-4111-8111-111111111111/"
    known = {"version": "1", "known.drugs": "1", "known.reactions": "1"}
    typed = known | {"narrative": "Guérie.", "do": "send"}
    revocation.refresh(timezone.now())
    settings.INTAKE_DEADLINE = INTAKE
    hang_up()
    assert wait_until(database_answers, 20)
    for client, path, body, status in [
        (doctor, follow_up, typed | {"do": "add:drugs"}, 503),
        (doctor, follow_up, typed | {"do": "remove:reactions.1"}, 503),
        (doctor, follow_up, typed | {"reactions.0.end": "01/01/2999"}, 422),
        (doctor, follow_up, {"narrative": "Guérie.", "do": "send"}, 503),
        (doctor, follow_up, typed, 302),
        (teller, follow_up, typed, 200),
        (teller, follow_up, typed | {"do": "add:drugs"}, 200),
        (doctor, withdrawal, {"reason": ""}, 422),
        (doctor, answer, {"text": ""}, 422),
        (strict, follow_up, typed, 503),
        (strict, withdrawal, {"reason": "Doublon."}, 503),
        (strict, answer, {"text": "Lot FX12."}, 503),
        (doctor, withdrawal, None, 503),
        (doctor, here, None, 503),
        (doctor, here + "accuse/", None, 503),
        (doctor, "/declarations/", None, 503),
    ]:
        # A connection that Django keeps: nothing says that its server stands still.
        assert doctor.get(here).status_code == 200
        with standing_still(pg_cluster) as clock:
            if body is None:
                page = client.get(path)
            else:
                page = client.post(path, body | {"key": str(uuid4())})
            took = clock()
        assert page.status_code == status, (path, body)
        assert took < PATIENCE + INTAKE + SLACK, (path, body)
        if body and "narrative" in body and status != 302 and "C’est reçu" not in page.text:
            assert "Guérie." in page.text, body
