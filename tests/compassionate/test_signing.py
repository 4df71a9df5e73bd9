"""A letter that leaves the téléservice: no act before its signatory signs it, with a key that only she opens."""

from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    KeySerializationEncryption,
    NoEncryption,
    pkcs12,
)
from django.core.exceptions import PermissionDenied
from django.http import Http404

from accounts.models import User
from compassionate import acting, clocks, decisions, documents, signing, signing_keys
from compassionate.domain.authorisation_commands import Suspend
from compassionate.domain.decision import Terms
from compassionate.domain.letter_signing import LETTER_SIGNING, LetterSigned, SignLetter
from compassionate.domain.request_events import DecisionDeposited, RequestGranted
from compassionate.giving import Signed
from compassionate.letter_signature import verified
from compassionate.reactions import REACTIONS
from compassionate.streams import (
    authorisation_facts,
    authorisation_stream,
    request_facts,
    request_stream,
    signing_id,
)
from events import store
from events.days import day_of
from events.errors import Refused
from events.event import stream_name
from events.handle import history
from events.number import number_of
from tests.compassionate.scene import AT, CODE, REASONS, SIGNED, Scene, codes, scene
from tests.portal.sending import projected

__all__ = ["scene"]
OUTSIDE = Signed(delegation=SIGNED.delegation, outside=True)
SIGNS: dict[str, Any] = {
    "by": "signatory-1",
    "at": AT,
    "stream": "access_request-1",
    "version": 4,
    "leaves": True,
    "signatory": "signatory-1",
    "patient_erased": False,
    "certificate": "ab" * 32,
    "valid": (AT - timedelta(days=1), AT + timedelta(days=1)),
    "digest": "cd" * 32,
    "document": "JVBERi0=",
}


@pytest.fixture
def keyed(scene: Scene, settings: Any, tmp_path: Path) -> signing_keys.SigningKey:
    """Give the signatory a key."""
    settings.SIGNING_KEYS_DIR = tmp_path / "signatories"
    return signing_keys.make(scene.signatory, CODE, AT - timedelta(days=1), days=30)


@pytest.fixture
def granted(scene: Scene, keyed: signing_keys.SigningKey) -> Any:
    """Return a request that was granted outside the téléservice, and the version of that."""
    scene.sheet()
    request_id = scene.submitted().id
    scene.taken_up(request_id)
    begins = day_of(AT)
    decisions.grant(
        scene.signatory,
        request_id,
        Terms(begins_on=begins, ends_on=begins + timedelta(days=100), dosage="150 mg x 2"),
        OUTSIDE,
        idempotency_key="outside",
        now=AT,
    )
    letter = documents.posted(history(request_stream(request_id)))[-1]
    return request_id, letter


def sign(scene: Scene, granted: Any, code: str = CODE, **said: Any) -> None:
    request_id, letter = granted
    signing.sign_request_letter(
        said.pop("by", scene.signatory),
        request_id,
        letter.version,
        code,
        idempotency_key=said.pop("key", scene.key()),
        now=said.pop("now", AT),
    )


def test_a_decision_notified_by_the_teleservice_waits_for_no_signature(scene: Scene) -> None:
    scene.sheet()
    request_id = scene.submitted().id
    scene.taken_up(request_id)
    scene.granted(request_id)
    assert not any(one.waits for one in documents.posted(history(request_stream(request_id))))


def test_a_decision_that_leaves_it_waits_and_is_neither_deposited_nor_read_before(
    scene: Scene, granted: Any
) -> None:
    request_id, letter = granted
    assert letter.waits
    projected()
    clocks.look(AT)
    events = [one.event for one in history(request_stream(request_id))]
    assert not any(isinstance(one, DecisionDeposited) for one in events)
    with pytest.raises(Http404):
        documents.request_letter(scene.pharmacist, request_id, letter.version)
    assert documents.request_letter(scene.signatory, request_id, letter.version)


def test_the_signatory_signs_it_with_her_key_and_it_is_then_what_everybody_reads(
    scene: Scene, granted: Any, keyed: signing_keys.SigningKey
) -> None:
    request_id, letter = granted
    plain = documents.request_letter(scene.signatory, request_id, letter.version)
    sign(scene, granted)
    signed = documents.request_letter(scene.pharmacist, request_id, letter.version)
    assert signed.startswith(plain)
    assert verified(signed, keyed.certificate)
    (told,) = history(
        stream_name("letter_signature", signing_id(letter_stream(granted), letter.version))
    )
    assert isinstance(told.event, LetterSigned)
    assert told.event.digest == sha256(signed).hexdigest()
    assert told.event.certificate == keyed.fingerprint
    projected()
    clocks.look(AT)
    (deposit,) = [
        one.event
        for one in history(request_stream(request_id))
        if isinstance(one.event, DecisionDeposited)
    ]
    assert deposit.documents == (sha256(signed).hexdigest(),)


