"""Who may do what with a declaration of a doctor of the hospital, in département 75."""

import pytest

from tests.api.conftest import project

OK, MADE, NO, NOTHING = 200, 201, 403, 404

# The declarant; a colleague; the pharmacist of her hospital and of another; the centre of the
# département and another; the agency; the operator; an account without a role.
WHO = (
    "doctor", "colleague", "pharmacist", "other_pharmacist", "crpv", "other_crpv", "reviewer",
    "signatory", "operator", "nobody",
)  # fmt: skip
MATRIX = {
    "declare": (MADE, MADE, MADE, MADE, MADE, MADE, NO, NO, NO, NO),
    "list": (OK, OK, OK, OK, OK, OK, OK, OK, NO, NO),
    "worklist": (NO, NO, NO, NO, OK, OK, OK, OK, NO, NO),
    "deadlines": (NO, NO, NO, NO, OK, OK, OK, OK, NO, NO),
    "see": (OK, NOTHING, OK, NOTHING, OK, NOTHING, OK, OK, NOTHING, NOTHING),
    "follow_up": (MADE, NOTHING, MADE, NOTHING, MADE, NOTHING, NO, NO, NOTHING, NOTHING),
    "ask": (NO, NOTHING, NO, NOTHING, MADE, NOTHING, MADE, NO, NOTHING, NOTHING),
    "answer": (MADE, NOTHING, MADE, NOTHING, MADE, NOTHING, NO, NO, NOTHING, NOTHING),
    "withdraw": (MADE, NOTHING, MADE, NOTHING, NO, NOTHING, NO, NO, NOTHING, NOTHING),
}
SEES = {"doctor": 1, "pharmacist": 1, "crpv": 1, "reviewer": 1, "signatory": 1}


@pytest.fixture
def where(doctor, crpv, report) -> str:
    """Return a declaration with an open question."""
    path = doctor.declare(report)
    assert crpv.post(f"{path}/messages", {"text": "Lot ?"}).status_code == 201
    return path


def call(what: str, api, where: str, doctor, report):
    if what in {"list", "worklist", "deadlines", "see"}:
        return api.get({"list": "/declarations", "see": where}.get(what, f"/{what}"))
    question = doctor.get(where).json()["questions"][0]["id"]
    path, body = {
        "declare": ("/declarations", report),
        "follow_up": (f"{where}/follow-ups", {"narrative": "Suite."}),
        "ask": (f"{where}/messages", {"text": "Et la date ?"}),
        "answer": (f"{where}/messages", {"text": "Lot 7.", "question_id": question}),
        "withdraw": (f"{where}/withdrawal", {"reason": "Doublon."}),
    }[what]
    return api.post(path, body)


@pytest.mark.parametrize("who", WHO)
def test_each_role_may_do_exactly_this(who, where, doctor, report, request):
    api = doctor if who == "doctor" else request.getfixturevalue(who)
    place = WHO.index(who)
    project()
    answered = {what: call(what, api, where, doctor, report).status_code for what in MATRIX}
    assert answered == {what: row[place] for what, row in MATRIX.items()}


@pytest.mark.parametrize("who", WHO)
def test_lists_hold_what_their_reader_may_see(who, where, doctor, request):
    api = doctor if who == "doctor" else request.getfixturevalue(who)
    project()
    answer = api.get("/declarations")
    if answer.status_code == OK:
        rows = answer.json()["results"]
        assert len(rows) == SEES.get(who, 0)
        inside = who in {"doctor", "pharmacist", "crpv"}
        assert all(row["patient"] == ("DUP M" if inside else None) for row in rows)


@pytest.mark.parametrize("who", ["doctor", "pharmacist", "crpv", "reviewer", "signatory"])
def test_what_one_may_do_is_said_with_the_declaration(who, where, doctor, request):
    api = doctor if who == "doctor" else request.getfixturevalue(who)
    verbs = {"follow_up", "ask", "answer", "withdraw"}
    may = {verb for verb in verbs if MATRIX[verb][WHO.index(who)] == MADE}
    assert set(api.get(where).json()["may"]) == may


def test_mine_leaves_out_what_others_of_the_hospital_declared(pharmacist, where):
    project()
    assert len(pharmacist.get("/declarations").json()["results"]) == 1
    assert pharmacist.get("/declarations", mine="true").json()["results"] == []


@pytest.mark.parametrize("who", ["doctor", "pharmacist", "crpv", "reviewer", "signatory"])
def test_identities_stay_where_the_declaration_was_received(who, where, doctor, request):
    api = doctor if who == "doctor" else request.getfixturevalue(who)
    answer = api.get(where)
    shown = answer.json()
    inside = who in {"doctor", "pharmacist", "crpv"}
    assert shown["identity_shown"] is inside
    text = answer.content.decode()
    for secret in ("DUP", "1952-07-14", "Martin", "martin@", "75013", "750712184"):
        assert (secret in text) is inside, secret
    # What an assessment needs stays.
    assert shown["report"]["patient"]["birth_date"][:4] == "1952"
    assert "Survenue dix minutes" in text
    assert shown["report"]["reporter"]["profession"] == "physician"
    assert shown["department"] == "75"


def test_a_disabled_account_has_no_way_in(doctor, where):
    doctor.user.is_active = False
    doctor.user.save()
    assert doctor.get(where).status_code == 401
