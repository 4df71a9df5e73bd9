"""Neither a disk nor the log takes anything: no form loses what was typed, and each says what to do."""

from uuid import uuid4

import pytest

from events.number import parse
from pharmacovigilance import queries
from portal import blind
from tests.outage import database_away
from tests.portal.sending import LEAST, browser, declared, intake_browser, visible
from tests.portal.test_door import DOOR, SAID
from tests.portal.test_kept import TYPED, sent_back

pytestmark = pytest.mark.django_db


@pytest.fixture
def full(settings, tmp_path):
    """Return what makes both spools refuse: folders that cannot be made."""
    (tmp_path / "file").write_text("")

    def act() -> None:
        settings.SPOOL_DIRS = [tmp_path / "file" / "a", tmp_path / "file" / "b"]

    return act


@pytest.fixture
def forms(people) -> dict[str, tuple]:
    """Return who sends which form where, by its name."""
    doctor = browser(people["dr.martin"])
    number = declared(doctor)
    browser(people["evaluateur"]).post(
        f"/agence/{number}/question/", {"text": "Quel lot ?", "key": str(uuid4())}
    )
    (question,) = queries.declaration(people["dr.martin"], parse(number)).questions
    case = f"/declarations/{number}/"
    known = {"version": "2", "known.drugs": "1", "known.reactions": "1"}
    unseen = {blind.MARK: "1", "narrative": TYPED}
    return {
        "declare": (doctor, "/declarations/nouvelle/", LEAST | {"narrative": TYPED}),
        "door": (browser(None), DOOR, SAID | {"narrative": TYPED}),
        "follow_up": (doctor, f"{case}complement/", known | {"narrative": TYPED}),
        "blind": (intake_browser(people["dr.martin"]), f"{case}complement/", unseen),
        "answer": (doctor, f"{case}reponse/{question.id}/", {"text": TYPED}),
        "withdraw": (doctor, f"{case}retrait/", {"reason": TYPED}),
    }


@pytest.mark.parametrize("name", ["declare", "door", "follow_up", "blind", "answer", "withdraw"])
def test_what_nothing_can_take_comes_back_whole(forms, full, settings, name):
    client, path, typed = forms[name]
    body = typed | {"do": "send", "key": str(uuid4())}
    settings.ON_CALL_PHONE = "+33 1 23 45 67 89"
    before = settings.SPOOL_DIRS
    full()
    with database_away():
        page = client.post(path, body)
    assert page.status_code == 507, visible(page.text)
    assert page["Retry-After"] == "10"
    text = visible(page.text)
    assert "rien n’est parti" in text
    assert "Cerfa 10011*07" in text
    assert "+33 1 23 45 67 89" in text
    again = sent_back(page.text)
    assert {one: again[one] for one in body if one != "do"} == {
        one: [value] for one, value in body.items() if one != "do"
    }
    settings.SPOOL_DIRS = before
    assert client.post(path, again | {"do": "send"}).status_code in {200, 302}


def test_where_nobody_is_on_call_no_number_is_promised(forms, full, settings):
    client, path, typed = forms["declare"]
    settings.ON_CALL_PHONE = settings.ON_CALL_PHONE_ELSEWHERE = ""
    full()
    with database_away():
        page = client.post(path, typed | {"do": "send", "key": str(uuid4())})
    assert page.status_code == 507
    assert "Astreinte" not in page.text
