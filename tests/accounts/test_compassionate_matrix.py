"""Who may do what in compassionate access: every role, every question, every kind of request.

The tables are to be read beside §5.5 (roles × permissions) and §5.4 (who gives which command) of the
dossier. A cell holds the requests for which the answer is yes, by the letters of HOLDERS; where a
question is about no request, `y` for yes. An empty answer is `-`.
"""

import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_type_hints

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts import access, compassionate
from accounts.access import Holder, ScopeKind, Someone
from accounts.claims import Person
from accounts.compassionate import RequestHolder
from accounts.models import DECLARE, FULL, Role, TokenScope, User, new_public_id

HERE, ELSEWHERE = "759900012", "750100042"
ME_ID = new_public_id()
ME, SENIOR, INTERN = str(ME_ID), "a-senior", "an-intern"
OTHERS = RequestHolder(author=SENIOR, prescriber=SENIOR, institution=ELSEWHERE)

HOLDERS = {
    "o": replace(OTHERS, author=ME, prescriber=ME),  # own: nobody else is named
    "s": replace(OTHERS, author=ME),  # begun by me, in the name of a senior
    "n": replace(OTHERS, author=INTERN, prescriber=ME),  # begun by an intern in my name
    "h": replace(OTHERS, institution=HERE),  # of my establishment
    "f": OTHERS,  # far: of another one, still in it
    "a": replace(OTHERS, at_agency=True),
    "e": replace(OTHERS, at_agency=True, evaluator=ME),  # assigned to me
    "c": replace(OTHERS, on_call=frozenset({"a-colleague", ME})),  # my call
    "l": replace(OTHERS, linked=True),
    "j": replace(OTHERS, legal_case=True),
    "u": RequestHolder(institution=HERE, unsigned=True),  # begun by a call about no account
    "v": RequestHolder(institution=ELSEWHERE, unsigned=True),
    "t": RequestHolder(institution=HERE),  # whole, by software, for a doctor without account
    "z": replace(OTHERS, institution=HERE, unsigned=True),  # signed since, and not said
    "w": replace(OTHERS, evaluator=ME),  # assigned to me, and not said to be there
    "x": RequestHolder(),  # nobody's
}

R = Role
COLUMNS = (
    R.INTERN, R.DOCTOR, R.HOSPITAL_PHARMACIST, R.ON_CALL, R.REVIEWER, R.SIGNATORY,
    R.VIGILANCE_PILOT, R.CRITERIA_EDITOR, R.LEGAL, R.OPERATOR, R.AUDITOR, R.REGIONAL_CENTRE,
)  # fmt: skip

