"""Who has the disk, or swaps what lies on it, reads and changes nothing."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from django.core.exceptions import ImproperlyConfigured

from config.local import keys
from events import clock, receipts, sealing, segments
from events.errors import UnreadableEvent
from events.keys import keyring, published
from tests.spool.material import SECRET, body, header, spool_in


@pytest.fixture
def escrow(settings) -> bytes:
    return (Path(settings.DATA_DIR) / "escrow-x25519").read_bytes()


def private_key() -> bytes:
    found = keyring().spool_private
    assert found is not None
    return found


def test_both_readers_open_what_is_sealed_and_nobody_else(escrow):
    sealed = sealing.seal(b"header", body(5000))
    for private in (private_key(), escrow):
        assert sealing.unseal(b"header", sealed, private) == body(5000)
    with pytest.raises(UnreadableEvent):
        sealing.unseal(b"header", sealed, X25519PrivateKey.generate().private_bytes_raw())


def test_nothing_is_sealed_twice_alike_and_an_empty_body_is_sealed():
    assert sealing.seal(b"h", b"") != sealing.seal(b"h", b"")
    assert sealing.unseal(b"h", sealing.seal(b"h", b""), private_key()) == b""


def test_a_body_under_another_header_does_not_open(escrow):
    one, other = header(), header()
    sealed = sealing.seal(one.encoded(), body())
    more_urgent = header(command_id=one.command_id, digest=one.digest, priority=0)
    for wrong in (other, more_urgent):
        for private in (private_key(), escrow):
            with pytest.raises(UnreadableEvent):
                sealing.unseal(wrong.encoded(), sealed, private)


def test_a_sealed_body_cut_or_changed_anywhere_does_not_open():
    sealed, private = sealing.seal(b"h", b"body"), private_key()
    for length in range(len(sealed)):
        with pytest.raises(UnreadableEvent):
            sealing.unseal(b"h", sealed[:length], private)
    # One reader's wrapping may be hurt: the other's still opens.
    for place in (0, 5, 60, 170, len(sealed) - 1):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(UnreadableEvent):
            sealing.unseal(b"h", bytes(changed), private)


def test_a_copied_folder_and_all_but_the_private_keys_read_nothing(tmp_path, settings):
    kept = spool_in(tmp_path)
    entry = kept.put(header(), body())
    kept.put(header(), body(9000))
    thief = tmp_path / "thief"
    shutil.copytree(tmp_path / "a", thief / "a")
    for path in filter(Path.is_file, thief.rglob("*")):
        content = path.read_bytes()
        assert SECRET not in content
        assert b"Hortense" not in content
    public = Path(settings.KEYS_DIR)
    for name in ("spool-x25519.pub", "escrow-x25519.pub", "kek", "pseudonym", "command"):
        with pytest.raises(UnreadableEvent):
            sealing.unseal(entry.header_bytes, entry.sealed, (public / name).read_bytes())
    (segment,) = segments.found([thief / "a"])
    assert next(row.entry.header for row in segments.read(segment)) == entry.header


def test_without_the_private_key_a_node_takes_and_cannot_read(tmp_path, settings):
    private = private_key()
    shutil.copytree(settings.KEYS_DIR, tmp_path / "keys")
    (tmp_path / "keys" / "spool-x25519").unlink()
    settings.KEYS_DIR = tmp_path / "keys"
    keyring.cache_clear()
    try:
        keys.ensure(tmp_path / "keys", has_log=lambda: True, offline=tmp_path)
        assert keyring().spool_private is None
        entry = spool_in(tmp_path).put(header(), body())
    finally:
        keyring.cache_clear()
    assert sealing.unseal(entry.header_bytes, entry.sealed, private) == body()


def test_keys_of_the_wrong_length_are_named(tmp_path, settings):
    shutil.copytree(settings.KEYS_DIR, tmp_path / "keys")
    (tmp_path / "keys" / "escrow-x25519.pub").write_bytes(b"short")
    (tmp_path / "keys" / "spool-x25519.pub").unlink()
    settings.KEYS_DIR = tmp_path / "keys"
    keyring.cache_clear()
    try:
        with pytest.raises(ImproperlyConfigured, match=r"spool-x25519\.pub.*escrow-x25519\.pub"):
            keyring()
    finally:
        keyring.cache_clear()


def test_an_installation_from_before_gets_the_keys_of_its_spool(tmp_path):
    folder = tmp_path / "keys"
    keys.ensure(folder)
    for path in (*folder.glob("*x25519*"), tmp_path / "escrow-x25519"):
        path.unlink()
    keys.ensure(folder, has_log=lambda: True, offline=tmp_path / "other")
    assert {path.name for path in folder.glob("*x25519*")} == {
        "spool-x25519", "spool-x25519.pub", "escrow-x25519.pub",
    }  # fmt: skip
    made = tmp_path / "other" / "escrow-x25519"
    assert made.stat().st_mode & 0o777 == 0o600
    public = X25519PrivateKey.from_private_bytes(made.read_bytes()).public_key()
    assert public.public_bytes_raw() == (folder / "escrow-x25519.pub").read_bytes()


def test_a_private_key_that_was_taken_away_is_not_made_anew(tmp_path):
    keys.ensure(tmp_path / "keys")
    (tmp_path / "escrow-x25519").unlink()
    (tmp_path / "keys" / "spool-x25519").unlink()
    keys.ensure(tmp_path / "keys")
    assert not (tmp_path / "escrow-x25519").exists()
    assert not (tmp_path / "keys" / "spool-x25519").exists()


def test_a_signing_key_that_was_exchanged_stays_published_with_its_life(tmp_path, settings):
    keys.ensure(tmp_path / "keys")
    (before,) = json.loads((tmp_path / "keys" / "published.json").read_text())
    keys.ensure(tmp_path / "other")
    shutil.copy(tmp_path / "other" / "log-ed25519", tmp_path / "keys" / "log-ed25519")
    for _ in range(2):
        keys.ensure(tmp_path / "keys", has_log=lambda: True)
    settings.KEYS_DIR = tmp_path / "keys"
    keyring.cache_clear()
    try:
        old, new = published()
        assert (old["key"], old["from"], new["key"]) == (
            before["key"], before["from"], keyring().log_key_id,
        )  # fmt: skip
        ends, begins = map(datetime.fromisoformat, (old["until"], new["from"]))
        assert ends - begins == keys.GRACE
        assert new["until"] is None
    finally:
        keyring.cache_clear()


def test_what_the_keyring_shows_of_itself_holds_no_secret():
    ring = keyring()
    for secret in (ring.command, ring.pseudonym, ring.spool_private):
        assert repr(secret) not in repr(ring)


def test_the_clock_says_how_far_it_can_be_trusted():
    told = clock.quality()
    assert told is None or 0 <= told < 20_000


@pytest.mark.parametrize(
    ("state", "status", "maxerror", "said"),
    [(0, 0, 1, 1), (0, 0, 16_000_000, 16_000), (0, 0x2001, 2_400, 3), (0, 0x40, 5, None), (5, 0, 5, None), (-1, 0, 5, None)],
)  # fmt: skip
def test_an_unsynchronised_clock_says_nothing(monkeypatch, state, status, maxerror, said):
    """The kernel's answers, which no test may change: adjtimex(2)."""

    def kernel(told) -> int:
        told._obj.status, told._obj.maxerror = status, maxerror
        return state

    monkeypatch.setattr(clock, "_adjtimex", lambda: kernel)
    assert clock.quality() == said


def test_a_clock_that_is_set_back_stands_still(monkeypatch):
    forward = clock._Forward()
    instants = [datetime(2026, 11, 24, 0, 0, second, tzinfo=UTC) for second in (5, 3, 4, 9)]
    monkeypatch.setattr(clock, "datetime", Told(instants))
    assert [forward.now().second for _ in instants] == [5, 5, 5, 9]


class Told:
    def __init__(self, instants) -> None:
        self._instants = iter(instants)

    def now(self, _) -> datetime:
        return next(self._instants)


def test_the_receipt_and_the_header_give_away_no_patient(tmp_path):
    entry = spool_in(tmp_path).put(header(command_id=uuid4()), body())
    assert b"Hortense" not in entry.header_bytes
    assert b"Hortense" not in receipts.as_bytes(entry.receipt)
