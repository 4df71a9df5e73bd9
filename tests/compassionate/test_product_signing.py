"""What a rights holder is told of a decision about a product leaves, and is signed by whoever decided."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404

from accounts.models import Role, User
from compassionate import agency_queries, product_documents, signing, signing_keys
from compassionate.domain.criteria_sheet import CRITERIA, SetProductCessation, TellCessation
from compassionate.domain.holder_file import HOLDER_FILE
from compassionate.domain.vocabulary import Addressee, DatedMeans
from compassionate.letter_signature import verified
from compassionate.product_documents import ProductLetter
from compassionate.streams import product_id
from events.days import day_of
from events.errors import Refused
from tests.compassionate.scene import AT, CODE, SIGNED, Scene, codes, scene
from tests.compassionate.test_signing import keyed

__all__ = ["keyed", "scene"]
PRODUCT = ("nirogacestat", "desmoide")


@pytest.fixture
def ceased(scene: Scene, keyed: signing_keys.SigningKey) -> tuple[UUID, ProductLetter]:
    """Return a criteria sheet of which the cessation was fixed, and the letter of that to the holder."""
    scene.sheet()
    days = {"marketing_authorised_on": day_of(AT), "ceases_on": day_of(AT) + timedelta(days=30)}
    scene.act_on_sheet(SetProductCessation, days, signed=SIGNED)
    sheet = agency_queries.sheet(scene.evaluator, product_id(*PRODUCT))
    return sheet.id, product_documents.letter_to_tell(sheet, 1, Addressee.HOLDER)


def sign_cessation(
    scene: Scene, ceased: tuple[UUID, ProductLetter], by: str = "signatory"
) -> None:
    sheet, letter = ceased
    signing.sign_product_letter(
        getattr(scene, by), CRITERIA.category, sheet, letter.version, CODE,
        idempotency_key=scene.key(), now=AT,
    )  # fmt: skip


def test_what_a_product_s_holder_is_told_is_signed_too_and_the_ministers_letter_is_not(
    scene: Scene, ceased: Any, keyed: signing_keys.SigningKey
) -> None:
    sheet, letter = ceased
    assert (letter.waits, letter.signatory) == (True, str(scene.signatory.public_id))
    plain, to_ministers = (
        product_documents.sheet_letter(scene.evaluator, sheet, letter.version, to)
        for to in Addressee
    )
    sign_cessation(scene, ceased)
    known = agency_queries.sheet(scene.evaluator, sheet)
    assert [one.waits for one in product_documents.letters_of(known)] == [False, False]
    read = product_documents.sheet_letter
    signed = read(scene.evaluator, sheet, letter.version, Addressee.HOLDER)
    assert signed.startswith(plain)
    assert verified(signed, keyed.certificate)
    assert read(scene.evaluator, sheet, letter.version, Addressee.MINISTERS) == to_ministers
    with pytest.raises(Refused) as raised:
        sign_cessation(scene, ceased)
    assert codes(raised) == {"already_signed"}


def test_nobody_else_signs_what_a_holder_is_told(scene: Scene, ceased: Any) -> None:
    for name in ("evaluator", "editor", "legal", "pharmacist"):
        with pytest.raises(PermissionDenied):
            sign_cessation(scene, ceased, by=name)
    other = User.objects.create(username="other", role=Role.SIGNATORY)
    signing_keys.make(other, CODE, AT - timedelta(days=1), days=30)
    scene.people["other"] = other
    with pytest.raises(Refused) as raised:
        sign_cessation(scene, ceased, by="other")
    assert codes(raised) == {"not_the_signatory"}


def test_what_is_no_decision_about_a_product_has_no_letter_to_sign(
    scene: Scene,
) -> None:
    scene.sheet()
    scene.submitted()
    scene.informed()
    file = agency_queries.holder_file(scene.evaluator, product_id(*PRODUCT))
    (letter,) = product_documents.letters_of(file)
    assert (letter.waits, letter.signatory) == (False, None)
    for category, version in ((HOLDER_FILE.category, letter.version), (CRITERIA.category, 1)):
        with pytest.raises(Http404):
            signing.sign_product_letter(
                scene.signatory, category, file.id, version, CODE, idempotency_key="n", now=AT
            )


def test_one_that_was_signed_on_paper_and_told_waits_no_more(scene: Scene, ceased: Any) -> None:
    said = {
        "decision": 1, "to": Addressee.HOLDER, "means": DatedMeans.HANDED_OVER,
        "certain_on": day_of(AT), "document": "ab" * 32,
    }  # fmt: skip
    scene.act_on_sheet(TellCessation, said, scene.evaluator)
    known = agency_queries.sheet(scene.evaluator, ceased[0])
    assert not any(one.waits for one in product_documents.letters_of(known))