# The columns of §5.5, then the regional centre, which §5.5 does not name. The comments are its rows.
TABLE = """
                            intern prescr pharm  on-call eval  sign pilot réf  legal IT  audit  crpv
# draft
may_draft                   y      y      -      -       -     -    -     -    -     -   -      -
may_change                  os     osnu   -      -       -     -    -     -    -     -   -      -
# send to PUI: an intern with a senior
may_send_to_pharmacy        s      osn    -      -       -     -    -     -    -     -   -      -
# return / send to ANSM
may_return                  -      -      hutz   -       -     -    -     -    -     -   -      -
may_send_to_agency          -      -      hutz   -       -     -    -     -    -     -   -      -
may_submit                  -      -      y      -       -     -    -     -    -     -   -      -
# declare out-of-hours dispensing: the prescriber co-attests in it
may_declare_dispensing      -      -      y      -       -     -    -     -    -     -   -      -
may_correct_dispensing      -      -      hutz   -       -     -    -     -    -     -   -      -
# oral accord/refusal
may_record_oral             -      -      -      y       -     -    -     -    -     -   -      -
# §5.4: RepondreInformation, Desister
may_answer                  s      osn    hutz   -       -     -    -     -    -     -   -      -
# not in §5.5: a supporting document, by who fills a part in
may_attach                  os     osnu   hutz   -       -     -    -     -    -     -   -      -
may_withdraw_request        o      onu    -      -       -     -    -     -    -     -   -      -
may_report_withdrawal       -      -      ut     -       -     -    -     -    -     -   -      -
# assess / ask info; §5.4: PrendreEnCharge and ProposerDecision are the evaluator's
may_take_up                 -      -      -      -       y     -    -     -    -     -   -      -
may_assess                  -      -      -      -       aew   aew  -     -    -     -   -      -
may_propose                 -      -      -      -       ew    -    -     -    -     -   -      -
# decide, suspend, withdraw
may_decide                  -      -      -      -       -     y    -     -    -     -   -      -
may_act_on_authorisation    -      -      -      -       -     y    -     -    -     -   -      -
# "signatory with delegation" (§5.4): who records it (CRPA L212-1)
may_record_delegation       -      -      -      -       -     -    -     -    y     -   -      -
# "silence_effect: a dated parameter signed off by legal" (§2.3)
may_set_parameter           -      -      -      -       -     -    -     -    y     -   -      -
# publish criteria, cessation: the référentiel prepares
may_set_cessation           -      -      -      -       -     y    -     -    -     -   -      -
may_prepare_criteria        -      -      -      -       -     -    -     y    -     -   -      -
may_publish_criteria        -      -      -      -       -     y    -     -    -     -   -      -
# not in §5.5: the rights holder's file; §5.4: ConstaterSilence
may_handle_holder_file      -      -      -      -       y     y    -     -    -     -   -      -
may_establish_silence       -      -      -      -       -     -    -     -    y     -   -      -
# PUT-SP data (R5121-74-5), and its link to vigilance (R5121-172)
may_give_follow_up          -      osn    hutz   -       -     -    -     -    -     -   -      -
may_link_adverse_event      -      osn    hutz   -       -     -    EVERY -    -     -   -      -
# read clinical data
may_see_clinical            os     osnu   hutz   c       aew   aew  l     -    j     -   ae     -
may_list_clinical           os     osnu   hutz   c       aew   aew  l     -    j     -   -      -
may_see_request             os     osnu   hutz   c       aew   aew  l     -    aej   -   ae     -
is_listed                   os     osn    hutz   c       ae    ae   -     -    ae    -   ae     -
may_see_queue               -      -      -      -       y     y    -     -    y     -   y      -
may_see_authorisations      y      y      y      -       y     y    -     -    y     -   y      -
may_count_lists             -      -      -      -       y     y    -     -    y     -   -      -
must_log_reading            -      -      -      -       -     -    -     -    -     -   y      -
"""

# The rows of §5.5 about vigilance and outages, which `accounts.access` answers; the centre has
# rights there that §5.5 does not name. Holders: `o` a declaration of one's own, `h` one of one's
# establishment, `f` another.
IN_ACCESS = """
                          intern prescr pharm on-call eval sign pilot réf legal IT audit crpv
# vigilance intake: on call logs
may_declare                 -      y      y      -     -    -    y    -    -    -    -    y
may_record_sheets           -      -      -      y     y    -    y    -    -    -    -    y
# reconcile fiches: prescriber and pharmacist confirm their own
may_handle_sheets           -      -      -      -     y    -    y    -    -    -    -    y
may_confirm_match           -      o      oh     -     -    -    -    -    -    -    -    -
# open incident/bulletin
may_open_incident           -      -      -      y     -    -    -    -    -    y    -    -
may_audit                   -      -      -      -     -    -    -    -    -    -    y    -
"""
DECLARATIONS = {
    "o": Holder(declarant=ME, institution=ELSEWHERE, department="69"),
    "h": Holder(declarant=SENIOR, institution=HERE, department="69"),
    "f": Holder(declarant=SENIOR, institution=ELSEWHERE, department="69"),
}
FACTS = {
    "may_declare_dispensing",
    "may_correct_dispensing",
    "may_record_oral",
    "may_answer",
    "may_attach",
}
"""What a declare-only credential tells; everything else needs one that may also read."""


