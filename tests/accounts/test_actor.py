"""Who a request comes from: session, intake cookie, nobody; and what a sign-out ends."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts import access, revocation
from accounts.claims import Audience, Person, issue, person_of
from accounts.credentials import REVOKED, SESSION_CLAIM, actor_of
from accounts.middleware import PeopleMiddleware
from accounts.models import DECLARE, FULL, User
from tests.accounts.people import demo_people
from tests.outage import database_away

pytestmark = pytest.mark.django_db
PASSWORD = "the-password-of-all"


@pytest.fixture
def doctor() -> User:
    revocation.refresh(timezone.now())
    user = demo_people()["dr.martin"]
    user.set_password(PASSWORD)
    user.save()
    return user


def signed_in(name: str = "dr.martin") -> Client:
    client = Client(raise_request_exception=False)
    answer = client.post("/connexion/", {"username": name, "password": PASSWORD})
    assert answer.status_code == 302
    return client


def seen(*, session: str = "", intake: str = "") -> HttpRequest:
    """Return a request with these claims, as views get it."""
    request = RequestFactory().get("/")
    request.session = {SESSION_CLAIM: session} if session else {}  # type: ignore[assignment]
    if intake:
        request.COOKIES["intake"] = intake
    PeopleMiddleware(lambda _: None).process_request(request)  # type: ignore[arg-type,return-value]
    return request


def claim(user: User, audience: Audience, age: timedelta = timedelta(0)) -> str:
    scopes = {DECLARE} if audience is Audience.INTAKE else {FULL}
    now = timezone.now() - age
    return issue(person_of(user, scopes), audience, jti=uuid4(), now=now)


def test_a_sign_in_leaves_a_session_and_a_cookie_that_declares(doctor: User) -> None:
    client = signed_in()
    cookie = client.cookies["intake"]
    assert cookie["max-age"] == 30 * 24 * 3600
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert client.session[SESSION_CLAIM]
    request = seen(intake=cookie.value)
    actor = actor_of(request)
    assert isinstance(actor, Person)
    assert actor.public_id == doctor.public_id
    assert actor.scopes == {DECLARE}


def test_the_demo_button_leaves_the_same(doctor: User, settings, client: Client) -> None:
    settings.DEMO = True
    client.post("/connexion/demo/", {"username": "dr.martin"})
    assert "intake" in client.cookies
    assert client.session[SESSION_CLAIM]


def test_whoever_may_not_declare_gets_no_cookie(doctor: User, settings, client: Client) -> None:
    settings.DEMO = True
    client.post("/connexion/demo/", {"username": "operateur"})
    assert client.cookies["intake"].value == ""
    assert client.session[SESSION_CLAIM]


def test_no_query_tells_who_writes(doctor: User) -> None:
    request = seen(session=claim(doctor, Audience.SESSION))
    with database_away() as asked:
        actor = actor_of(request)
        assert actor == person_of(doctor)
    assert asked == []


def test_the_session_comes_before_the_cookie_and_the_cookie_before_nobody(doctor: User) -> None:
    other = demo_people()["ph.bernard"]
    session, intake = claim(doctor, Audience.SESSION), claim(other, Audience.INTAKE)
    assert actor_of(seen(session=session, intake=intake)).public_id == doctor.public_id  # type: ignore[union-attr]
    assert actor_of(seen(intake=intake)).public_id == other.public_id  # type: ignore[union-attr]
    assert isinstance(actor_of(seen()), AnonymousUser)
    assert isinstance(actor_of(seen(session="x", intake="y")), AnonymousUser)


def test_an_expired_session_leaves_the_cookie(doctor: User) -> None:
    session = claim(doctor, Audience.SESSION, timedelta(hours=13))
    intake = claim(doctor, Audience.INTAKE, timedelta(hours=13))
    request = seen(session=session, intake=intake)
    assert access.is_declare_only(actor_of(request))
    assert not request.user.is_authenticated


def test_claims_are_not_taken_from_each_others_places(doctor: User) -> None:
    session, intake = claim(doctor, Audience.SESSION), claim(doctor, Audience.INTAKE)
    assert isinstance(actor_of(seen(session=intake, intake=session)), AnonymousUser)


def test_a_revoked_session_gives_way_to_a_good_cookie(doctor: User) -> None:
    session = claim(doctor, Audience.SESSION)
    doctor.first_name = "Claire-Marie"
    doctor.role = "hospital_pharmacist"
    doctor.save()
    assert actor_of(seen(session=session)).review == (REVOKED,)  # type: ignore[union-attr]
    intake = claim(doctor, Audience.INTAKE)
    assert not actor_of(seen(session=session, intake=intake)).unverified  # type: ignore[union-attr]


def test_a_sign_out_ends_both_also_for_whoever_copied_them(doctor: User) -> None:
    client = signed_in()
    session, intake = client.cookies["sessionid"].value, client.cookies["intake"].value
    thief = Client(raise_request_exception=False)
    thief.cookies["sessionid"], thief.cookies["intake"] = session, intake
    assert thief.get("/declarations/").status_code == 200
    out = client.post("/deconnexion/")
    assert out["Location"] == "/"
    assert client.cookies["intake"].value == ""
    assert client.cookies["sessionid"].value == ""
    assert thief.get("/declarations/")["Location"].startswith("/connexion/")
    assert "Claire Martin" not in thief.get("/").text
    request = seen(session=claim(doctor, Audience.SESSION))
    assert request.user is not None
    actor = actor_of(seen(intake=intake))
    assert actor.unverified  # type: ignore[union-attr]


def test_a_sign_out_after_the_session_has_ended_ends_the_cookie(doctor: User) -> None:
    client = signed_in()
    intake = client.cookies["intake"].value
    with time_machine.travel(timezone.now() + timedelta(days=20)):
        revocation.refresh(timezone.now())
        client.post("/deconnexion/")
        assert actor_of(seen(intake=intake)).unverified  # type: ignore[union-attr]


def test_a_sign_out_works_without_the_database(doctor: User) -> None:
    client = signed_in()
    with database_away() as asked:
        assert client.post("/deconnexion/").status_code == 302
        assert client.get("/declarations/nouvelle/").status_code == 302
    assert asked == []


def test_signing_out_of_the_administration_ends_both_too(doctor: User) -> None:
    doctor.is_staff = True
    doctor.save()
    client = signed_in()
    intake = client.cookies["intake"].value
    assert client.post("/admin/logout/").status_code in {200, 302}
    assert client.cookies["intake"].value == ""
    assert actor_of(seen(intake=intake)).unverified  # type: ignore[union-attr]


def test_whoever_signs_in_after_a_declarant_takes_her_cookie_away(doctor: User, settings) -> None:
    settings.DEMO = True
    client = signed_in()
    client.post("/connexion/demo/", {"username": "operateur"})
    assert client.cookies["intake"].value == ""


def test_a_sign_out_by_a_link_is_none(doctor: User) -> None:
    client = signed_in()
    assert client.get("/deconnexion/").status_code == 405
    assert client.get("/declarations/").status_code == 200


def test_a_sign_out_that_cannot_be_written_down_still_clears_the_browser(
    doctor: User, monkeypatch, caplog
) -> None:
    client = signed_in()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(revocation, "revoke", full)
    assert client.post("/deconnexion/").status_code == 302
    assert client.cookies["intake"].value == ""
    assert "could not be written down" in caplog.text


def test_a_session_ends_after_twelve_hours_however_much_it_is_used(doctor: User) -> None:
    began = timezone.now()
    with time_machine.travel(began) as clock:
        client = signed_in()
        for _ in range(3):
            clock.shift(timedelta(hours=3, minutes=50))
            revocation.refresh(timezone.now())
            assert client.get("/declarations/").status_code == 200
            client.get("/langue/setlang/")
        clock.shift(timedelta(minutes=31))
        assert client.get("/declarations/").status_code == 302


def test_a_new_password_ends_every_other_session(doctor: User) -> None:
    client = signed_in()
    doctor.set_password("another")
    doctor.save()
    assert client.get("/declarations/").status_code == 302
    assert actor_of(seen(intake=client.cookies["intake"].value)).unverified  # type: ignore[union-attr]


def test_a_session_without_a_claim_is_nobodys(doctor: User) -> None:
    client = signed_in()
    session = client.session
    del session[SESSION_CLAIM]
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = str(session.session_key)
    assert client.get("/declarations/").status_code == 302


def test_pages_that_name_somebody_are_kept_by_no_cache(doctor: User) -> None:
    client = Client()
    client.cookies["intake"] = claim(doctor, Audience.INTAKE)
    page = client.get("/")
    assert "Claire Martin" in page.text
    assert page["Cache-Control"] == "private, no-store"
