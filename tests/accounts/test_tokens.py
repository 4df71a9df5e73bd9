"""API tokens: shown once, checked in one query, worth nothing once expired or revoked."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from accounts.actions import UnknownScopeError, digest, issue_token, revoke_token
from accounts.authentication import ApiTokenAuthentication, HasScope
from accounts.models import ApiToken, TokenScope, User
from tests.accounts.people import demo_people

pytestmark = pytest.mark.django_db


class Door(APIView):
    """A view that asks a scope of GET only."""

    authentication_classes = (ApiTokenAuthentication,)
    permission_classes: tuple[type[BasePermission], ...] = (HasScope,)
    required_scopes = {"GET": TokenScope.DECLARATIONS_READ}

    def get(self, request: Request) -> Response:
        return Response({"user": request.user.get_username()})

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
    assert token.digest == digest(secret)


def test_a_good_token_opens_the_door_of_its_scope(doctor: User) -> None:
    _token, secret = issue_token(doctor, ["declarations:read"], days=1)
    answer = knock(f"Bearer {secret}")
    assert answer.status_code == 200
    assert answer.data == {"user": "dr.martin"}


def test_a_token_costs_one_query_with_person_and_institution(
    doctor: User, django_assert_num_queries
) -> None:
    _token, secret = issue_token(doctor, ["declarations:read"], days=1)
    request = Request(APIRequestFactory().get("/", headers={"Authorization": f"Bearer {secret}"}))
    with django_assert_num_queries(1):
        found = ApiTokenAuthentication().authenticate(request)
        assert found is not None
        assert found[0].actor().institution == "759900012"


def test_another_scope_is_forbidden(doctor: User) -> None:
    _token, secret = issue_token(doctor, ["worklist:read"], days=1)
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
        "Bearer " + "x" * 600,
    ],
)
def test_anything_else_is_401_with_a_challenge(doctor: User, header: str | None) -> None:
    answer = knock(header)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_expired_revoked_and_disabled_are_refused_alike(doctor: User) -> None:
    expired, old = issue_token(doctor, ["declarations:read"], days=1)
    expired.expires_at = timezone.now() - timedelta(seconds=1)
    expired.save()
    revoked, gone = issue_token(doctor, ["declarations:read"], days=1)
    revoke_token(revoked)
    answers = [knock(f"Bearer {secret}") for secret in (old, gone, "vig_unknown")]
    assert {answer.status_code for answer in answers} == {401}
    assert len({str(answer.data) for answer in answers}) == 1

    _token, secret = issue_token(doctor, ["declarations:read"], days=1)
    doctor.is_active = False
    doctor.save()
    assert knock(f"Bearer {secret}").status_code == 401


def test_a_refusal_names_no_reason(doctor: User) -> None:
    request = Request(APIRequestFactory().get("/", headers={"Authorization": "Bearer vig_x"}))
    with pytest.raises(AuthenticationFailed):
        ApiTokenAuthentication().authenticate(request)


@pytest.mark.parametrize("scopes", [[], ["everything"], ["declarations:read", "root"]])
def test_unknown_scopes_are_not_issued(doctor: User, scopes: list[str]) -> None:
    with pytest.raises(UnknownScopeError):
        issue_token(doctor, scopes, days=1)
    assert not ApiToken.objects.exists()


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
    [["nobody"], ["dr.martin", "--scope", "root"], ["dr.martin", "--days", "0"]],
)
def test_the_command_refuses_wrong_usage_with_2(doctor: User, arguments: list[str]) -> None:
    with pytest.raises(CommandError) as refusal:
        call_command("api_token", *arguments)
    assert refusal.value.returncode == 2