def cells(table: str) -> dict[str, tuple[str, ...]]:
    lines = [line.split() for line in table.splitlines()[2:] if line and line[0] != "#"]
    assert all(len(line) == len(COLUMNS) + 1 for line in lines)
    names = [line[0] for line in lines]
    assert len(names) == len(set(names)), "two rows of one name: the first would assert nothing"
    return {line[0]: tuple(line[1:]) for line in lines}


ANSWERS, OUTSIDE = cells(TABLE), cells(IN_ACCESS)


def question(name: str) -> Callable[..., bool]:
    found: Callable[..., bool] = getattr(compassionate if name in ANSWERS else access, name)
    return found


def person(role: Role | str, **different: Any) -> Person:
    """Return somebody of that role at work HERE, as a whole session makes her known."""
    known = Person(
        public_id=ME_ID,
        role=role,
        scopes=frozenset({FULL}),
        institution_finess=HERE,
        institution_department="75",
        territory=("75",),
    )
    return replace(known, **different)


def asked(user: Someone, name: str) -> set[str]:
    """Return the letters for which the answer is yes; `y` where the question is about nothing."""
    ask = question(name)
    if "holder" not in inspect.signature(ask).parameters:
        return {"y"} if ask(user) else set()
    holders: dict[str, Any] = HOLDERS if name in ANSWERS else dict(DECLARATIONS)
    return {letter for letter, holder in holders.items() if ask(user, holder)}


def expected(name: str, role: Role) -> set[str]:
    cell = (ANSWERS | OUTSIDE)[name][COLUMNS.index(role)]
    return set(HOLDERS) if cell == "EVERY" else set(cell) - {"-"}


def nobodies() -> dict[str, list[Someone]]:
    """Return who may nothing: signed out, disabled, unverified, without a role, the superuser."""
    root = User(username="root", is_superuser=True, is_staff=True, public_id=ME_ID)
    return {
        "signed out": [AnonymousUser()],
        "disabled": [person(role, is_active=False) for role in Role],
        "unverified": [person(role, unverified=True) for role in Role],
        "unverified, telling": [
            person(role, unverified=True, scopes=frozenset({DECLARE})) for role in Role
        ],
        "without role": [person("")],
        "superuser": [root],
    }


def test_the_table_names_every_role_and_every_question() -> None:
    questions = {
        name
        for name, found in vars(compassionate).items()
        if inspect.isfunction(found)
        and found.__module__ == compassionate.__name__
        and not name.startswith("_")
        and get_type_hints(found)["return"] is bool
    }
    assert set(ANSWERS) == questions
    assert set(COLUMNS) == set(Role)
    assert len(COLUMNS) == len(Role)
    assert all(hasattr(access, name) for name in OUTSIDE)


@pytest.mark.parametrize("role", COLUMNS)
@pytest.mark.parametrize("name", ANSWERS | OUTSIDE)
def test_role_and_question(role: Role, name: str) -> None:
    assert asked(person(role), name) == expected(name, role)


@pytest.mark.parametrize("role", COLUMNS)
@pytest.mark.parametrize("name", ANSWERS)
def test_a_declare_only_credential_tells_facts_and_reads_nothing(role: Role, name: str) -> None:
    browser = person(role, scopes=frozenset({DECLARE}))
    assert asked(browser, name) == (expected(name, role) if name in FACTS else set())


@pytest.mark.parametrize("who", nobodies())
@pytest.mark.parametrize("name", ANSWERS)
def test_nobody_in_particular_may_nothing(who: str, name: str) -> None:
    assert [user for user in nobodies()[who] if asked(user, name)] == []


@pytest.mark.parametrize("who", nobodies())
def test_nobody_in_particular_has_a_list(who: str) -> None:
    for user in nobodies()[who]:
        assert compassionate.request_scope(user).kind is ScopeKind.NONE


@pytest.mark.parametrize("role", COLUMNS)
def test_a_token_of_requests_asks_what_its_person_may(role: Role) -> None:
    """Which method its scope opens is for the view that names it."""
    software = person(role, scopes=frozenset({TokenScope.REQUESTS_WRITE.value}))
    assert all(asked(software, name) == expected(name, role) for name in ANSWERS)


