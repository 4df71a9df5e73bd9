"""Make the keys of an installation that has none, and publish a signing key that was exchanged."""

import argparse
import hashlib
import json
import os
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

PUBLISHED = "published.json"
STAYS = "kek"
"""A key that is never exchanged: whoever may read it may read a new one beside it."""
KEPT = ("kek", "pseudonym", "command", "log-ed25519")
GRACE = timedelta(days=2)
"""For how long a key that was exchanged may still sign: running services hold it until they end."""


class KeysLostError(RuntimeError):
    """A key that belongs here is not here: to go on without it would do harm."""


class OtherAccountError(RuntimeError):
    """Keys are another account's, and this one may not write them so that it can still read them."""


def ensure(
    folder: Path,
    *,
    has_log: Callable[[], bool] = lambda: False,
    offline: Path | None = None,
    grace: timedelta | None = None,
) -> None:
    """Write the keys that are missing in `folder`; existing ones are never touched.

    A signing key that was exchanged is published beside the one before, whose life ends after GRACE.
    A `grace` that is given is the most that any key has left but the one in use.

    `kek` wraps the subjects' keys, `pseudonym` and `command` are HMAC keys (32 bytes each),
    `log-ed25519` signs checkpoints of the log (PKCS#8 PEM), `django` signs sessions (text), `claims`
    signs who somebody is (a base64url key of 32 bytes a line: the first signs, all verify).
    Losing `kek` makes every personal field unreadable: it belongs in the site's own backup.
    `spool-x25519` opens what waits in the spools, `escrow-x25519` does so when that one is lost:
    it is written into `offline` (the folder above by default), to be taken off the machine.
    Raises KeysLostError when one of a log's keys is missing and `has_log()` says that it exists, or
    where the signing key cannot be published as it was; OtherAccountError.
    """
    missing = [name for name in KEPT if not (folder / name).exists()]
    if missing and has_log():
        message = f"{folder} lacks {', '.join(missing)}: restore the keys of this log first"
        raise KeysLostError(message)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # First: where `kek` is, a signing key was, also after a creation that was cut short.
    _ensure_signing(folder / "log-ed25519", folder / PUBLISHED, grace)
    for name in ("kek", "pseudonym", "command"):
        _write_once(folder / name, secrets.token_bytes(32))
    _write_once(folder / "django", secrets.token_urlsafe(48).encode())
    _write_once(folder / "claims", urlsafe_b64encode(secrets.token_bytes(32)) + b"\n")
    _pair(folder / "spool-x25519", folder / "spool-x25519.pub")
    _pair((offline or folder.parent) / "escrow-x25519", folder / "escrow-x25519.pub")


def _ensure_signing(kept: Path, told: Path, grace: timedelta | None) -> None:
    """Make the signing key where there is none, and publish it. Raises KeysLostError."""
    is_told = bool(_published(told))
    if kept.exists():
        # Nobody knows since when one signs that was never published.
        _publish(told, _signing_key(kept), grace, is_dated=is_told)
        return
    if not is_told and kept.with_name(STAYS).exists():
        # What it signed would count for nothing any more.
        message = f"the public half of {kept} is told nowhere: put the old log-ed25519 back and run this once"
        raise KeysLostError(message)
    private = Ed25519PrivateKey.generate()
    _publish(told, private, grace, is_dated=True)
    _write_once(kept, _pem(private))


def _pair(private: Path, public: Path) -> None:
    """Write both halves of an X25519 key as 32 raw bytes each.

    Where the public half is and the private is not, somebody has taken it away on purpose.
    """
    if public.exists():
        return
    private.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write_once(private, secrets.token_bytes(32))
    half = X25519PrivateKey.from_private_bytes(private.read_bytes()).public_key()
    _write_once(public, half.public_bytes_raw())


def lives(folder: Path) -> dict[str, datetime | None]:
    """Return the ends of the published keys by their names, None of one that was not exchanged."""
    return {
        one["key"]: datetime.fromisoformat(one["until"]) if one.get("until") else None
        for one in _published(folder / PUBLISHED)
    }


def _publish(
    path: Path, private: Ed25519PrivateKey, grace: timedelta | None, *, is_dated: bool
) -> None:
    """Add the public half with the instant from which it signs, as /api/v1/keys tells it.

    The key that signed before stays, and ends only after the grace: running services sign with it
    until they are started again, and what they sign meanwhile is as genuine. Raises KeysLostError.
    """
    public = private.public_key().public_bytes_raw()
    name = hashlib.sha256(public).hexdigest()[:16]
    before, now = _published(path), datetime.now(UTC)
    mine = next((one for one in before if one["key"] == name), None)
    if mine is not None and grace is None:
        return
    if mine is not None and mine.get("until"):
        # It would end the new one, and keep the one that is to end.
        message = "log-ed25519 here is the exchanged one: copy the new one first"
        raise KeysLostError(message)
    told = [one if one["key"] == name else _shortened(one, now, grace) for one in before]
    if mine is None:
        shown = urlsafe_b64encode(public).decode().rstrip("=")
        start = now.isoformat() if is_dated else None
        told.append({"key": name, "public": shown, "from": start, "until": None})
    if told != before:
        _write(path, json.dumps(told, indent=1).encode())


