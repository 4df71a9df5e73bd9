"""The status page promises nothing that is not so."""

from datetime import UTC, datetime, timedelta

import pytest

from continuity.beacon.page import MEANWHILE, Told, as_html, as_json
from continuity.beacon.watch import Entry, Incident, Kind, Picture, Service, State, picture

AT = datetime(2026, 6, 17, 16, 0, tzinfo=UTC)


def shown(states: dict[str, State], eta: tuple[datetime, datetime] | None = None) -> str:
    services = {name: Service(name=name, state=state, since=AT) for name, state in states.items()}
    incidents = (Incident(number="INC-1", opened_at=AT),)
    seen = Picture(services=services, incidents=incidents)
    return as_html(Told(seen, AT, eta), AT + timedelta(minutes=10))


def advice(page: str) -> set[str]:
    return {name for name, (french, _) in MEANWHILE.items() if french in page}


@pytest.mark.parametrize(
    ("down", "told"),
    [
        ({"worker"}, {"worker"}),
        ({"worker", "mail"}, {"worker", "mail"}),
        ({"portal", "worker", "mail"}, {"portal"}),
        ({"portal", "database", "worker"}, {"portal", "database"}),
        (set(), set()),
    ],
)
def test_nobody_is_told_to_declare_where_it_cannot_be_received(down, told):
    states = {name: State.DOWN if name in down else State.UP for name in MEANWHILE}
    page = shown(states)
    assert advice(page) == told
    received = "Les déclarations sont reçues" in page
    assert received is not bool(down & {"portal", "database"})


def test_what_is_not_observed_is_not_called_working():
    page = shown({"portal": State.UP, "database": State.NOT_OBSERVED})
    assert "n’est pas encore connu" in page
    assert "normalement" not in page


def test_an_end_is_a_range_or_unknown():
    assert "Retour à la normale : inconnu" in shown({"worker": State.DOWN})
    page = shown({"worker": State.DOWN}, (AT, AT + timedelta(hours=1)))
    assert "entre 17/06/2026 à 18:00 et 17/06/2026 à 19:00" in page


def test_an_update_that_is_overdue_says_so():
    seen = Picture(incidents=(Incident(number="INC-1", opened_at=AT),))
    assert "en retard" not in as_html(Told(seen), AT + timedelta(minutes=14))
    assert "en retard" in as_html(Told(seen), AT + timedelta(minutes=16))


def test_notes_and_names_of_people_on_call_are_not_shown():
    due = (AT + timedelta(hours=1)).isoformat()
    data = {"incident": "INC-1", "since": AT.isoformat(), "title": "Panne"}
    told = {"text": "Public", "next_update": due, "by": "camille"}
    seen = picture(
        [
            Entry(kind=Kind.OPENED, at=AT, data=data),
            Entry(kind=Kind.NOTE, at=AT, data={"text": "mot de passe du coffre", "by": "camille"}),
            Entry(kind=Kind.BULLETIN, at=AT, data=told),
        ]
    )
    for text in (as_html(Told(seen), AT), str(as_json(Told(seen), AT))):
        assert "Public" in text
        assert "camille" not in text
        assert "coffre" not in text


def test_a_journal_that_was_changed_is_told():
    assert "modifié après coup" in as_html(Told(Picture(), intact=False), AT)
    assert "modifié après coup" not in as_html(Told(Picture()), AT)