@pytest.mark.parametrize(
    ("kind", "roles"),
    [
        (ScopeKind.OWN, {R.INTERN, R.DOCTOR, R.ON_CALL}),
        (ScopeKind.INSTITUTION, {R.HOSPITAL_PHARMACIST}),
        (ScopeKind.ALL, {R.REVIEWER, R.SIGNATORY, R.LEGAL, R.AUDITOR}),
        (ScopeKind.CENTRE, set()),
        (
            ScopeKind.NONE,
            {R.VIGILANCE_PILOT, R.CRITERIA_EDITOR, R.OPERATOR, R.REGIONAL_CENTRE},
        ),
    ],
)
def test_lists_reach_as_far_as_the_role(kind: ScopeKind, roles: set[Role]) -> None:
    found = {role for role in Role if compassionate.request_scope(person(role)).kind is kind}
    assert found == roles


@pytest.mark.parametrize("role", COLUMNS)
def test_no_list_shows_what_its_reader_may_not_see(role: Role) -> None:
    """Also where she had another role when she began, prescribed or recorded it."""
    user = person(role)
    assert asked(user, "is_listed") <= asked(user, "may_see_request")


@pytest.mark.parametrize("role", COLUMNS)
def test_who_reads_the_patient_sees_the_request(role: Role) -> None:
    user = person(role)
    assert asked(user, "may_see_clinical") <= asked(user, "may_see_request")


@pytest.mark.parametrize("role", COLUMNS)
def test_a_list_says_of_the_patient_what_its_reader_reads_unrecorded(role: Role) -> None:
    user = person(role)
    recorded = compassionate.must_log_reading(user)
    read = set() if recorded else asked(user, "may_see_clinical")
    assert asked(user, "may_list_clinical") == read


@pytest.mark.parametrize("role", COLUMNS)
def test_who_acts_on_a_request_reads_it_first(role: Role) -> None:
    """But for the pilot, who links a declaration by the number of the authorisation."""
    user = person(role)
    acts = {name for name in ANSWERS if name.startswith("may_") and "holder" in _names(name)}
    for name in acts - {"may_see_clinical", "may_list_clinical", "may_see_request"}:
        if (role, name) == (R.VIGILANCE_PILOT, "may_link_adverse_event"):
            continue
        assert asked(user, name) <= asked(user, "may_see_clinical"), name


def _names(name: str) -> set[str]:
    return set(inspect.signature(question(name)).parameters)


@pytest.mark.parametrize("role", [R.OPERATOR, R.CRITERIA_EDITOR, R.REGIONAL_CENTRE])
def test_who_has_no_business_with_patients_reads_nothing_whatever_is_said_of_it(
    role: Role,
) -> None:
    """Also of a request that names her in every place."""
    everywhere = RequestHolder(
        author=ME, prescriber=ME, institution=HERE, evaluator=ME, on_call=frozenset({ME}),
        at_agency=True, linked=True, legal_case=True, unsigned=True,
    )  # fmt: skip
    for holder in (everywhere, *HOLDERS.values()):
        assert not compassionate.may_see_clinical(person(role), holder)
        assert not compassionate.may_see_request(person(role), holder)


@pytest.mark.parametrize("role", COLUMNS)
def test_nobody_reads_what_no_holder_is_known_of(role: Role) -> None:
    unplaced = person(role, institution_finess=None)
    for user in (person(role), unplaced):
        assert not compassionate.may_see_request(user, RequestHolder())
        assert not compassionate.may_see_request(user, RequestHolder(unsigned=True))


def test_a_pharmacist_without_institution_reports_a_dose_and_nothing_else() -> None:
    user = person(R.HOSPITAL_PHARMACIST, institution_finess=None)
    yes = {name for name in ANSWERS if asked(user, name)}
    assert yes == {"may_declare_dispensing", "may_see_authorisations"}
    assert compassionate.request_scope(user).kind is ScopeKind.NONE


def test_only_whoever_audits_is_logged_and_only_with_a_whole_session() -> None:
    assert {role for role in Role if compassionate.must_log_reading(person(role))} == {R.AUDITOR}
