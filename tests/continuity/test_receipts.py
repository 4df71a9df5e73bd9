"""A receipt is checked by anybody, without a network, by one file and the published keys."""

import base64
import json
import shutil
import subprocess
import sys
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from accounts.actions import issue_token
from accounts.models import TokenScope
from continuity import receipt_check
from events import receipts, seal
from events.keys import keyring, published
from events.number import identifier_from, number_of
from events.receipts import Receipt, ReceiptInvalid
from tests.accounts.people import demo_people
from tests.benchmarks.material import DECLARATION

SCRIPT = Path(receipt_check.__file__)
AT = datetime(2999, 1, 1, 12, 0, 0, 1, tzinfo=UTC)
LOST = {"cut_short", "bad_signature", "unknown_key"}


def made(**changed) -> Receipt:
    usual: dict[str, Any] = {
        "node": "n1",
        "segment": 470952,
        "seq": 17,
        "previous": bytes(range(16)),
        "command_id": UUID("019c0ffe-1234-7abc-8def-0123456789ab"),
        "digest": bytes(range(32)),
        "received_at": AT,
        "clock_ms": 3,
        "number": 2**59 + 12345,
    }
    return Receipt(**usual | changed)


def signed(receipt: Receipt) -> str:
    return receipts.encode(receipt, keyring().log_key_id, keyring().log.sign)


@pytest.fixture
def receipt() -> str:
    return signed(made())


@pytest.fixture
def statement() -> str:
    return seal.sign({"number": "4NGJ-CXPD-S08PP", "recorded_at": AT.isoformat()})


def key(**life: datetime | None) -> dict:
    (known,) = published()
    return known | {name: at.isoformat() if at else None for name, at in life.items()}


def why(receipt: str, *keys: dict) -> str:
    """Return why a receipt is not valid: of its signature the script and the node say the same."""
    known = list(keys or published())
    with pytest.raises(receipt_check.NotValid) as refused:
        receipt_check.check(receipt, known)
    code = refused.value.code
    if "." not in receipt and code != "outside_key_life":
        with pytest.raises(ReceiptInvalid) as at_the_node:
            receipts.check_signature(receipts.as_bytes(receipt), known)
        assert at_the_node.value.code == code
    return code


@pytest.mark.parametrize(
    "said",
    [
        made(),
        made(clock_ms=None, node="abcdefghijkl", seq=2**32 - 1, segment=99_999_999),
        made(number=0, previous=bytes(16), received_at=datetime(2026, 6, 25, tzinfo=UTC)),
    ],
    ids=["usual", "longest", "smallest"],
)
def test_a_receipt_says_what_was_signed(said):
    text = signed(said)
    assert (
        receipts.decode(text)
        == receipts.check_signature(receipts.as_bytes(text), published())
        == said
    )
    keys = [key(**{"from": None})]
    told = receipt_check.check(text, keys)
    assert told["receipt"] == said.id
    assert told["number"] == number_of(identifier_from(said.number))
    assert told["received_at"] == said.received_at.isoformat()
    assert (told["clock_ms"], told["level"]) == (said.clock_ms, "spooled1")
    assert (told["digest"], told["previous"]) == (said.digest.hex(), said.previous.hex())
    assert UUID(told["command_id"]) == said.command_id
    assert (told["node"], told["segment"], told["seq"]) == (said.node, said.segment, said.seq)
    assert receipts.parse_id(said.id) == (said.node, said.segment, said.seq, said.command_id)


def test_a_receipt_fits_a_qr_code_of_49_modules(receipt):
    # Version 8, level L, holds 279 alphanumeric symbols (ISO/IEC 18004, table 7).
    assert len(receipt) <= 279
    assert set(receipt) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")


def test_a_receipt_typed_or_folded_by_hand_is_the_same(receipt):
    folded = " ".join(receipt[at : at + 8].lower() for at in range(0, len(receipt), 8)) + "\n"
    assert receipt_check.check(folded, published()) == receipt_check.check(receipt, published())
    assert receipts.as_bytes(folded) == receipts.as_bytes(receipt)


