"""Signed claims: what is ours is believed, everything else is refused, whoever made it."""

import hmac
import json
import os
import tempfile
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given, strategies as st

from accounts import claim_keys
from accounts.claims import LIFE, LONGEST, Audience, ClaimRefused, Person, issue, verify
from accounts.models import DECLARE, FULL, Role

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
JTI = UUID(int=5)
CLAIRE = Person(
    public_id=UUID(int=7),
    role=Role.DOCTOR,
    scopes=frozenset({FULL}),
    institution_finess="759900012",
    institution_department="75",
    department="92",
    territory=("75", "2A"),
    username="dr.martin",
    first_name="Claire",
    last_name="Martin",
    email="claire@example.invalid",
    institution_name="Hôpital de démonstration",
    institution_city="Paris",
)


@pytest.fixture(autouse=True)
def keys_of_its_own(settings, tmp_path: Path) -> Path:
    settings.KEYS_DIR = tmp_path
    claim_keys.add_key()
    return tmp_path / claim_keys.NAME


def session(person: Person = CLAIRE, **more: Any) -> str:
    return issue(person, Audience.SESSION, jti=JTI, **{"now": NOW, **more})


def refused(text: str, audience: Audience = Audience.SESSION, now: datetime = NOW) -> str:
    with pytest.raises(ClaimRefused) as refusal:
        verify(text, audience, now=now)
    return refusal.value.code


def base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def said(text: str) -> dict[str, Any]:
    body = text.split(".")[1]
    found: dict[str, Any] = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return found


def resigned(text: str, change: Callable[[dict[str, Any]], Any]) -> str:
    """Return a claim with another body, signed as our own code signs."""
    kid = text.split(".", maxsplit=1)[0]
    body = said(text)
    change(body)
    signed = f"{kid}.{base64url(json.dumps(body).encode())}"
    key = claim_keys.claim_keys().known[kid]
    mac = hmac.digest(key, b"vigilance claim 1\n" + signed.encode(), sha256)
    return f"{signed}.{base64url(mac)}"


def test_a_claim_says_who_signed_in():
    found = verify(session(), Audience.SESSION, now=NOW)
    assert found.person == CLAIRE
    assert (found.jti, found.issued_at) == (JTI, NOW)
    assert found.expires_at == NOW + timedelta(hours=12)
    assert found.person.actor().institution == "759900012"


@pytest.mark.parametrize("role", Role)
def test_a_claim_carries_every_role(role):
    person = replace(CLAIRE, role=role)
    assert verify(session(person), Audience.SESSION, now=NOW).person.role == role
    assert person.get_role_display() == role.label


def test_an_unnamed_claim_says_no_name():
    found = verify(session(named=False), Audience.SESSION, now=NOW)
    plain = replace(
        CLAIRE, username="", first_name="", last_name="", email="", institution_name="",
        institution_city="",
    )  # fmt: skip
    assert found.person == plain


def test_a_claim_that_would_not_fit_into_a_cookie_says_no_name():
    long = replace(CLAIRE, institution_name="é" * LONGEST)
    text = session(long)
    assert len(text) < LONGEST
    assert verify(text, Audience.SESSION, now=NOW).person.institution_name == ""


def test_the_longest_names_fit_together_with_the_session_that_holds_them(settings):
    from django.contrib.sessions.backends.signed_cookies import SessionStore

    person = replace(CLAIRE, first_name="é" * 150, last_name="ô" * 150, email="x" * 254)
    store = SessionStore()
    store["claim"] = session(person)
    store["_auth_user_hash"] = "a" * 64
    store.save()
    assert store.session_key is not None
    assert len(store.session_key) < 4_000


@given(st.data())
def test_one_changed_character_is_seen(data):
    text = session()
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from("AZaz09-_.=\n é").filter(lambda one: one != text[at]))
    changed = text[:at] + other + text[at + 1 :]
    assert refused(changed) in {"forged", "unknown_key", "malformed"}


@given(st.text(max_size=200))
def test_any_other_text_is_refused(text):
    assert refused(text) in {"malformed", "unknown_key", "forged"}


@pytest.mark.parametrize("end", [0, 1, 8, 9, 40, -1])
def test_a_claim_cut_short_is_refused(end):
    assert refused(session()[:end]) in {"malformed", "unknown_key", "forged"}


def test_a_mac_of_another_spelling_is_refused():
    """Base64 leaves two bits of the last character unused: one MAC would have four spellings."""
    text = session()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = alphabet.index(text[-1])
    assert refused(text[:-1] + alphabet[last ^ 1]) == "forged"


def jws(header: dict[str, str], body: dict[str, Any], key: bytes) -> str:
    parts = ".".join(base64url(json.dumps(part).encode()) for part in (header, body))
    mac = b"" if header["alg"] == "none" else hmac.digest(key, parts.encode(), sha256)
    return f"{parts}.{base64url(mac)}"


@pytest.mark.parametrize("algorithm", ["none", "None", "HS256", "RS256", "EdDSA"])
def test_no_algorithm_can_be_chosen(algorithm):
    """Also not by whoever has stolen a key and builds a JWT with it."""
    text = session()
    kid = text.split(".", maxsplit=1)[0]
    key = claim_keys.claim_keys().known[kid]
    for header in ({"alg": algorithm, "kid": kid}, {"alg": algorithm, "typ": "JWT"}):
        assert refused(jws(header, said(text), key)) in {"malformed", "unknown_key"}


@pytest.mark.parametrize("kid", ["", "00000000", "../django", "' OR 1=1 --", "a" * 500])
def test_another_key_id_is_refused(kid):
    _kid, body, mac = session().split(".")
    assert refused(f"{kid}.{body}.{mac}") in {"unknown_key", "malformed"}


