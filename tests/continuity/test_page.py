"""The status page promises nothing that is not so."""

from datetime import UTC, datetime, timedelta

import pytest

from continuity.beacon.page import Told, as_html, as_json
from continuity.beacon.watch import (
    SILENT,
    Entry,
    Incident,
    IncidentKind,
    Kind,
    Picture,
    Service,
    State,
    picture,
)
from continuity.beacon.words import MEANWHILE

AT = datetime(2026, 6, 17, 16, 0, tzinfo=UTC)


def shown(states: dict[str, State], eta: tuple[datetime, datetime] | None = None) -> str:
    services = {name: Service(name=name, state=state, since=AT) for name, state in states.items()}
    incidents = (Incident(number="INC-1", opened_at=AT),)
    seen = Picture(services=services, incidents=incidents)
    now = AT + timedelta(minutes=10)
    return as_html(Told(seen, now, eta), now)


def advice(page: str) -> set[str]:
    return {name for name, (french, _) in MEANWHILE.items() if french in page}


@pytest.mark.parametrize(
    ("down", "told"),
    [
        ({"worker"}, {"worker"}),
        ({"worker", "mail"}, {"worker", "mail"}),
        ({"portal", "worker", "mail"}, {"portal", "worker", "mail"}),
        ({"database", "worker"}, {"database", "worker"}),
        ({"recording"}, {"recording"}),
        ({"intake", "worker", "mail"}, {"intake"}),
        ({"intake", "portal", "database", "worker"}, {"intake"}),
        (set(), set()),
    ],
)
def test_nobody_is_told_to_declare_where_it_cannot_be_received(down, told):
    states = {name: State.DOWN if name in down else State.UP for name in MEANWHILE}
    page = shown(states)
    assert advice(page) == told
    received = "Les déclarations sont reçues" in page
    assert received is ("intake" not in down)


@pytest.mark.parametrize("state", [State.UP, State.DOWN])
@pytest.mark.parametrize("unknown", ["intake", "portal"])
def test_what_is_not_observed_is_not_called_working(state, unknown):
    page = shown({"intake": State.UP, "portal": state} | {unknown: State.NOT_OBSERVED})
    assert "n’est pas encore connu" in page
    assert "Les déclarations sont reçues" not in page


def test_a_database_that_is_away_takes_nothing_from_those_who_declare():
    page = shown({"intake": State.UP, "portal": State.UP, "database": State.DOWN})
    assert "Les déclarations sont reçues ; une partie du service est en panne." in page
    assert "Se connecter, lire un dossier et voir les listes ne le sont pas." in page
    assert "You cannot sign in, read a file or see the lists." in page


def test_an_end_is_unknown_and_lists_that_catch_up_are_no_end():
    soon = (AT, AT + timedelta(hours=1))
    up = {"intake": State.UP, "worker": State.UP}
    assert (
        "entre au registre et dans les listes de l’agence : tout y sera entre le 17/06/2026 18:00"
        in (shown(up, soon))
    )
    assert "la fin de l’incident est annoncée ici" in shown(up)
    for state in (State.DOWN, State.NOT_OBSERVED):
        page = shown(up | {"mail": state}, soon)
        assert "Retour à la normale : inconnu" in page
        assert "19:00" not in page


@pytest.mark.parametrize(
    ("state", "told"), [(State.UP, True), (State.DOWN, False), (State.NOT_OBSERVED, False)]
)
def test_machines_are_told_an_end_by_the_same_rule(state, told):
    seen = picture_of(worker=State.UP, mail=state)
    end = as_json(Told(seen, AT, (AT, AT)), AT)["eta"]
    assert (end is not None) is told


def picture_of(**states: State) -> Picture:
    return Picture(
        services={
            name: Service(name=name, state=state, since=AT) for name, state in states.items()
        }
    )


def test_a_beacon_that_hangs_calls_nothing_working():
    last = AT + timedelta(hours=1)
    told = Told(picture_of(intake=State.UP, mail=State.DOWN), last, (AT, AT))
    page = as_html(told, last + SILENT)
    assert "Les déclarations sont reçues" in page
    now = last + SILENT + timedelta(seconds=1)
    page = as_html(told, now)
    assert "Non observé depuis le 17/06/2026 19:00" in page
    assert "Les déclarations" not in page
    machine = as_json(told, now)
    assert {(one["state"], one["since"]) for one in machine["services"]} == {
        (State.NOT_OBSERVED, last.isoformat())
    }
    assert machine["eta"] is None
    assert machine["observed_at"] == last.isoformat()


def test_machines_are_told_what_to_do_meanwhile_as_people_are():
    def meanwhile(**states: State) -> dict:
        services = as_json(Told(picture_of(**states), AT), AT)["services"]
        return {one["name"]: one["meanwhile"] for one in services}

    told = meanwhile(intake=State.UP, worker=State.DOWN, mail=State.NOT_OBSERVED)
    french, english = MEANWHILE["worker"]
    assert told == {"intake": None, "worker": {"fr": french, "en": english}, "mail": None}
    told = meanwhile(intake=State.DOWN, worker=State.DOWN)
    assert told["intake"]["fr"] == MEANWHILE["intake"][0]
    assert told["worker"] is None


def test_an_update_that_is_overdue_says_so():
    seen = Picture(incidents=(Incident(number="INC-1", opened_at=AT),))
    assert "en retard" not in as_html(Told(seen), AT + timedelta(minutes=14))
    assert "en retard" in as_html(Told(seen), AT + timedelta(minutes=16))


OUTAGE = Incident(number="INC-1", opened_at=AT, title="Base", services=("database",))
LEAK = Incident(
    number="INC-2",
    opened_at=AT + timedelta(hours=1),
    title="Accès indu",
    kind=IncidentKind.CONFIDENTIALITY,
)


@pytest.mark.parametrize("known", [(OUTAGE, LEAK), (LEAK, OUTAGE)])
def test_all_that_are_open_are_shown_and_machines_find_the_outage_where_it_was(known):
    told = Told(Picture(incidents=known), AT, (AT, AT))
    page, machine = as_html(told, AT), as_json(told, AT)
    assert page.index("Incident INC-1 Base") < page.index("Incident INC-2 Accès indu")
    assert page.count("entre au registre") == 1, "lists tell nothing of a leak"
    assert machine["incident"]["incident"] == "INC-1"
    assert machine["next_update"] == OUTAGE.next_update.isoformat()
    assert [one["incident"] for one in machine["open"]] == ["INC-1", "INC-2"]


def test_a_leak_alone_is_told_as_before():
    machine = as_json(Told(Picture(incidents=(LEAK,)), AT), AT)
    assert machine["incident"]["incident"] == "INC-2"
    assert machine["open"] == [machine["incident"]]
    assert as_json(Told(Picture(), AT), AT)["open"] == []


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


def test_how_much_is_received_and_not_recorded_is_told_as_long_as_it_is_known():
    told = Told(picture_of(intake=State.UP), AT, spooled=50_000)
    assert "attendent leur inscription au registre : 50000." in as_html(told, AT)
    assert as_json(told, AT)["spooled"] == 50_000
    later = AT + SILENT + timedelta(seconds=1)
    assert as_json(told, later)["spooled"] is None
    for page in (as_html(told, later), as_html(told._replace(spooled=0), AT)):
        assert "attendent leur inscription" not in page