def test_every_flipped_bit_is_seen(receipt):
    data = receipts.as_bytes(receipt)
    for place in range(8 * len(data)):
        changed = bytearray(data)
        changed[place // 8] ^= 1 << place % 8
        assert why(receipts.as_text(bytes(changed))) in LOST


def test_every_wrong_symbol_is_seen(receipt):
    """The last one too, of which some bits say nothing."""
    for place, symbol in enumerate(receipt):
        for other in {"A", "Q", "7", "0", "é"} - {symbol}:
            assert why(receipt[:place] + other + receipt[place + 1 :]) in LOST


def test_a_receipt_cut_short_anywhere_is_not_valid(receipt, statement):
    for length in range(len(receipt)):
        assert why(receipt[:length]) == "cut_short"
    for length in range(len(statement)):
        assert why(statement[:length]) == "cut_short"


def test_a_receipt_of_another_key_is_not_valid(receipt, statement):
    other = urlsafe_b64encode(bytes(range(32))).decode().rstrip("=")
    for text in (receipt, statement):
        assert why(text, key() | {"key": "0" * 16}) == "unknown_key"
        assert why(text, key() | {"public": other}) == "bad_signature"


@pytest.mark.parametrize("life", [{"from": AT + timedelta(1)}, {"until": AT - timedelta(1)}])
def test_a_receipt_outside_the_life_of_its_key_is_not_valid(receipt, statement, life):
    inside = key(**{"from": AT - timedelta(1), "until": AT + timedelta(1)})
    for text in (receipt, statement):
        assert why(text, key(**life)) == "outside_key_life"
        assert receipt_check.check(text, [inside])
    # Its own node still reads it from its disk: a clock set wrong must not hide a declaration.
    assert receipts.check_signature(receipts.as_bytes(receipt), [key(**life)]) == made()


def test_a_receipt_of_a_key_used_before_is_valid(receipt):
    before = Ed25519PrivateKey.generate()
    public = before.public_key().public_bytes_raw()
    name = "00112233aabbccdd"
    old = {
        "key": name,
        "algorithm": "Ed25519",
        "public": urlsafe_b64encode(public).decode().rstrip("="),
        "from": None,
        "until": AT.isoformat(),
    }
    text = receipts.encode(made(), name, before.sign)
    assert receipts.check_signature(receipts.as_bytes(text), [*published(), old]) == made()
    assert receipt_check.check(text, [*published(), old])["key"] == name


def test_a_statement_says_what_was_signed(statement):
    assert receipt_check.check(f" {statement}\n", published())["number"] == "4NGJ-CXPD-S08PP"
    body, _, signature = statement.partition(".")
    content = urlsafe_b64decode(body + "==")
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 1
        text = urlsafe_b64encode(bytes(changed)).decode().rstrip("=")
        assert why(f"{text}.{signature}") in LOST


@pytest.mark.parametrize(
    "wrong",
    ["", "n1", "n1-1-1-", "N1-1-1-" + "0" * 26, "n1-1-1-" + "z" * 26, "n1-x-1-" + "0" * 26],
)
def test_what_is_no_receipts_id_is_refused(wrong):
    with pytest.raises(ValueError, match="not the id"):
        receipts.parse_id(wrong)


def test_the_keys_are_told_to_anybody_without_a_database(client, monkeypatch, settings, tmp_path):
    """No `db` fixture: a query would fail."""
    assert client.get("/api/v1/keys").json() == {"keys": published()}
    old = {"key": "old", "public": "x", "from": None, "until": AT.isoformat()}
    shutil.copytree(settings.KEYS_DIR, tmp_path, dirs_exist_ok=True)
    (tmp_path / "published.json").write_text(json.dumps([old]))
    settings.KEYS_DIR = tmp_path
    told = client.get("/api/v1/keys").json()["keys"]
    assert [one["key"] for one in told] == ["old", keyring().log_key_id]


def outside(tmp_path: Path, keys: bytes, receipt: str) -> tuple[int, dict]:
    """Run the script with nothing of the project to import, and no network where that may be."""
    (tmp_path / "keys.json").write_bytes(keys)
    shutil.copy(SCRIPT, tmp_path / "receipt_check.py")
    alone = ["unshare", "--net", "--map-root-user"]
    may = (
        shutil.which("unshare")
        and not subprocess.run([*alone, "true"], capture_output=True, check=False).returncode
    )
    done = subprocess.run(
        [*(alone if may else []), sys.executable, "-I", "receipt_check.py", "--keys", "keys.json", receipt],
        cwd=tmp_path, capture_output=True, text=True, check=False, env={},
    )  # fmt: skip
    return done.returncode, json.loads(done.stdout)


def test_a_receipt_is_valid_by_the_script_alone(client, tmp_path, receipt):
    keys = client.get("/api/v1/keys").content
    code, told = outside(tmp_path, keys, receipt)
    assert (code, told["valid"], told["receipt"]) == (0, True, made().id)
    code, told = outside(tmp_path, keys, receipt[:-5])
    assert (code, told["valid"], told["code"]) == (1, False, "cut_short")
    other = base64.b32encode(uuid4().bytes * 11).decode().rstrip("=")
    code, told = outside(tmp_path, keys, other)
    assert (code, told["valid"]) == (1, False)


def test_what_a_declarant_was_given_is_valid_by_the_script_alone(client, db, tmp_path):
    scope = TokenScope.DECLARATIONS_WRITE
    _, token = issue_token(demo_people()["dr.martin"], [scope], days=1)
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "1"}
    answer = client.post(
        "/api/v1/declarations", DECLARATION, "application/json", headers=headers
    ).json()
    code, told = outside(tmp_path, client.get("/api/v1/keys").content, answer["receipt"])
    assert (code, told["valid"], told["number"]) == (0, True, answer["number"])
