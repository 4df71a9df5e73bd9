"""Signing in and out, and the demonstration's people."""

import json
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.test import Client

from accounts.models import Institution, Role, User
from tests.accounts.people import demo_people

pytestmark = pytest.mark.django_db


def seed(settings) -> dict[str, list[str]]:
    settings.DEMO = True
    out = StringIO()
    call_command("seed_demo", "--json", stdout=out)
    answer: dict[str, list[str]] = json.loads(out.getvalue())
    return answer


def test_seeding_twice_changes_nothing(settings) -> None:
    first = seed(settings)
    passwords = dict(User.objects.values_list("username", "password"))
    assert seed(settings) == first
    assert dict(User.objects.values_list("username", "password")) == passwords
    assert Institution.objects.count() == 3
    assert {user.role for user in User.objects.all()} == set(Role)


def test_seeding_is_refused_outside_a_demonstration(settings) -> None:
    settings.DEMO = settings.DEBUG = False
    with pytest.raises(CommandError) as refusal:
        call_command("seed_demo")
    assert refusal.value.returncode == 2
    assert not User.objects.exists()


def test_demo_people_are_valid_by_their_own_rules(settings) -> None:
    seed(settings)
    things = [*User.objects.all(), *Institution.objects.all()]
    assert {type(thing) for thing in things} == {User, Institution}
    for thing in things:
        thing.full_clean()


def test_signing_in_with_the_demo_password(settings, client: Client, monkeypatch) -> None:
    monkeypatch.setenv("DEMO_PASSWORD", "another-one")
    seed(settings)
    wrong = client.post("/connexion/", {"username": "dr.martin", "password": "demo-2026"})
    assert wrong.status_code == 200
    assert 'role="alert"' in wrong.text
    right = client.post(
        "/connexion/",
        {"username": "dr.martin", "password": "another-one", "next": "/declarations/"},
    )
    assert right.status_code == 302
    assert right["Location"] == "/declarations/"


def test_one_click_signs_in_and_out(settings, client: Client) -> None:
    seed(settings)
    assert 'value="dr.martin"' in client.get("/connexion/").text
    assert client.post("/connexion/demo/", {"username": "dr.martin"})["Location"] == "/"
    assert "Claire Martin" in client.get("/").text
    assert client.post("/deconnexion/").status_code == 302
    assert "Claire Martin" not in client.get("/").text


def test_one_click_never_leaves_the_site(settings, client: Client) -> None:
    seed(settings)
    answer = client.post(
        "/connexion/demo/", {"username": "dr.martin", "next": "https://example.org/"}
    )
    assert answer["Location"] == "/"


def test_one_click_does_not_exist_outside_a_demonstration(settings, client: Client) -> None:
    seed(settings)
    settings.DEMO = False
    assert client.post("/connexion/demo/", {"username": "dr.martin"}).status_code == 404
    assert 'value="dr.martin"' not in client.get("/connexion/").text


def test_one_click_knows_only_demo_people(settings, client: Client) -> None:
    seed(settings)
    User.objects.create_superuser("root", "root@example.invalid", "x")
    assert client.post("/connexion/demo/", {"username": "root"}).status_code == 404


def test_a_page_reads_its_person_and_institution_in_one_query(
    client: Client, django_assert_num_queries
) -> None:
    client.force_login(demo_people()["operateur"])
    with django_assert_num_queries(1):  # the person: her session is in its cookie
        assert client.get("/agence/").status_code == 403


def test_the_form_of_a_declaration_asks_the_database_nothing(
    client: Client, django_assert_num_queries
) -> None:
    client.force_login(demo_people()["crpv.paris"])
    with django_assert_num_queries(0):
        assert client.get("/declarations/nouvelle/").status_code == 200


def test_a_disabled_person_is_signed_out_at_once(client: Client) -> None:
    user = demo_people()["dr.martin"]
    client.force_login(user)
    user.is_active = False
    user.save()
    assert "Claire Martin" not in client.get("/").text


@pytest.mark.parametrize(
    ("field", "value"),
    [("rpps", "10009999913"), ("department", "20"), ("role", "king")],
)
def test_wrong_numbers_and_roles_are_not_valid(field: str, value: str) -> None:
    user = demo_people()["dr.martin"]
    setattr(user, field, value)
    with pytest.raises(ValidationError) as refusal:
        user.full_clean()
    assert field in refusal.value.message_dict


def test_the_database_keeps_no_role_that_nobody_knows() -> None:
    doctor = User.objects.filter(pk=demo_people()["dr.martin"].pk)
    with pytest.raises(IntegrityError, match="user_role"):
        doctor.update(role="king")


def test_several_people_may_lack_an_rpps() -> None:
    for name in ("a", "b"):
        user = User(username=name, rpps="", password="!")
        user.full_clean()
        user.save()
    assert User.objects.filter(rpps__isnull=True).count() == 2


@pytest.mark.parametrize("page", ["accounts/user", "accounts/institution", "accounts/apitoken"])
def test_the_administration_opens(client: Client, page: str) -> None:
    demo_people()
    client.force_login(User.objects.create_superuser("root", "root@example.invalid", "x"))
    assert client.get(f"/admin/{page}/").status_code == 200
    assert client.get(f"/admin/{page}/add/").status_code == (403 if "token" in page else 200)
