"""Setting aside in the log: once under two drainers, readable on the desk, told to the sender."""

import re
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import psycopg
import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db import connection, connections
from django.http import Http404
from django.test.utils import CaptureQueriesContext

from continuity import reactions as letters, set_aside, set_aside_queries
from continuity.domain.set_aside_events import Done, Reason
from continuity.set_aside_models import SetAsideRow
from events import erasure, reactions, store
from events.errors import CommandReused, Refused
from events.event import Actor, stream_name
from events.handle import history
from pharmacovigilance.domain.places import has_centre
from tests.continuity.spooled import RECEIVED, Row, put_aside, with_key
from tests.domain.samples import SERIOUS, VALID, declare, withdraw
from tests.portal.sending import projected

pytestmark = pytest.mark.django_db


def recorded(row: Row):
    return history(set_aside.stream_of(row.receipt_id))


def test_twice_is_once_and_whoever_came_first_gave_the_reason() -> None:
    row = Row()
    assert not set_aside.is_set_aside(row.receipt_id)
    put_aside(row, Reason.NOT_ALLOWED)
    put_aside(row, Reason.POISON, codes=["other"])
    assert set_aside.is_set_aside(row.receipt_id)
    (event,) = recorded(row)
    assert (event.event.reason, event.event.problems) == (Reason.NOT_ALLOWED, ())
    set_aside.set_aside(row, "poison", command_id=uuid4())
    assert len(recorded(row)) == 1


def test_after_it_was_taken_up_it_is_not_set_aside_again(people) -> None:
    row = Row()
    identifier = put_aside(row)
    take_up(people["evaluateur"], identifier)
    put_aside(row)
    assert [one.event.TYPE for one in recorded(row)] == [
        "continuity.submission_set_aside",
        "continuity.submission_taken_up",
    ]


def test_two_drainers_at_the_same_time_set_aside_once(db) -> None:
    rows = [Row(name=str(number)) for number in range(10)]
    together = Barrier(2)

    def drain(reason: Reason) -> None:
        try:
            for row in rows:
                together.wait(10)
                put_aside(row, reason)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as drainers:
        for done in [drainers.submit(drain, r) for r in (Reason.REFUSED, Reason.POISON)]:
            done.result(60)
    assert [len(recorded(row)) for row in rows] == [1] * len(rows)


def test_the_date_of_the_receipt_and_the_sealed_command_are_kept(people) -> None:
    row = Row()
    put_aside(row, sender=people["dr.martin"], codes=["already_withdrawn"])
    (one,) = recorded(row)
    event = one.event
    assert event.received_at == RECEIVED
    assert event.occurred_at > RECEIVED
    assert b64decode(event.sealed) == row.sealed
    assert b64decode(event.header) == row.header_bytes
    assert (event.sender, event.sender_role) == (str(people["dr.martin"].public_id), "doctor")
    assert (event.target, event.priority, event.node) == (row.header.stream, 2, "n1")


def test_nothing_of_the_patient_is_in_clear_and_an_erasure_reaches_it(monkeypatch, people) -> None:
    row = Row()
    identifier = put_aside(row)
    stream = stream_name("set_aside", identifier)
    (stored,) = store.read_stream(stream)
    assert "sealed1:" in stored.payload
    projected()
    shown = str(SetAsideRow.objects.values().get())
    for secret in ("DUP", "Méthotrexate", "Pancytop", "sealed1:"):
        # What is sealed is random symbols: any three letters may stand in it.
        sealed = re.sub(r"[\w+/=-]{24,}", "", stored.payload).replace("sealed1:", "")
        assert secret not in sealed
        assert secret not in shown
    with_key(monkeypatch)
    centre = people["crpv.paris"]
    erasure.erase(stream, "patient", basis="x", actor=Actor(id="o", role="operator"), now=RECEIVED)
    put_aside(row)
    assert len(recorded(row)) == 1
    found = set_aside_queries.submission(people["evaluateur"], identifier, has_centre)
    assert (found.command, found.sealed_because) == (None, "erased")
    with pytest.raises(Http404):
        set_aside_queries.submission(centre, identifier, has_centre)