def letter_stream(granted: Any) -> str:
    return request_stream(granted[0])


def test_what_was_signed_is_kept_whole_and_needs_no_key_any_more(
    scene: Scene, granted: Any, settings: Any, tmp_path: Path
) -> None:
    sign(scene, granted)
    request_id, letter = granted
    first = documents.request_letter(scene.doctor, request_id, letter.version)
    settings.SIGNING_KEYS_DIR = tmp_path / "nowhere"
    assert documents.request_letter(scene.doctor, request_id, letter.version) == first


def test_twice_is_once_and_a_second_signature_is_refused(scene: Scene, granted: Any) -> None:
    sign(scene, granted, key="one")
    sign(scene, granted, key="one", now=AT + timedelta(minutes=1))
    with pytest.raises(Refused) as raised:
        sign(scene, granted, key="two")
    assert codes(raised) == {"already_signed"}


@pytest.mark.parametrize("code", ["", "another code", CODE.upper()])
def test_another_code_opens_nothing(scene: Scene, granted: Any, code: str) -> None:
    with pytest.raises(Refused) as raised:
        sign(scene, granted, code)
    assert codes(raised) == {"signing_code_wrong"}
    assert documents.posted(history(letter_stream(granted)))[-1].waits


def test_nobody_else_signs_it(scene: Scene, granted: Any) -> None:
    other = User.objects.create(username="other", role=scene.signatory.role)
    signing_keys.make(other, CODE, AT - timedelta(days=1), days=30)
    with pytest.raises(Refused) as raised:
        sign(scene, granted, by=other)
    assert codes(raised) == {"not_the_signatory"}
    for person in (scene.evaluator, scene.doctor, scene.pharmacist, scene.legal, scene.operator):
        with pytest.raises(PermissionDenied):
            sign(scene, granted, by=person)


def test_a_certificate_that_has_ended_signs_nothing(scene: Scene, granted: Any) -> None:
    with pytest.raises(Refused) as raised:
        sign(scene, granted, now=AT + timedelta(days=40))
    assert codes(raised) == {"certificate_not_valid"}


def test_without_a_key_the_signatory_is_told_who_puts_one_there(
    scene: Scene, granted: Any, settings: Any, tmp_path: Path
) -> None:
    settings.SIGNING_KEYS_DIR = tmp_path / "empty"
    with pytest.raises(Refused) as raised:
        sign(scene, granted)
    assert codes(raised) == {"no_signing_key"}


@pytest.mark.parametrize("flaw", ["no code", "not RSA", "no certificate", "no key at all"])
def test_a_key_that_is_not_sound_signs_nothing(
    scene: Scene, granted: Any, keyed: signing_keys.SigningKey, settings: Any, flaw: str
) -> None:
    under_code = BestAvailableEncryption(CODE.encode())
    drawn = ec.generate_private_key(ec.SECP256R1())
    content = {
        "no code": kept(keyed.key, keyed.certificate, NoEncryption()),
        "not RSA": kept(drawn, None, under_code),
        "no certificate": kept(keyed.key, None, under_code),
        "no key at all": b"nothing",
    }[flaw]
    (settings.SIGNING_KEYS_DIR / f"{scene.signatory.public_id}.p12").write_bytes(content)
    # What has no code opens under none, and under any.
    for code in (CODE, "") if flaw == "no code" else (CODE,):
        with pytest.raises(Refused) as raised:
            sign(scene, granted, code)
        assert codes(raised) == {"signing_key_unsound"}
    assert documents.posted(history(letter_stream(granted)))[-1].waits


def kept(key: Any, certificate: Any, sealed: KeySerializationEncryption) -> bytes:
    """Return a key as a file."""
    return pkcs12.serialize_key_and_certificates(b"signatory", key, certificate, None, sealed)


def test_an_erased_patient_takes_authorisation_and_signed_letter_along(
    scene: Scene, granted: Any
) -> None:
    sign(scene, granted)
    request_id, letter = granted
    number = request_facts(request_id).number or ""
    assert authorisation_facts(number).terms.dosage
    scene.erased(letter_stream(granted))
    left = documents.request_letter(scene.signatory, request_id, letter.version)
    assert b"/ETSI.CAdES.detached" not in left
    assert authorisation_facts(number).terms.dosage is None
    assert request_facts(request_id).prescription.patient_initials is None


