"""What was taken back is refused: on this node at once, elsewhere at the next refresh."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from django.conf import settings
from django.utils import timezone

from accounts import revocation
from accounts.actions import issue_token
from accounts.claims import Audience, issue, person_of, verify
from accounts.credentials import AGED, REVOKED, judged
from accounts.models import DECLARE, Institution, Revocation, Role, User
from accounts.refreshing import Refresher
from config.local import processes
from tests.accounts.people import demo_people
from tests.outage import database_away

pytestmark = pytest.mark.django_db


@pytest.fixture
def doctor() -> User:
    found = demo_people()["dr.martin"]
    revocation.refresh(timezone.now())
    return found


def session_of(user: User, jti: UUID | None = None) -> str:
    now = timezone.now()
    return issue(person_of(user), Audience.SESSION, jti=jti or uuid4(), now=now)


def review(text: str, audience: Audience = Audience.SESSION) -> tuple[str, ...]:
    return judged(text, audience, now=timezone.now()).review


def file() -> Path:
    return Path(settings.DATA_DIR) / revocation.NAME


def test_a_person_in_good_standing_is_nothing_to_look_at(doctor: User) -> None:
    found = judged(session_of(doctor), Audience.SESSION, now=timezone.now())
    assert found == person_of(doctor)
    assert found.actor() == doctor.actor()


def disable(user: User) -> None:
    user.is_active = False
    user.save()


def change_role(user: User, role: Role = Role.HOSPITAL_PHARMACIST) -> None:
    user.role = role
    user.save(update_fields=["role"])


def move(user: User) -> None:
    user.institution = Institution.objects.get(finess="939900031")
    user.save()


def new_password(user: User) -> None:
    user.set_password("another")
    user.save()


def move_the_hospital(user: User) -> None:
    assert user.institution is not None
    user.institution.department = "77"
    user.institution.save()


CHANGES = [disable, change_role, move, new_password, move_the_hospital, User.delete]


@pytest.mark.parametrize("change", CHANGES)
def test_whoever_is_disabled_deleted_or_changed_is_refused_at_once(
    doctor: User, change: Callable[[User], object]
) -> None:
    text = session_of(doctor)
    assert review(text) == ()
    change(doctor)
    assert review(text) == (REVOKED,)


@pytest.mark.parametrize("role", [Role.INTERN, Role.ON_CALL, Role.LEGAL, Role.AUDITOR])
def test_a_role_of_compassionate_access_is_given_and_taken_like_any_other(
    doctor: User, role: Role
) -> None:
    before = session_of(doctor)
    change_role(doctor, role)
    assert review(before) == (REVOKED,)
    after = session_of(doctor)
    assert judged(after, Audience.SESSION, now=timezone.now()).role == role
    change_role(doctor, Role.DOCTOR)
    assert review(after) == (REVOKED,)


def test_what_changes_nothing_of_her_standing_revokes_nothing(doctor: User) -> None:
    text = session_of(doctor)
    doctor.email = "new@example.invalid"
    doctor.save()
    doctor.save(update_fields=["last_login"])
    demo_people()
    assert review(text) == ()


def test_signing_in_again_after_a_change_is_good(doctor: User) -> None:
    change_role(doctor)
    assert review(session_of(doctor)) == ()


def test_her_colleagues_are_not_concerned(doctor: User) -> None:
    other = session_of(demo_people()["ph.bernard"])
    disable(doctor)
    assert review(other) == ()


def test_a_change_that_goes_round_the_application_is_seen_at_the_next_refresh(
    doctor: User, owner_dsn: str
) -> None:
    text = session_of(doctor)
    with psycopg.connect(owner_dsn, autocommit=True) as owner:
        owner.execute("UPDATE accounts_user SET is_active = false WHERE username = 'dr.martin'")
    assert review(text) == ()
    revocation.refresh(timezone.now())
    assert review(text) == (REVOKED,)


def test_a_sign_in_while_she_is_being_changed_does_not_survive_it(
    doctor: User, owner_dsn: str
) -> None:
    with psycopg.connect(owner_dsn) as owner:
        owner.execute("UPDATE accounts_user SET is_active = false WHERE username = 'dr.martin'")
        text = session_of(User.objects.get(pk=doctor.pk))
    revocation.refresh(timezone.now())
    assert review(text) == (REVOKED,)


def test_an_update_of_many_is_seen_at_the_next_refresh(doctor: User) -> None:
    text = session_of(doctor)
    User.objects.filter(pk=doctor.pk).update(role=Role.REVIEWER)
    revocation.refresh(timezone.now())
    assert review(text) == (REVOKED,)


def test_a_revoked_person_has_no_account_no_institution_and_no_name(doctor: User) -> None:
    text = session_of(doctor)
    disable(doctor)
    found = judged(text, Audience.SESSION, now=timezone.now())
    assert found.unverified
    assert found.scopes == {DECLARE}
    assert (found.institution_finess, found.last_name, found.email) == (None, "", "")
    # So that what she sent before and sends again is one command.
    assert found.public_id == doctor.public_id


def test_a_sign_out_needs_no_database_and_reaches_it_later(doctor: User) -> None:
    jti = uuid4()
    text = session_of(doctor, jti)
    with database_away() as asked:
        revocation.revoke(jti, until=timezone.now() + timedelta(days=1))
        assert review(text) == (REVOKED,)
    assert asked == []
    assert not Revocation.objects.exists()
    revocation.refresh(timezone.now())
    assert Revocation.objects.get().jti == jti
    assert review(text) == (REVOKED,)


def test_another_node_learns_of_it(doctor: User, settings, tmp_path: Path) -> None:
    jti = uuid4()
    text = session_of(doctor, jti)
    revocation.revoke(jti, until=timezone.now() + timedelta(days=1))
    revocation.refresh(timezone.now())
    settings.DATA_DIR = tmp_path
    assert review(text) == (AGED,)
    revocation.refresh(timezone.now())
    assert review(text) == (REVOKED,)


def test_a_restored_database_brings_no_revocation_back_to_life(doctor: User) -> None:
    text = session_of(doctor)
    jti = uuid4()
    signed_out = session_of(doctor, jti)
    disable(doctor)
    revocation.revoke(jti, until=timezone.now() + timedelta(days=1))
    revocation.refresh(timezone.now())
    Revocation.objects.all().delete()
    revocation.refresh(timezone.now())
    assert review(text) == (REVOKED,)
    assert review(signed_out) == (REVOKED,)
    assert Revocation.objects.get().jti == jti


def test_without_a_refresh_for_ten_minutes_what_is_sent_is_for_review(doctor: User) -> None:
    now = timezone.now()
    text = session_of(doctor)
    for age, expected in [(9, ()), (11, (AGED,)), (-11, (AGED,))]:
        revocation.refresh(now - timedelta(minutes=age))
        found = judged(text, Audience.SESSION, now=now)
        assert found.review == expected, age
        assert not found.unverified
        assert found.scopes == person_of(doctor).scopes


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"as_of": 3}', "\x00" * 40])
def test_an_unreadable_file_is_aged_and_mended_by_the_next_refresh(
    doctor: User, content: str, caplog
) -> None:
    text = session_of(doctor)
    file().write_text(content)
    assert review(text) == (AGED,)
    assert "cannot be read" in caplog.text
    revocation.refresh(timezone.now())
    assert review(text) == ()


def test_a_refresh_that_finds_no_database_leaves_the_list_as_it_is(doctor: User) -> None:
    disable(doctor)
    before = file().read_bytes()
    with database_away(), pytest.raises(Exception, match="closed the connection"):
        revocation.refresh(timezone.now())
    assert file().read_bytes() == before


def test_what_nothing_can_outlive_is_forgotten(doctor: User) -> None:
    ended = uuid4()
    revocation.revoke(ended, until=timezone.now() - timedelta(seconds=1))
    disable(doctor)
    revocation.refresh(timezone.now())
    assert str(ended) not in revocation.revoked().claims
    assert str(doctor.public_id) in revocation.revoked().people
    later = timezone.now() + timedelta(days=368)
    revocation.refresh(later)
    assert not revocation.revoked().people
    assert not Revocation.objects.exists()


def test_a_token_that_ended_leaves_its_identifier_until_it_would_have_ended(doctor: User) -> None:
    token, _secret = issue_token(doctor, ["declarations:read"], days=3)
    token.delete()
    kept = Revocation.objects.get()
    assert (kept.jti, kept.until) == (token.jti, token.expires_at)


def test_processes_that_write_at_once_lose_nothing(doctor: User) -> None:
    jtis = [uuid4() for _ in range(40)]
    until = timezone.now() + timedelta(days=1)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda jti: revocation.revoke(jti, until=until), jtis))
    assert revocation.revoked().claims.keys() == {str(jti) for jti in jtis}
    assert file().stat().st_mode & 0o777 == 0o600


def test_the_file_names_nobody(doctor: User) -> None:
    disable(doctor)
    text = file().read_text()
    assert set(json.loads(text)) == {"as_of", "claims", "people", "sign_ins"}
    for name in (doctor.username, doctor.last_name, doctor.email):
        assert name not in text


@pytest.fixture
def refresher() -> Iterator[Refresher]:
    """Return one of a serving process, which looks all the time."""
    thread = Refresher(period=0.05)
    thread.start()
    yield thread
    thread.end()


def test_a_serving_process_learns_what_was_changed_elsewhere(
    doctor: User, owner_dsn: str, refresher: Refresher
) -> None:
    text = session_of(doctor)
    with psycopg.connect(owner_dsn, autocommit=True) as owner:
        owner.execute("UPDATE accounts_user SET is_active = false WHERE username = 'dr.martin'")
    assert processes.wait_until(lambda: review(text) == (REVOKED,), 20)


def test_a_serving_process_goes_on_looking_while_the_database_is_away(
    doctor: User, refresher: Refresher
) -> None:
    text = session_of(doctor)
    with database_away() as asked:
        assert processes.wait_until(lambda: asked.count("default") > 1, 20)
        assert review(text) == ()
    change_role(doctor)
    file().unlink()
    assert processes.wait_until(lambda: review(text) == (REVOKED,), 20)


def test_every_gunicorn_of_a_site_refreshes_the_list() -> None:
    deploy = Path(settings.BASE_DIR) / "deploy"
    written = [deploy / "compose.yaml", *(deploy / "systemd").glob("*.service")]
    lines = [line for path in written for line in path.read_text().splitlines()]
    served = [line for line in lines if "config.wsgi" in line]
    assert len(served) == 5
    assert all("--config=python:config.serving" in line for line in served)


def test_times_are_compared_as_instants() -> None:
    kept = {"a": "2026-11-20T10:00:00+01:00"}
    told = {"a": "2026-11-20T09:30:00+00:00"}
    assert revocation._later(kept, told) == told
    assert revocation._later(told, kept) == told
    assert datetime.fromisoformat(told["a"]) > datetime(2026, 11, 20, 9, tzinfo=UTC)


def test_a_claim_is_only_as_old_as_its_issue(doctor: User) -> None:
    claim = verify(session_of(doctor), Audience.SESSION, now=timezone.now())
    known = revocation.Revoked(people={str(doctor.public_id): claim.issued_at.isoformat()})
    assert known.holds(claim)
    before = claim.issued_at - timedelta(microseconds=1)
    assert not revocation.Revoked(people={str(doctor.public_id): before.isoformat()}).holds(claim)
