"""API tokens: shown once, checked without any query, worth nothing once expired or revoked."""

import json
from base64 import urlsafe_b64decode
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from accounts.actions import (
    InactiveError,
    LifeError,
    UnknownScopeError,
    issue_token,
    revoke_token,
)
from accounts.authentication import ApiTokenAuthentication, HasScope
from accounts.models import ApiToken, Role, TokenScope, User
from tests.accounts.people import demo_people
from tests.outage import database_away

pytestmark = pytest.mark.django_db


class Door(APIView):
    """A view that asks a scope of GET only."""

    authentication_classes = (ApiTokenAuthentication,)
    permission_classes: tuple[type[BasePermission], ...] = (HasScope,)
    required_scopes = {"GET": TokenScope.DECLARATIONS_READ}

    def get(self, request: Request) -> Response:
        return Response({"user": str(request.user.public_id)})

    def post(self, request: Request) -> Response:
        return Response({})


def knock(header: str | None, method: str = "get") -> Response:
    make = getattr(APIRequestFactory(), method)
    return Door.as_view()(make("/", headers={"Authorization": header} if header else {}))


@pytest.fixture
def doctor() -> User:
    return demo_people()["dr.martin"]


def test_the_database_never_holds_the_secret(doctor: User) -> None:
    token, secret = issue_token(doctor, ["declarations:read"], days=1)
    stored = json.dumps([str(value) for row in ApiToken.objects.values_list() for value in row])
    assert secret not in stored
    assert secret.rpartition(".")[2] not in stored
    assert str(token.jti) in stored


def test_a_token_says_no_name(doctor: User) -> None:
    _token, secret = issue_token(doctor, ["declarations:read"], days=1)
    body = secret.split(".")[1]
    said = urlsafe_b64decode(body + "=" * (-len(body) % 4)).decode()
    assert str(doctor.public_id) in said
    for name in (doctor.username, doctor.first_name, doctor.last_name, doctor.email):
        assert name not in said


def test_a_good_token_opens_the_door_of_its_scope(doctor: User) -> None:
    _token, secret = issue_token(doctor, ["declarations:read"], days=1)
    answer = knock(f"Bearer {secret}")
    assert answer.status_code == 200
    assert answer.data == {"user": str(doctor.public_id)}


def test_a_token_is_judged_without_the_database(doctor: User) -> None:
    _token, secret = issue_token(doctor, ["declarations:read"], days=1)
    request = Request(APIRequestFactory().get("/", headers={"Authorization": f"Bearer {secret}"}))
    with database_away() as asked:
        found = ApiTokenAuthentication().authenticate(request)
    assert asked == []
    assert found is not None
    assert found[0].actor() == doctor.actor()


def test_another_scope_is_forbidden(doctor: User) -> None:
    _token, secret = issue_token(doctor, ["worklist:read"], days=1)
    assert knock(f"Bearer {secret}").status_code == 403


@pytest.mark.parametrize("scope", ["requests:read", "requests:write"])
def test_software_of_compassionate_access_reads_no_declaration(doctor: User, scope: str) -> None:
    token, secret = issue_token(doctor, [scope], days=1)
    assert ApiToken.objects.get(pk=token.pk).scopes == [scope]
    token.full_clean()
    assert knock(f"Bearer {secret}").status_code == 403


def test_a_method_without_named_scope_is_closed_to_tokens(doctor: User) -> None:
    _token, secret = issue_token(doctor, TokenScope.values, days=1)
    assert knock(f"Bearer {secret}", "post").status_code == 403


@pytest.mark.parametrize(
    "header",
    [
        None,
        "Bearer",
        "Bearer ",
        "Bearer a b",
        "Bearer vig_no",
        "Bearer \xe9",
        "Bearer vig_" + "x" * 6000,
    ],
)
def test_anything_else_is_401_with_a_challenge(doctor: User, header: str | None) -> None:
    answer = knock(header)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_expired_revoked_disabled_and_deleted_are_refused_alike(doctor: User) -> None:
    with time_machine.travel(timezone.now() - timedelta(days=2)):
        _token, old = issue_token(doctor, ["declarations:read"], days=1)
    revoked, gone = issue_token(doctor, ["declarations:read"], days=1)
    revoke_token(revoked)
    deleted, lost = issue_token(doctor, ["declarations:read"], days=1)
    deleted.delete()
    answers = [knock(f"Bearer {secret}") for secret in (old, gone, lost, "vig_unknown")]
    assert {answer.status_code for answer in answers} == {401}
    assert len({str(answer.data) for answer in answers}) == 1

    _token, secret = issue_token(doctor, ["declarations:read"], days=1)
    doctor.is_active = False
    doctor.save()
    assert knock(f"Bearer {secret}").status_code == 401


def test_a_token_outlives_a_new_password_and_not_a_new_role(doctor: User) -> None:
    _token, secret = issue_token(doctor, ["declarations:read"], days=1)
    doctor.set_password("another")
    doctor.save()
    assert knock(f"Bearer {secret}").status_code == 200
    doctor.role = Role.HOSPITAL_PHARMACIST
    doctor.save()
    assert knock(f"Bearer {secret}").status_code == 401
    _token, secret = issue_token(doctor, ["declarations:read"], days=1)
    assert knock(f"Bearer {secret}").status_code == 200


def test_a_refusal_names_no_reason(doctor: User) -> None:
    request = Request(APIRequestFactory().get("/", headers={"Authorization": "Bearer vig_x"}))
    with pytest.raises(AuthenticationFailed):
        ApiTokenAuthentication().authenticate(request)


@pytest.mark.parametrize("scopes", [[], ["everything"], ["declarations:read", "root"]])
def test_unknown_scopes_are_not_issued(doctor: User, scopes: list[str]) -> None:
    with pytest.raises(UnknownScopeError):
        issue_token(doctor, scopes, days=1)
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("days", [0, -1, 367])
def test_no_token_lives_longer_than_a_year(doctor: User, days: int) -> None:
    with pytest.raises(LifeError):
        issue_token(doctor, ["declarations:read"], days=days)
    assert not ApiToken.objects.exists()


def test_nobody_who_is_disabled_gets_a_token(doctor: User) -> None:
    doctor.is_active = False
    doctor.save()
    with pytest.raises(InactiveError):
        issue_token(doctor, ["declarations:read"], days=1)
    with pytest.raises(CommandError) as refusal:
        call_command("api_token", "dr.martin")
    assert refusal.value.returncode == 2


def test_the_command_prints_a_working_token(doctor: User) -> None:
    out = StringIO()
    call_command(
        "api_token",
        "dr.martin",
        "--scope",
        "declarations:read",
        "--days",
        "2",
        "--json",
        stdout=out,
    )
    answer = json.loads(out.getvalue())
    assert knock(f"Bearer {answer['token']}").status_code == 200
    assert answer["scopes"] == ["declarations:read"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["nobody"],
        ["dr.martin", "--scope", "root"],
        ["dr.martin", "--days", "0"],
        ["dr.martin", "--days", "400"],
    ],
)
def test_the_command_refuses_wrong_usage_with_2(doctor: User, arguments: list[str]) -> None:
    with pytest.raises(CommandError) as refusal:
        call_command("api_token", *arguments)
    assert refusal.value.returncode == 2