def test_it_does_so_also_where_the_authorisation_is_named(scene: Scene, granted: Any) -> None:
    number = request_facts(granted[0]).number or ""
    scene.erased(authorisation_stream(number))
    assert request_facts(granted[0]).prescription.patient_initials is None


def test_a_letter_of_a_patient_who_is_erased_is_signed_no_more(scene: Scene, granted: Any) -> None:
    scene.erased(letter_stream(granted))
    with pytest.raises(Refused) as raised:
        sign(scene, granted)
    assert codes(raised) == {"patient_erased"}


def test_a_suspension_that_leaves_is_signed_too(
    scene: Scene, keyed: signing_keys.SigningKey
) -> None:
    scene.sheet()
    number = scene.authorised()
    acting.act_on_authorisation(
        scene.signatory,
        number,
        Suspend,
        {
            "until": day_of(AT) + timedelta(days=10),
            "reasons": REASONS,
            "heard_on": None,
            "urgency": "Signal de sécurité",
        },
        OUTSIDE,
        idempotency_key="s",
        now=AT,
    )
    (letter,) = documents.posted(history(authorisation_stream(number)))
    with pytest.raises(Http404):
        documents.authorisation_letter(scene.doctor, number, letter.version)
    signing.sign_authorisation_letter(
        scene.signatory, number, letter.version, CODE, idempotency_key="sign", now=AT
    )
    signed = documents.authorisation_letter(scene.doctor, number, letter.version)
    assert verified(signed, keyed.certificate)
    (event,) = store.read_stream(
        stream_name(
            LETTER_SIGNING.category, signing_id(authorisation_stream(number), letter.version)
        )
    )
    assert {address for address, _ in mails(event)} == {scene.doctor.email, scene.pharmacist.email}


def test_every_reason_is_told_at_once() -> None:
    wrong = SIGNS | {
        "by": "other",
        "patient_erased": True,
        "valid": (AT + timedelta(days=1), AT + timedelta(days=2)),
    }
    with pytest.raises(Refused) as raised:
        LETTER_SIGNING.decide(LETTER_SIGNING.initial, SignLetter(**wrong))
    assert codes(raised) == {"not_the_signatory", "patient_erased", "certificate_not_valid"}


@pytest.mark.parametrize("said", [
    # What tells no decision, and a decision that the téléservice notifies.
    {"leaves": False, "signatory": None}, {"leaves": False},
])  # fmt: skip
def test_what_leaves_no_teleservice_is_not_signed(said: dict[str, Any]) -> None:
    with pytest.raises(Refused) as raised:
        LETTER_SIGNING.decide(LETTER_SIGNING.initial, SignLetter(**SIGNS | said))
    assert codes(raised) == {"not_to_sign"}


def test_no_code_is_tried_on_what_is_not_to_be_signed(scene: Scene, keyed: Any) -> None:
    scene.sheet()
    request_id = scene.submitted().id
    scene.taken_up(request_id)
    scene.granted(request_id)
    for letter in documents.posted(history(request_stream(request_id))):
        with pytest.raises(Refused) as raised:
            sign(scene, (request_id, letter), "un mauvais code")
        assert codes(raised) == {"not_to_sign"}


def mails(stored: Any) -> list[tuple[str, str]]:
    """Return the address and subject of each mail that an event asks for."""
    found = []
    for reaction in REACTIONS:
        if stored.type in reaction.types:
            for intent in reaction.plan(stored):
                mail = reaction.compose(intent.recipient, intent.template, stored.stream)
                if mail is not None:
                    found.append((mail.address, mail.subject))
    return found


def test_the_hospital_is_told_of_a_decision_once_it_can_be_read(
    scene: Scene, granted: Any
) -> None:
    request_id, letter = granted
    stream = request_stream(request_id)
    decided = store.read_stream(stream)[letter.version - 1]
    assert decided.type == RequestGranted.TYPE
    assert mails(decided) == []
    sign(scene, granted)
    (signed,) = store.read_stream(
        stream_name(LETTER_SIGNING.category, signing_id(stream, letter.version))
    )
    told = dict(mails(signed))
    assert set(told) == {scene.doctor.email, scene.pharmacist.email}
    assert all(number_of(request_id) in subject for subject in told.values())


def test_a_decision_of_the_teleservice_is_told_at_once(scene: Scene) -> None:
    scene.sheet()
    request_id = scene.submitted().id
    scene.taken_up(request_id)
    scene.granted(request_id)
    (decided,) = [
        one for one in store.read_stream(request_stream(request_id))
        if one.type == RequestGranted.TYPE
    ]  # fmt: skip
    assert {address for address, _ in mails(decided)} == {
        scene.doctor.email, scene.pharmacist.email,
    }  # fmt: skip