def test_another_nodes_key_is_not_ours(keys_of_its_own):
    text = session()
    keys_of_its_own.unlink()
    claim_keys.add_key()
    assert refused(text) == "unknown_key"


@pytest.mark.parametrize("audience", [Audience.INTAKE, Audience.API])
def test_a_claim_is_good_for_its_audience_only(audience):
    assert refused(session(), audience) == "wrong_audience"


def test_a_claim_ends():
    last = NOW + timedelta(hours=12) - timedelta(microseconds=1)
    assert verify(session(), Audience.SESSION, now=last).jti == JTI
    assert refused(session(), now=NOW + timedelta(hours=12)) == "expired"


def test_a_claim_from_the_future_is_refused():
    early = NOW - timedelta(seconds=60)
    assert verify(session(), Audience.SESSION, now=early).jti == JTI
    assert refused(session(), now=NOW - timedelta(seconds=61)) == "from_the_future"


@pytest.mark.parametrize("audience", Audience)
def test_no_claim_lives_longer_than_its_audience_allows(audience):
    with pytest.raises(ValueError, match="at most"):
        issue(CLAIRE, audience, jti=JTI, now=NOW, life=LIFE[audience] + timedelta(seconds=1))
    text = resigned(session(), lambda body: body.update(exp=body["exp"] + 1))
    assert refused(text) == "too_long_lived"


def test_an_intake_claim_declares_whatever_it_says():
    text = issue(CLAIRE, Audience.INTAKE, jti=JTI, now=NOW)
    assert verify(text, Audience.INTAKE, now=NOW).person.scopes == {DECLARE}


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body.pop("sub"),
        lambda body: body.update(sub="x"),
        lambda body: body.update(exp="soon"),
        lambda body: body.update(terr="75"),
    ],
)
def test_a_signed_body_of_another_shape_is_refused(change):
    assert refused(resigned(session(), change)) == "malformed"


def test_a_later_release_may_say_more_and_know_other_roles():
    def later(body: dict[str, Any]) -> None:
        body.update(role="midwife", more=1)

    found = verify(resigned(session(), later), Audience.SESSION, now=NOW)
    assert found.person.role == ""


def test_keys_are_changed_without_signing_anybody_out(keys_of_its_own):
    old = claim_keys.claim_keys().signs
    before = session()
    new = claim_keys.add_key()
    assert claim_keys.claim_keys().signs == old
    claim_keys.sign_with(new)
    after = session()
    assert after.startswith(new + ".")
    for text in (before, after):
        assert verify(text, Audience.SESSION, now=NOW).jti == JTI
    with pytest.raises(LookupError):
        claim_keys.drop_key(new)
    claim_keys.drop_key(old)
    assert refused(before) == "unknown_key"
    assert verify(after, Audience.SESSION, now=NOW).jti == JTI
    assert keys_of_its_own.stat().st_mode & 0o777 == 0o600


def test_unknown_keys_cannot_be_put_first_or_dropped():
    for act in (claim_keys.sign_with, claim_keys.drop_key):
        with pytest.raises(LookupError):
            act("00000000")


@pytest.mark.parametrize("content", ["", "c2hvcnQ=\n", "not base64 at all\n"])
def test_a_file_without_good_keys_is_no_key_file(keys_of_its_own, content):
    keys_of_its_own.write_text(content)
    with pytest.raises(ImproperlyConfigured):
        session()


def test_without_a_file_nothing_is_signed_and_nothing_believed(keys_of_its_own):
    text = session()
    keys_of_its_own.unlink()
    with pytest.raises(ImproperlyConfigured, match="claims"):
        session()
    assert refused(text) == "no_keys"


def unreadable(path: Path) -> None:
    path.unlink()
    path.mkdir()


def not_text(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\x00")


@pytest.mark.parametrize("spoilt", [unreadable, not_text])
def test_a_file_that_cannot_be_read_believes_nobody_and_stays(keys_of_its_own, spoilt):
    """A folder stands for a file of another account: root, who may run this, reads any file."""
    text = session()
    spoilt(keys_of_its_own)
    assert refused(text) == "no_keys"
    with pytest.raises(ImproperlyConfigured):
        claim_keys.add_key()
    assert keys_of_its_own.exists()


def test_a_changed_file_is_read_by_whoever_read_it_before(keys_of_its_own):
    keys_of_its_own.chmod(0o640)
    owner = (10001, 10001) if os.geteuid() == 0 else (os.getuid(), os.getgid())
    os.chown(keys_of_its_own, *owner)
    claim_keys.add_key()
    kept = keys_of_its_own.stat()
    assert (kept.st_uid, kept.st_gid, kept.st_mode & 0o777) == (*owner, 0o640)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another account")
def test_who_may_not_give_the_file_back_to_its_owner_changes_nothing(settings):
    with tempfile.TemporaryDirectory() as folder:
        settings.KEYS_DIR = folder
        claim_keys.add_key()
        path = Path(folder) / claim_keys.NAME
        path.chmod(0o644)
        Path(folder).chmod(0o777)
        before = path.read_bytes()
        if (child := os.fork()) == 0:
            os.setgroups([])
            os.setgid(10001)
            os.setuid(10001)
            try:
                claim_keys.add_key()
            except ImproperlyConfigured as refusal:
                os._exit(0 if "another account" in str(refusal) else 2)
            os._exit(1)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        assert path.read_bytes() == before
        assert [one.name for one in Path(folder).iterdir()] == [claim_keys.NAME]


def test_every_sign_in_has_an_identifier_of_its_own():
    texts = {issue(CLAIRE, Audience.SESSION, jti=uuid4(), now=NOW) for _ in range(20)}
    assert len(texts) == 20
