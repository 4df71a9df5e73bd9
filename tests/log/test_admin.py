"""The log browser finds a stream by its index."""

from django.contrib import admin

from events import store
from events.models import Event
from tests.log.notes import command, new_stream, write


def test_a_stream_is_found_by_its_exact_name_through_the_index(db, rf):
    stream = new_stream()
    store.append([write(stream, count=2), write(new_stream())], command())
    browser = admin.site._registry[Event]
    found, _ = browser.get_search_results(rf.get("/"), Event.objects.all(), stream)
    assert {event.stream for event in found} == {stream}
    store.session().execute("SET enable_seqscan = off")
    plan = found.order_by().explain()
    assert "Index Cond: (stream = " in plan
