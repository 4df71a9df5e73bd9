"""A receipt is checked by anybody, without a network, by one file and the published keys."""

import json
import shutil
import subprocess
import sys
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from accounts.actions import issue_token
from accounts.models import TokenScope
from continuity import receipt_check
from events import seal
from events.keys import keyring, published
from tests.accounts.people import demo_people
from tests.benchmarks.material import DECLARATION

SCRIPT = Path(receipt_check.__file__)
AT = datetime(2999, 1, 1, tzinfo=UTC)


@pytest.fixture
def receipt() -> str:
    return seal.sign({"number": "4NGJ-CXPD-S08PP", "recorded_at": AT.isoformat()})


def key(**life: datetime | None) -> dict:
    (known,) = published()
    return known | {name: at.isoformat() if at else None for name, at in life.items()}


def why(receipt: str, *keys: dict) -> str:
    with pytest.raises(receipt_check.NotValid) as refused:
        receipt_check.check(receipt, list(keys or published()))
    return refused.value.code


def test_a_receipt_says_what_was_signed(receipt):
    assert receipt_check.check(f" {receipt}\n", published())["number"] == "4NGJ-CXPD-S08PP"


def test_every_flipped_bit_is_seen(receipt):
    body, _, signature = receipt.partition(".")
    content = urlsafe_b64decode(body + "==")
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 1
        text = urlsafe_b64encode(bytes(changed)).decode().rstrip("=")
        assert why(f"{text}.{signature}") in {"bad_signature", "cut_short", "unknown_key"}


def test_a_receipt_cut_short_anywhere_is_not_valid(receipt):
    for length in range(len(receipt)):
        assert why(receipt[:length]) == "cut_short"


def test_a_receipt_of_another_key_is_not_valid(receipt):
    assert why(receipt, key() | {"key": "0" * 16}) == "unknown_key"
    other = urlsafe_b64encode(bytes(range(32))).decode()
    assert why(receipt, key() | {"public": other}) == "bad_signature"


@pytest.mark.parametrize("life", [{"from": AT + timedelta(1)}, {"until": AT - timedelta(1)}])
def test_a_receipt_outside_the_life_of_its_key_is_not_valid(receipt, life):
    assert why(receipt, key(**life)) == "outside_key_life"
    inside = key(**{"from": AT - timedelta(1), "until": AT + timedelta(1)})
    assert receipt_check.check(receipt, [inside])


def test_the_keys_are_told_to_anybody_without_a_database(client, monkeypatch, settings, tmp_path):
    """No `db` fixture: a query would fail."""
    assert client.get("/api/v1/keys").json() == {"keys": published()}
    old = {"key": "old", "public": "x", "from": None, "until": AT.isoformat()}
    for name in ("kek", "pseudonym", "command", "log-ed25519"):
        shutil.copy(Path(settings.KEYS_DIR) / name, tmp_path / name)
    (tmp_path / "published.json").write_text(json.dumps([old]))
    settings.KEYS_DIR = tmp_path
    told = client.get("/api/v1/keys").json()["keys"]
    assert [one["key"] for one in told] == ["old", keyring().log_key_id]


def test_the_receipt_of_a_declaration_is_valid_by_the_script_alone(client, db, tmp_path):
    """Outside the project, with nothing of it to import, as a hospital would."""
    scope = TokenScope.DECLARATIONS_WRITE
    _, token = issue_token(demo_people()["dr.martin"], [scope], days=1)
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "1"}
    answer = client.post(
        "/api/v1/declarations", DECLARATION, "application/json", headers=headers
    ).json()
    (tmp_path / "keys.json").write_bytes(client.get("/api/v1/keys").content)
    shutil.copy(SCRIPT, tmp_path / "receipt_check.py")

    def checked(receipt: str) -> tuple[int, dict]:
        done = subprocess.run(
            [sys.executable, "-I", "receipt_check.py", "--keys", "keys.json", receipt],
            cwd=tmp_path, capture_output=True, text=True, check=False, env={},
        )  # fmt: skip
        return done.returncode, json.loads(done.stdout)

    code, told = checked(answer["receipt"])
    assert (code, told["valid"], told["number"]) == (0, True, answer["number"])
    assert told["level"] == "recorded"
    code, told = checked(answer["receipt"][:-5])
    assert (code, told["valid"], told["code"]) == (1, False, "cut_short")