def take_up(user, identifier, key: str = "k", **more) -> None:
    said = {"done": Done.SENDER_CONTACTED, "why": "Appelé.", **more}
    set_aside.take_up(user, identifier, idempotency_key=key, **said)


def test_a_form_sent_twice_takes_up_once_and_another_is_refused(people) -> None:
    identifier = put_aside(Row())
    reviewer = people["evaluateur"]
    for _ in range(2):
        take_up(reviewer, identifier)
    with pytest.raises(CommandReused):
        take_up(reviewer, identifier, why="Autre.")
    with pytest.raises(Refused, match="already_taken_up"):
        take_up(reviewer, identifier, key="other")


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("signataire", PermissionDenied),
        ("operateur", PermissionDenied),
        ("dr.martin", Http404),
        ("ph.bernard", Http404),
    ],
)
def test_who_may_not_take_up_cannot(people, name, error) -> None:
    row = Row()
    identifier = put_aside(row, sender=people["dr.martin"])
    with pytest.raises(error):
        take_up(people[name], identifier)
    with pytest.raises(Http404):
        take_up(people["evaluateur"], uuid4())
    assert len(recorded(row)) == 1


def test_the_desk_is_in_order_of_urgency_then_of_age_and_turned_by_key(people) -> None:
    later = RECEIVED + timedelta(hours=1)
    for row in [
        Row(name="1", command=withdraw()),
        Row(name="2", command=declare(SERIOUS), received_at=later),
        Row(name="3", command=declare(SERIOUS)),
        Row(name="4", command=declare(VALID)),
    ]:
        put_aside(row)
    projected()
    reviewer = people["evaluateur"]
    whole = set_aside_queries.waiting(reviewer)
    names = [row.receipt_id.split("-")[2] for row in whole.rows]
    assert names == ["3", "2", "4", "1"]
    first = set_aside_queries.waiting(reviewer, size=3)
    rest = set_aside_queries.waiting(reviewer, size=3, cursor=first.next_cursor)
    assert [*first.rows, *rest.rows] == list(whole.rows)
    assert (whole.next_cursor, rest.next_cursor) == (None, None)
    with pytest.raises(Refused):
        set_aside_queries.waiting(reviewer, cursor="forged")


def test_what_is_taken_up_leaves_the_desk(people) -> None:
    identifier = put_aside(Row())
    put_aside(Row(name="2"))
    take_up(people["evaluateur"], identifier)
    projected()
    reviewer = people["evaluateur"]
    assert [r.receipt_id for r in set_aside_queries.waiting(reviewer).rows] == [
        Row(name="2").receipt_id
    ]
    (done,) = set_aside_queries.taken_up(reviewer)
    assert (done.identifier, done.done) == (identifier, "sender_contacted")


def test_a_centre_sees_what_its_own_territory_sent(people) -> None:
    put_aside(Row(name="1"), sender=people["dr.martin"])
    put_aside(Row(name="2"))
    projected()
    centre = people["crpv.paris"]
    shown = {row.receipt_id for row in set_aside_queries.waiting(centre).rows}
    assert shown == {Row(name="1").receipt_id}
    for name, sees in [("1", True), ("2", False)]:
        stream = set_aside.stream_of(Row(name=name).receipt_id)
        assert set_aside_queries.covers(centre, stream) is sees


def test_a_doctor_without_institution_is_of_her_own_departement(people) -> None:
    doctor = people["dr.martin"]
    doctor.institution, doctor.department = None, "75"
    doctor.save()
    identifier = put_aside(Row(), sender=doctor)
    projected()
    centre = people["crpv.paris"]
    assert [row.identifier for row in set_aside_queries.waiting(centre).rows] == [identifier]
    assert (
        set_aside_queries.submission(centre, identifier, has_centre).sender.email == doctor.email
    )


