"""While the signing key is exchanged, services sign with two keys: neither halts the log."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.exceptions import ImproperlyConfigured

from events import epochs, history, seal, store
from events.epochs import Missing, Same
from events.errors import LogHalted
from events.keys import base64url, keyring, published_before
from events.verify import verify_log
from tests.log.notes import command, new_stream, write

pytestmark = pytest.mark.django_db

AT_WORK = """
import json, django
django.setup()
from events import epochs, seal, store
from events.verify import verify_log
numbered = epochs.sequence()
kept = epochs.keep_checkpoint()
verdict = verify_log(checkpoint=seal.latest())
print(json.dumps([numbered, kept, epochs.halted(), verdict.ok]))
"""


@pytest.fixture
def keys(tmp_path, settings) -> Iterator[Path]:
    """Return the folder of the keys that this process has read, as a service does at its start."""
    folder = tmp_path / "keys"
    shutil.copytree(settings.KEYS_DIR, folder)
    (folder / "published.json").unlink(missing_ok=True)
    settings.KEYS_DIR = folder
    keyring.cache_clear()
    (one,) = [{"key": keyring().log_key_id, "public": base64url(keyring().log_public)}]
    (folder / "published.json").write_text(json.dumps([{**one, "from": None, "until": None}]))
    yield folder
    keyring.cache_clear()


def append(count: int = 1) -> None:
    store.append([write(new_stream(), count=count)], command())


def numbered(count: int = 1) -> None:
    append(count)
    assert epochs.sequence() == count


def run(folder: Path, *arguments: str) -> str:
    environment = {**os.environ, "KEYS_DIR": str(folder)}
    done = subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def exchange(folder: Path, *options: str) -> None:
    (folder / "log-ed25519").unlink()
    run(folder, "-m", "config.local.keys", str(folder), *options)


def restarted(folder: Path) -> list[Any]:
    """Return what a service numbers, keeps and finds that has read its keys just now."""
    told: list[Any] = json.loads(run(folder, "-c", AT_WORK))
    return told


def signers() -> set[str]:
    return {seal.claimed(line)["key"] for line in history._backwards()}


def by(private: Ed25519PrivateKey, content: dict[str, Any]) -> str:
    body = json.dumps(content).encode()
    return f"{base64url(body)}.{base64url(private.sign(body))}"


def end_of_the_log() -> dict[str, Any]:
    one = seal.current()
    assert one is not None
    return {"epoch": one.epoch, "position": one.position, "block": one.block, "hash": one.hash}


def remember_only(settings, statement: str) -> None:
    folder = Path(settings.CHECKPOINT_DIR)
    (folder / history.FILE).write_text(f"{statement}\n")
    (folder / seal.LATEST).unlink(missing_ok=True)


def test_services_with_either_key_go_on_side_by_side(keys):
    numbered()
    assert epochs.keep_checkpoint()
    exchange(keys)
    for _ in range(2):
        append(2)
        assert restarted(keys) == [2, True, None, True]
        numbered()
        assert epochs.keep_checkpoint()
        assert verify_log(checkpoint=seal.latest()).ok
    assert len(signers()) == 2
    assert (epochs.check(), epochs.halted()) == (Same(), None)


def test_a_restore_to_before_the_exchange_is_a_clean_one(keys, backup):
    numbered()
    backup.take()
    numbered()
    exchange(keys)
    append()
    assert restarted(keys)[0] == 1
    backup.restore()
    keyring.cache_clear()
    opened = epochs.settle()
    assert opened is not None
    assert opened.fork == 1


def undated(statement: str) -> str:
    """Return a statement as the version before the instants signed it."""
    said = seal.claimed(statement)
    del said["signed_at"]
    return by(keyring().log, said)


def test_a_backup_of_before_the_instants_is_a_clean_restore_after_the_exchange(
    keys, backup, settings, tmp_path
):
    numbered()
    backup.take()
    numbered()
    path = Path(settings.CHECKPOINT_DIR) / history.FILE
    lines = [undated(line) for line in path.read_text().split()]
    path.write_text("".join(f"{line}\n" for line in lines))
    kept_off = tmp_path / "latest.json"
    kept_off.write_text(json.dumps({"checkpoint": lines[-1]}))
    exchange(keys, "--days", "0")
    append()
    assert restarted(keys) == [1, True, None, True]
    assert verify_log(checkpoint=seal.read(kept_off)).ok
    backup.restore()
    keyring.cache_clear()
    opened = epochs.settle()
    assert opened is not None
    assert opened.fork == 1


def test_published_keys_that_are_gone_for_a_moment_halt_nothing(keys):
    """As when they are removed and copied anew: the other key has signed the memory meanwhile."""
    numbered()
    exchange(keys)
    append()
    assert restarted(keys) == [1, True, None, True]
    assert epochs.check() == Same()
    known = published_before()
    text = (keys / "published.json").read_text()
    (keys / "published.json").unlink()
    for _ in range(2):
        with pytest.raises(ImproperlyConfigured, match=r"published\.json is gone"):
            epochs.guard()
    assert epochs.halted() is None
    assert published_before() == known
    assert len(known) == 2
    (keys / "published.json").write_text(text)
    epochs.guard()
    assert epochs.halted() is None


@pytest.mark.parametrize(
    "signed_at", ["0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00", 7, "soon"]
)
def test_a_line_of_no_instant_is_left_out(keys, settings, signed_at):
    numbered()
    wrong = by(Ed25519PrivateKey.generate(), end_of_the_log() | {"signed_at": signed_at})
    with pytest.raises(ValueError, match=r"no date|isoformat"):
        seal.opened(wrong)
    with (Path(settings.CHECKPOINT_DIR) / history.FILE).open("a") as file:
        file.write(f"{wrong}\n")
    assert epochs.check() == Same()


@pytest.mark.parametrize("named", ["its own", "ours", None])
def test_a_memory_that_no_published_key_signed_halts(keys, settings, named):
    """Whoever rewrote the log can make one that fits it, and cannot sign it."""
    numbered(3)
    thief = Ed25519PrivateKey.generate()
    name = {"its own": "0123456789abcdef", "ours": keyring().log_key_id, None: None}[named]
    forged = by(thief, end_of_the_log() | ({"key": name} if name else {}))
    with pytest.raises(ValueError, match="published key"):
        seal.opened(forged)
    remember_only(settings, forged)
    assert isinstance(epochs.check(), Missing)
    with pytest.raises(LogHalted):
        epochs.sequence()
    assert epochs.halted()


def test_a_published_key_that_is_not_named_counts_while_it_lives(keys):
    numbered()
    statement, ours = by(keyring().log, end_of_the_log()), keyring().log
    assert seal.opened(statement) == seal.current()
    exchange(keys)
    assert seal.opened(by(ours, end_of_the_log())) == seal.current()
    run(keys, "-m", "config.local.keys", str(keys), "--days", "0")
    with pytest.raises(ValueError, match="published key"):
        seal.opened(statement)


def test_what_a_stolen_key_signs_after_its_end_counts_for_nothing(keys, settings):
    numbered()
    before = seal.statement_of(seal.Checkpoint(**end_of_the_log()))
    exchange(keys, "--days", "0")
    content = end_of_the_log() | {"key": keyring().log_key_id}
    later = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    after = by(keyring().log, content | {"signed_at": later})
    assert seal.opened(before) == seal.current()
    with pytest.raises(seal.KeyEnded):
        seal.opened(after)
    remember_only(settings, after)
    assert isinstance(epochs.check(), Missing)


def test_a_service_whose_key_has_ended_stops_itself_and_no_other(keys, settings):
    numbered()
    exchange(keys, "--days", "0")
    append()
    with pytest.raises(LogHalted, match="has ended"):
        epochs.sequence()
    with pytest.raises(LogHalted, match="has ended"):
        epochs.open_epoch("in a hurry")
    assert not epochs.keep_checkpoint()
    assert epochs.halted() is None
    # One that did not know of it yet has kept a checkpoint meanwhile.
    seal.write(seal.Checkpoint(**end_of_the_log()))
    assert restarted(keys) == [1, True, None, True]
    assert seal.latest() == seal.current()
    append()
    assert restarted(keys) == [1, True, None, True]


def test_an_epoch_that_the_former_key_signed_still_explains_its_fork(keys, backup):
    numbered()
    backup.take()
    numbered()
    backup.restore()
    assert epochs.settle()
    exchange(keys, "--days", "0")
    append()
    assert restarted(keys) == [1, True, None, True]