def _shortened(one: dict[str, Any], now: datetime, grace: timedelta | None) -> dict[str, Any]:
    """Return a key that is not in use with its end, which is never put off.

    An end that is told already is moved only by a grace that somebody asked for: of a stolen key.
    """
    end = now + (GRACE if grace is None else grace)
    told = datetime.fromisoformat(one["until"]) if one.get("until") else None
    if told is not None and (grace is None or told <= end):
        return one
    return {**one, "until": end.isoformat()}


def _published(path: Path) -> list[dict[str, Any]]:
    try:
        known: list[dict[str, Any]] = json.loads(path.read_text()) if path.exists() else []
    except ValueError as error:
        # Cut short, it may have told of keys that are nowhere else.
        message = f"{path} holds no published keys: put a whole copy of it back"
        raise KeysLostError(message) from error
    return known


def _signing_key(path: Path) -> Ed25519PrivateKey:
    found = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(found, Ed25519PrivateKey):
        message = f"{path} is not an Ed25519 private key"
        raise KeysLostError(message)
    return found


def _pem(private: Ed25519PrivateKey) -> bytes:
    return private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _write_once(path: Path, content: bytes) -> None:
    if not path.exists():
        _write(path, content)


def _write(path: Path, content: bytes) -> None:
    """Write a file that whoever reads the keys can read. Raises OtherAccountError, and leaves it as it is."""
    making = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            _for_its_readers(path, descriptor)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        making.rename(path)
    except PermissionError as refusal:
        making.unlink(missing_ok=True)
        message = f"{path} is another account's: run this as its owner, or as root"
        raise OtherAccountError(message) from refusal


def _for_its_readers(path: Path, descriptor: int) -> None:
    # Keys are exchanged as root, and a new file would be root's alone: the services, which have an
    # account of their own, could read neither the keys nor what is told of them.
    like = next((one for one in (path, path.with_name(STAYS)) if one.exists()), None)
    kept = (like or path.parent).stat()
    made = os.fstat(descriptor)
    is_other = (made.st_uid, made.st_gid) != (kept.st_uid, kept.st_gid)
    # Of a folder alone nothing follows for who is not root: it may be one that anybody writes to.
    if is_other and (like is not None or os.geteuid() == 0):
        os.fchown(descriptor, kept.st_uid, kept.st_gid)
    if like is not None:
        os.fchmod(descriptor, kept.st_mode & 0o777)


def main() -> None:
    """Make what is missing, and say until when services may go on with a key that was exchanged."""
    parser = argparse.ArgumentParser(prog="python -m config.local.keys", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument(
        "--days", type=float, metavar="N",
        help="an exchanged signing key may sign for so long at most, until every service was"
        f" restarted (default {GRACE / timedelta(days=1):g}; 0 where it was stolen, also later)",
    )  # fmt: skip
    asked = parser.parse_args()
    if asked.days is not None and not 0 <= asked.days <= 366:
        parser.error("--days is between 0 and 366")
    try:
        before = lives(asked.folder)
        ensure(asked.folder, grace=None if asked.days is None else timedelta(days=asked.days))
        after = lives(asked.folder)
    except (KeysLostError, OtherAccountError, PermissionError) as refusal:
        parser.error(str(refusal))
    print(f"the keys are in {asked.folder}; take escrow-x25519, beside it, off this machine")
    for line in _to_do(before, after):
        print(line)


def _to_do(
    before: Mapping[str, datetime | None], after: Mapping[str, datetime | None]
) -> Iterator[str]:
    """Yield what is left to do for each key that ends, or has just been ended."""
    now = datetime.now(UTC)
    copy = f"copy {PUBLISHED}, then log-ed25519, to every machine"
    for name, end in after.items():
        if end is not None and end > now:
            yield (
                f"signing key {name} was exchanged; running services go on signing with it:"
                f" {copy}, and restart every service before"
                f" {end.isoformat(timespec='minutes')}, when it ends"
            )
        elif end is not None and before.get(name) != end:
            yield (
                f"signing key {name} has ended: {copy}, and restart every service now;"
                " what one still signs with it is not valid"
            )


if __name__ == "__main__":
    main()