def test_a_stream_that_cannot_be_read_stands_at_the_top_of_the_desk(people) -> None:
    put_aside(Row())
    stream = stream_name("set_aside", uuid4())
    event = store.NewEvent(
        type="continuity.from_tomorrow", schema_version=1, payload="{}",
        occurred_at=RECEIVED, received_at=RECEIVED,
    )  # fmt: skip
    write = store.StreamWrite(stream=stream, expected_version=0, events=[event])
    store.append([write], store.Command(id=uuid4(), digest=b"d" * 32, metadata="{}"))
    projected()
    first, second = set_aside_queries.waiting(people["evaluateur"]).rows
    assert (first.reason, first.stream) == ("unreadable_here", stream)
    assert second.reason == "refused"


def sent(people, reason: Reason, name: str = "1"):
    """Set aside what a doctor sent, and return the letter that leaves."""
    mail.outbox.clear()
    put_aside(Row(name=name), reason, people["dr.martin"])
    reactions.plan_all()
    reactions.deliver_all()
    return mail.outbox


@pytest.mark.parametrize("reason", Reason)
def test_the_sender_is_told_once_without_any_clinical_word(people, settings, reason) -> None:
    (letter,) = sent(people, reason)
    assert letter.to == [people["dr.martin"].email]
    receipt = Row().receipt_id
    assert receipt in letter.subject
    assert f"{settings.PUBLIC_URL}/recus/{receipt}/" in letter.body
    assert "cette date reste acquise" in letter.body
    for secret in ("DUP", "Méthotrexate", "Pancytop", "declaration-", "Martin"):
        assert secret not in letter.subject + letter.body
    assert sent(people, reason) == []


def test_the_letter_of_a_file_of_others_is_the_letter_of_no_file(people) -> None:
    """Also in what is kept of the message: template and outbox give nothing away."""
    other = sent(people, Reason.NOT_ALLOWED)[0].body.replace(Row(name="1").receipt_id, "R")
    none = sent(people, Reason.UNKNOWN_TARGET, "2")[0].body.replace(Row(name="2").receipt_id, "R")
    assert other == none
    rows = store.session("projector").execute("SELECT template FROM read.events_outbox")
    assert {template for (template,) in rows} == {"submission.unknown_target"}


def test_there_is_a_letter_for_every_reason_that_a_sender_is_told() -> None:
    assert set(letters.WHAT_TO_DO) == set(Reason) - {Reason.NOT_ALLOWED}


def test_nobody_is_written_to_where_the_sender_is_not_known(people) -> None:
    mail.outbox.clear()
    put_aside(Row(), Reason.UNREADABLE)
    people["dr.martin"].is_active = False
    people["dr.martin"].save()
    put_aside(Row(name="2"), Reason.REFUSED, people["dr.martin"])
    reactions.plan_all()
    reactions.deliver_all()
    assert mail.outbox == []


FILL = """
    INSERT INTO read.set_aside SELECT 'set_aside-' || gen_random_uuid(), '', 1, n % 20 = 0, n % 8,
        now() - n * interval '1 minute', now(), 'n1', 'n1', 'k', 't', 'refused', '', '', '', '',
        '', '', '', CASE WHEN n % 20 <> 0 THEN now() END
    FROM generate_series(1, 20000) AS n; ANALYZE read.set_aside
"""


def test_the_desk_is_read_from_an_index_in_order_however_long_it_is(people, projector_dsn) -> None:
    with psycopg.connect(projector_dsn) as projector:
        projector.execute(FILL)
    reviewer = people["evaluateur"]
    cursor = set_aside_queries.waiting(reviewer).next_cursor
    for read in (
        lambda: set_aside_queries.waiting(reviewer),
        lambda: set_aside_queries.waiting(reviewer, cursor=cursor),
        lambda: set_aside_queries.taken_up(reviewer),
    ):
        with CaptureQueriesContext(connection) as asked:
            read()
        (sql,) = [query["sql"] for query in asked.captured_queries]
        with connection.cursor() as database:
            database.execute(f"EXPLAIN {sql}")
            plan = "\n".join(row[0] for row in database.fetchall())
        assert "Index Scan" in plan, plan
        assert "Sort" not in plan, plan
