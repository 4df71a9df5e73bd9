"""Who may do what: the whole matrix of roles and questions."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts import access
from accounts.access import Holder, Scope, ScopeKind, Someone
from accounts.claims import person_of
from accounts.models import DECLARE, Institution, InstitutionKind, Role, User, new_public_id

HOSPITAL, OTHER_HOSPITAL = "759900012", "939900031"
HERE, ELSEWHERE = "75", "69"
ME, COLLEAGUE = new_public_id(), new_public_id()


def person(role: Role | str) -> User:
    """Return an unsaved person of that role, at work in the département HERE."""
    kind = InstitutionKind.REGIONAL_CENTRE if role == Role.REGIONAL_CENTRE else "hospital"
    territory = [HERE, "77"] if role == Role.REGIONAL_CENTRE else []
    place = Institution(finess=HOSPITAL, kind=kind, territory=territory)
    return User(username=str(role), role=role, public_id=ME, institution=place)


MINE = Holder(declarant=str(ME), institution=OTHER_HOSPITAL, department=ELSEWHERE)
COLLEAGUES = Holder(declarant=str(COLLEAGUE), institution=HOSPITAL, department=ELSEWHERE)
NEARBY = Holder(declarant=str(COLLEAGUE), institution=OTHER_HOSPITAL, department=HERE)
FAR = Holder(declarant=str(COLLEAGUE), institution=OTHER_HOSPITAL, department=ELSEWHERE)
NOBODYS = Holder()
OVERSEAS = Holder(
    declarant=str(COLLEAGUE), institution=OTHER_HOSPITAL, department="987", has_centre=False
)
HOLDERS = {
    "mine": MINE,
    "colleague": COLLEAGUES,
    "nearby": NEARBY,
    "far": FAR,
    "nobody": NOBODYS,
    "overseas": OVERSEAS,
}

# role -> question -> the declarations for which the answer is yes; "" means none of them.
NONE, EVERY = "", "mine colleague nearby far nobody overseas"
MATRIX: dict[Role, dict[str, str]] = {
    Role.DOCTOR: {
        "see_declaration": "mine",
        "know_of": "mine",
        "see_identity": "mine",
        "withdraw": "mine",
        "add_follow_up": "mine",
        "answer": "mine",
        "ask": NONE,
        "name_in_set_aside": NONE,
        "see_sheet": NONE,
        "read_sheet_names": NONE,
        "confirm_match": "mine",
    },
    Role.HOSPITAL_PHARMACIST: {
        "see_declaration": "mine colleague",
        "know_of": "mine colleague",
        "see_identity": "mine colleague",
        "withdraw": "mine colleague",
        "add_follow_up": "mine colleague",
        "answer": "mine colleague",
        "ask": NONE,
        "name_in_set_aside": NONE,
        "see_sheet": NONE,
        "read_sheet_names": NONE,
        "confirm_match": "mine colleague",
    },
    Role.REGIONAL_CENTRE: {
        "see_declaration": "mine nearby",
        "know_of": "mine nearby",
        "see_identity": "mine nearby",
        "withdraw": "mine",
        "add_follow_up": "mine nearby",
        "answer": "mine nearby",
        "ask": "nearby",
        "name_in_set_aside": "nearby",
        "see_sheet": "colleague nearby",
        "read_sheet_names": "colleague nearby",
    },
    # Where no centre follows a case, the agency is the structure that received it.
    Role.REVIEWER: {
        "see_declaration": EVERY,
        "know_of": EVERY,
        "see_identity": "nobody overseas",
        "withdraw": NONE,
        "add_follow_up": "nobody overseas",
        "answer": "nobody overseas",
        "ask": EVERY,
        "name_in_set_aside": "nobody overseas",
        "see_sheet": EVERY,
        "read_sheet_names": "colleague",
    },
    Role.SIGNATORY: {
        "see_declaration": EVERY,
        "know_of": EVERY,
        "see_identity": NONE,
        "withdraw": NONE,
        "add_follow_up": NONE,
        "answer": NONE,
        "ask": NONE,
        "name_in_set_aside": NONE,
        "see_sheet": EVERY,
        "read_sheet_names": "colleague",
    },
    Role.VIGILANCE_PILOT: {
        "see_declaration": EVERY,
        "know_of": EVERY,
        "see_identity": "mine nobody overseas",
        "withdraw": "mine",
        "add_follow_up": "mine nobody overseas",
        "answer": "mine nobody overseas",
        "ask": NONE,
        "name_in_set_aside": "nobody overseas",
        "see_sheet": EVERY,
        "read_sheet_names": "colleague",
    },
    # What she took herself, and nothing that was declared.
    Role.ON_CALL: {"see_sheet": "mine", "read_sheet_names": "mine"},
    # No declaration is anybody's business by one of these roles.
    Role.OPERATOR: {},
    Role.INTERN: {},
    Role.CRITERIA_EDITOR: {},
    Role.LEGAL: {},
    Role.AUDITOR: {},
}
"""A question that a role leaves out is answered no for every declaration."""
QUESTIONS: dict[str, Callable[[Someone, Holder], bool]] = {
    "see_declaration": access.may_see_declaration,
    "know_of": access.may_know_of,
    "see_identity": access.may_see_identity,
    "withdraw": access.may_withdraw,
    "add_follow_up": access.may_add_follow_up,
    "answer": access.may_answer,
    "ask": access.may_ask,
    "name_in_set_aside": access.may_name_in_set_aside,
    "see_sheet": access.may_see_sheet,
    "read_sheet_names": access.may_read_sheet_names,
    "confirm_match": access.may_confirm_match,
}
READERS = {Role.REVIEWER, Role.SIGNATORY, Role.VIGILANCE_PILOT}
HANDLERS = {Role.REGIONAL_CENTRE, Role.REVIEWER, Role.VIGILANCE_PILOT}
GENERAL: dict[Callable[[Someone], bool], set[Role]] = {
    access.may_declare: {
        Role.DOCTOR, Role.HOSPITAL_PHARMACIST, Role.REGIONAL_CENTRE, Role.VIGILANCE_PILOT
    },
    access.may_transcribe: {Role.REGIONAL_CENTRE, Role.VIGILANCE_PILOT},
    access.may_widen_list: {Role.HOSPITAL_PHARMACIST, Role.REGIONAL_CENTRE},
    access.may_read: set(Role),
    access.may_see_worklist: READERS | {Role.REGIONAL_CENTRE},
    access.may_operate: {Role.OPERATOR},
    access.may_see_set_aside: READERS | {Role.REGIONAL_CENTRE, Role.OPERATOR},
    access.may_read_set_aside: READERS | {Role.REGIONAL_CENTRE},
    access.may_take_up: HANDLERS,
    access.may_see_incidents: READERS | {Role.ON_CALL, Role.OPERATOR},
    access.may_read_full_report: READERS,
    access.may_open_incident: {Role.ON_CALL, Role.OPERATOR},
    access.may_audit: {Role.AUDITOR},
    access.may_see_sheets: READERS | {Role.REGIONAL_CENTRE},
    access.may_handle_sheets: HANDLERS,
    access.may_record_sheets: HANDLERS | {Role.ON_CALL},
    access.may_issue_sheets: {Role.REVIEWER, Role.OPERATOR},
}  # fmt: skip


def test_the_matrix_names_every_role_and_every_question() -> None:
    asked = {name.removeprefix("may_") for name in dir(access) if name.startswith("may_")}
    general = {question.__name__.removeprefix("may_") for question in GENERAL}
    assert set(MATRIX) == set(Role)
    assert all(set(answers) <= set(QUESTIONS) for answers in MATRIX.values())
    assert asked == set(QUESTIONS) | general


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("holder", HOLDERS)
def test_role_question_declaration(role: Role, question: str, holder: str) -> None:
    expected = holder in MATRIX[role].get(question, NONE).split()
    assert QUESTIONS[question](person(role), HOLDERS[holder]) is expected


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("question", GENERAL, ids=lambda question: question.__name__)
def test_role_and_general_question(role: Role, question: Callable[[Someone], bool]) -> None:
    assert question(person(role)) is (role in GENERAL[question])


def signed_out() -> Someone:
    return AnonymousUser()


def disabled_reviewer() -> Someone:
    user = person(Role.REVIEWER)
    user.is_active = False
    return user


def superuser_without_role() -> Someone:
    user = person("")
    user.is_superuser = user.is_staff = True
    return user


@pytest.mark.parametrize("make", [signed_out, disabled_reviewer, superuser_without_role])
def test_nobody_in_particular_may_nothing(make: Callable[[], Someone]) -> None:
    user = make()
    assert access.declaration_scope(user) == Scope(kind=ScopeKind.NONE)
    assert access.set_aside_scope(user) == Scope(kind=ScopeKind.NONE)
    assert not any(question(user) for question in GENERAL)
    assert not any(
        question(user, holder) for question in QUESTIONS.values() for holder in HOLDERS.values()
    )


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("holder", HOLDERS)
def test_who_sees_identity_sees_the_declaration(role: Role, holder: str) -> None:
    user = person(role)
    if access.may_see_identity(user, HOLDERS[holder]):
        assert access.may_see_declaration(user, HOLDERS[holder])


def test_a_pharmacist_without_institution_sees_only_her_own() -> None:
    user = User(role=Role.HOSPITAL_PHARMACIST, public_id=ME)
    assert access.declaration_scope(user).kind is ScopeKind.OWN
    assert not access.may_see_declaration(user, NOBODYS)


def test_a_declare_only_credential_on_call_reads_not_even_her_own_sheets() -> None:
    caller = replace(person_of(person(Role.ON_CALL)), scopes=frozenset({DECLARE}))
    assert not access.may_see_sheet(caller, MINE)
    assert not access.may_record_sheets(caller)


def test_a_centre_without_territory_sees_nothing() -> None:
    user = User(role=Role.REGIONAL_CENTRE, public_id=ME)
    assert not any(access.declaration_scope(user).covers(holder) for holder in HOLDERS.values())


def test_list_scope_agrees_with_the_question_about_one_declaration() -> None:
    for role in Role:
        user = person(role)
        for holder in HOLDERS.values():
            if access.declaration_scope(user).covers(holder):
                assert access.may_see_declaration(user, holder)
