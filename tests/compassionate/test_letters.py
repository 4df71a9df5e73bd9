"""The letters: what the law has each say, the same bytes each time, and no word taken for markup."""

import hashlib
import re
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from shutil import which

import pytest

from compassionate.domain import letter_texts as texts
from compassionate.domain.decision import APPEAL
from compassionate.domain.grounds import WithdrawalGround
from compassionate.domain.letter import (
    CROCKFORD,
    Letter,
    LetterFacts,
    code_matches,
    verification_code,
)
from compassionate.domain.letter_texts import ERASED, NOT_SETTLED, LetterKind as Kind
from compassionate.domain.letters import letter_of
from compassionate.domain.prescription import Prescription
from compassionate.domain.product_letters import product_letter_of
from compassionate.domain.vocabulary import Addressee, OutOfHoursRoute, SilenceEffect
from compassionate.letter_pdf import as_pdf, printable
from tests.compassionate.letter_samples import (
    ADDRESS,
    AT,
    EVENTS,
    FACTS,
    NAMES,
    PRESCRIPTION,
    TO_MINISTERS,
    coded,
    sample,
    written,
)

ROOT = Path(__file__).parents[2]
HOSTILE = (
    '\'"\\ #panic("x") $1/0$ *gras* _it_ `raw` <label> @ref [x] {y} // /* = titre\n'
    '- liste\t#import "@preview/a:0.1.0" \\u{0}\x00\x1b\u202eesrever\u2066 مرحبا שלום 漢字 😀 \ud800'
)
pdftotext = pytest.mark.skipif(which("pdftotext") is None, reason="pdftotext is not installed")


def words(letter: Letter) -> str:
    """Return everything that a letter says."""
    said = [*letter.sender, *letter.to, letter.title, *letter.mentions, *letter.signatory]
    for block in letter.blocks:
        said += [block.heading, *block.paragraphs, *(text for row in block.rows for text in row)]
    return "\n".join(said)


def value(letter: Letter, label: str) -> str:
    """Return what stands beside a label."""
    (found,) = [row[1] for block in letter.blocks for row in block.rows if row[0] == label]
    return found


def read(pdf: bytes) -> str:
    """Return the text of a PDF, every gap as one space and without breaks of no width."""
    done = subprocess.run(
        ["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True
    )
    return flat(done.stdout.decode())


def flat(text: str) -> str:
    """Return a text as one line, with no gap after a hyphen: a line may have ended there."""
    return " ".join(text.replace("\u200b", "").split()).replace("- ", "-")


LEGAL: dict[Kind, tuple[str, ...]] = {
    Kind.ACKNOWLEDGEMENT: (texts.ACKNOWLEDGED, "24\u00a0novembre\u00a02026 à 10\u00a0h\u00a000"),
    Kind.QUESTION: (texts.MISSING, texts.SUSPENDS_CLOCK, "8\u00a0décembre\u00a02026"),
    Kind.AUTHORISATION: (texts.GRANTED_UNDER, texts.PROTOCOL, texts.RENEWAL, texts.NO_SIGNATURE),
    Kind.REGULARISATION: (texts.PROTOCOL, texts.REGULARISES, texts.NO_SIGNATURE),
    Kind.REFUSAL: (texts.REASONED, APPEAL),
    Kind.REGULARISATION_REFUSED: (texts.REASONED, APPEAL, texts.DECLARE, "Kaliémie à 48 heures"),
    Kind.SUSPENSION: (texts.SUSPENDED_UNDER, texts.REASONED_STOP, texts.HEARD, APPEAL),
    Kind.SUSPENSION_LIFTED: (texts.LIFTS, "rassurantes", texts.NO_SIGNATURE),
    Kind.WITHDRAWAL: (texts.WITHDRAWN_UNDER, texts.NOT_HEARD, APPEAL, "Motif de santé publique"),
    Kind.ABROGATION: (texts.ABROGATED_UNDER, texts.REASONED_STOP, texts.HEARD, APPEAL),
    Kind.CESSATION: (texts.CEASED_UNDER, "31\u00a0janvier\u00a02027", APPEAL),
    Kind.SILENCE: (texts.SILENT_UNDER, texts.SILENCE_APPEAL, texts.SILENCE_REASONS),
    Kind.HOLDER_INFORMED: (texts.INFORMED_UNDER, *texts.ASKED.values()),
    Kind.UNDERTAKING: (texts.UNDERTAKING_UNDER, "24\u00a0décembre\u00a02026"),
    Kind.FILING_EXTENDED: (
        texts.EXTENDED_UNDER,
        texts.SIGNED,
        APPEAL,
        "24\u00a0février\u00a02027",
    ),
    Kind.FILING_EXTENDED_MINISTERS: (texts.EXTENSION_TOLD_UNDER, "3\u00a0mois", "essai pivot"),
    Kind.PRODUCT_CESSATION: (texts.CEASED_UNDER, texts.SIGNED, APPEAL, "30\u00a0avril\u00a02027"),
    Kind.PRODUCT_CESSATION_MINISTERS: (texts.CESSATION_TOLD_UNDER, "30\u00a0avril\u00a02027"),
}


@pytest.mark.parametrize("kind", Kind)
def test_each_letter_says_what_the_law_has_it_say(kind: Kind) -> None:
    letter = sample(kind)
    assert letter.kind is kind
    assert letter.dated_at == AT
    assert [text for text in LEGAL[kind] if text not in words(letter)] == []


@pdftotext
@pytest.mark.parametrize("kind", Kind)
def test_each_page_shows_what_its_letter_says(kind: Kind) -> None:
    letter = coded(kind)
    footer = re.escape(printable(f"{letter.title} – {letter.number}")) + r" Page \d / \d ?"
    shown = re.sub(footer, "", read(as_pdf(letter)))
    said = [*LEGAL[kind], letter.title, letter.number, "7KQ2-M0XD", ADDRESS]
    assert [t for t in said if flat(printable(t)) not in shown] == []


@pytest.mark.parametrize("kind", Kind)
def test_a_letter_is_pdf_a_and_the_same_each_time(kind: Kind) -> None:
    pdf = as_pdf(coded(kind))
    assert pdf == as_pdf(coded(kind))
    assert b"<pdfaid:part>2</pdfaid:part>" in pdf
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in pdf


def test_another_process_makes_the_same_bytes() -> None:
    told = (
        "import hashlib; from compassionate.letter_pdf import as_pdf; "
        "from tests.compassionate.letter_samples import Kind, coded; "
        "print(*[hashlib.sha256(as_pdf(coded(k))).hexdigest() for k in Kind])"
    )
    done = subprocess.run(
        [sys.executable, "-c", told], cwd=ROOT, capture_output=True, check=True, text=True
    )
    here = [hashlib.sha256(as_pdf(coded(kind))).hexdigest() for kind in Kind]
    assert done.stdout.split() == here


def test_an_authorisation_holds_what_the_decree_lists() -> None:
    letter = sample(Kind.AUTHORISATION, replace(FACTS, rule_version="2026.1"))
    assert value(letter, "Prescripteur") == "Dr Anne Morel"
    assert (
        value(letter, "Coordonnées du prescripteur") == "anne.morel@chu.example – 04 00 00 00 01"
    )
    assert value(letter, "Coordonnées de la pharmacie") == "04 00 00 00 02 – pui@chu.example"
    assert value(letter, "Initiales du patient") == "DU, MA"
    assert value(letter, "Médicament") == "Nirogacestat"
    assert value(letter, "Durée").startswith("180\u00a0jours, du 25\u00a0novembre\u00a02026")
    assert value(letter, "Version des critères appliqués") == "3"
    assert texts.ALGORITHM.format(rules="2026.1") in letter.mentions
    assert letter.signatory[1:3] == ("Hélène Vasseur", "Directrice médicale adjointe")
    assert "décision DG n° 2026-112" in letter.signatory[3]


def test_no_algorithm_is_named_where_none_helped() -> None:
    assert "algorithmique" not in words(sample(Kind.AUTHORISATION))


def test_a_decision_sent_by_other_ways_says_that_it_is_signed() -> None:
    event = EVENTS[Kind.REFUSAL]
    elsewhere = replace(event.signature, through_service=False, signed=True)
    letter = letter_of(replace(event, signature=elsewhere), FACTS, NAMES)
    assert texts.SIGNED in letter.mentions
    assert texts.NO_SIGNATURE not in letter.mentions


def test_an_acknowledgement_says_what_silence_means_only_once_it_is_signed_off() -> None:
    assert words(sample(Kind.ACKNOWLEDGEMENT)).count(NOT_SETTLED) == 2
    assert texts.NO_TERM_OPPOSABLE in sample(Kind.ACKNOWLEDGEMENT).mentions
    due = (AT + timedelta(days=61)).date()
    settled = replace(FACTS, implied=SilenceEffect.ACCEPTANCE, implied_on=due)
    letter = sample(Kind.ACKNOWLEDGEMENT, settled)
    assert value(letter, "Sens de la décision implicite") == "décision implicite d'acceptation"
    assert value(letter, "Terme du délai") == "24\u00a0janvier\u00a02027"
    assert texts.ATTESTATION in letter.mentions
    assert NOT_SETTLED not in words(letter)


def test_a_refusal_after_a_dose_is_one_of_regularisation_even_once_its_follow_up_is_erased() -> (
    None
):
    given = replace(FACTS, route=OutOfHoursRoute.CRITERIA_MET)
    letter = sample(Kind.REFUSAL, given)
    assert letter.kind is Kind.REGULARISATION_REFUSED
    assert ERASED in words(letter)


def test_withdrawing_an_illegal_decision_names_its_four_months() -> None:
    event = replace(EVENTS[Kind.WITHDRAWAL], ground=WithdrawalGround.ILLEGAL)
    letter = letter_of(event, FACTS, NAMES)
    assert texts.ILLEGAL_UNDER in letter.mentions
    assert texts.WITHDRAWN_UNDER not in letter.mentions


def test_a_suspension_names_the_new_fact_that_it_rests_upon() -> None:
    event = replace(EVENTS[Kind.SUSPENSION], on_new_fact=True, new_fact="Deux hépatites.")
    assert value(letter_of(event, FACTS, NAMES), "Fait nouveau") == "Deux hépatites."
    erased = letter_of(replace(event, new_fact=None), FACTS, NAMES)
    assert value(erased, "Fait nouveau") == ERASED
    assert "Fait nouveau" not in words(letter_of(EVENTS[Kind.SUSPENSION], FACTS, NAMES))


def test_a_suspension_whose_term_came_is_told_without_a_signatory() -> None:
    event = replace(EVENTS[Kind.SUSPENSION_LIFTED], signature=None, reason=None)
    letter = letter_of(event, FACTS, NAMES)
    assert texts.TERM_CAME in words(letter)
    assert letter.signatory == (NAMES.agency, NAMES.service)


TO_HOLDER = (
    Kind.HOLDER_INFORMED,
    Kind.UNDERTAKING,
    Kind.FILING_EXTENDED,
    Kind.PRODUCT_CESSATION,
)


@pytest.mark.parametrize("kind", [*TO_HOLDER, *TO_MINISTERS])
def test_holder_and_ministers_learn_nothing_of_the_patient_or_the_prescriber(kind: Kind) -> None:
    said = words(sample(kind))
    assert "DU, MA" not in said
    assert "Morel" not in said
    assert sample(kind).to == (NAMES.holder if kind in TO_HOLDER else texts.MINISTERS)


@pytest.mark.parametrize("kind", [Kind.FILING_EXTENDED, Kind.PRODUCT_CESSATION])
def test_a_decision_about_a_product_names_its_signatory_where_one_is_known(kind: Kind) -> None:
    assert sample(kind).signatory[1] == "Hélène Vasseur"
    unnamed = replace(EVENTS[kind], signature=None)
    letter = product_letter_of(unnamed, Addressee.HOLDER, FACTS, NAMES)
    assert letter.signatory == (NAMES.agency, NAMES.service)
    assert texts.SIGNED not in letter.mentions


@pytest.mark.parametrize("kind", TO_MINISTERS)
def test_the_ministers_are_informed_by_the_service_and_of_which_holder(kind: Kind) -> None:
    assert sample(kind).signatory == (NAMES.agency, NAMES.service)
    assert value(sample(kind), "Titulaire") == "Laboratoire Exemple SAS"
    assert APPEAL not in words(sample(kind))


def test_who_is_erased_is_said_to_be() -> None:
    erased = Prescription(service="Oncologie médicale", product_name="Nirogacestat")
    event = replace(
        EVENTS[Kind.AUTHORISATION],
        terms=replace(EVENTS[Kind.AUTHORISATION].terms, dosage=None, conditions=None),
    )
    letter = letter_of(event, replace(FACTS, prescription=erased), replace(NAMES, signatory=None))
    for label in (
        "Prescripteur",
        "Coordonnées du prescripteur",
        "Initiales du patient",
        "Posologie autorisée",
        "Conditions",
    ):
        assert value(letter, label) == ERASED
    assert letter.to[0] == ERASED
    assert letter.signatory[1] == ERASED
    assert as_pdf(letter)


@pytest.mark.parametrize("kind", [Kind.REFUSAL, Kind.SUSPENSION, Kind.WITHDRAWAL, Kind.ABROGATION])
def test_reasons_that_are_erased_are_said_to_be(kind: Kind) -> None:
    event = replace(EVENTS[kind], reasons=replace(EVENTS[kind].reasons, fact=None))
    assert ERASED in words(letter_of(event, FACTS, NAMES))


def test_conditions_that_were_never_said_are_left_out() -> None:
    terms = replace(EVENTS[Kind.AUTHORISATION].terms, conditions=None)
    letter = letter_of(replace(EVENTS[Kind.AUTHORISATION], terms=terms), FACTS, NAMES)
    assert ERASED not in words(letter)


def test_no_word_is_taken_for_markup() -> None:
    said = replace(PRESCRIPTION, prescriber_name=HOSTILE, product_name=HOSTILE, service=HOSTILE)
    facts = LetterFacts(
        reference=HOSTILE, number=HOSTILE, prescription=said, product=HOSTILE, holder=HOSTILE
    )
    names = replace(NAMES, agency=HOSTILE, address=(HOSTILE,), holder=(HOSTILE, ""))
    for kind in Kind:
        letter = written(kind, facts, names, code=HOSTILE, address="https://x.example/#$")
        assert as_pdf(letter) == as_pdf(letter)


@pdftotext
def test_hostile_words_are_shown_as_they_are() -> None:
    reasons = replace(EVENTS[Kind.REFUSAL].reasons, fact=HOSTILE)
    letter = letter_of(replace(EVENTS[Kind.REFUSAL], reasons=reasons), FACTS, NAMES)
    shown = read(as_pdf(letter))
    for text in ('#panic("x") $1/0$ *gras* _it_ `raw` <label> @ref', "= titre -liste", "\\u{0}"):
        assert text in shown
    assert "‹U+202E›esrever‹U+2066›" in shown
    assert "‹U+0000›‹U+001B›" in shown


@pytest.mark.parametrize("text", ["mot " * 5_000, "x" * 20_000, "ا" * 20_000, "a\n" * 10_000])
def test_twenty_thousand_characters_make_a_letter(text: str) -> None:
    reasons = replace(EVENTS[Kind.REFUSAL].reasons, fact=text)
    assert as_pdf(letter_of(replace(EVENTS[Kind.REFUSAL], reasons=reasons), FACTS, NAMES))


def test_a_code_square_is_drawn_only_with_a_code() -> None:
    assert as_pdf(sample(Kind.SILENCE)) == as_pdf(sample(Kind.SILENCE, address=ADDRESS))
    assert as_pdf(coded(Kind.SILENCE)) != as_pdf(sample(Kind.SILENCE, code="7KQ2-M0XD"))


def test_a_code_proves_the_number_and_the_words() -> None:
    key, letter = b"k" * 32, sample(Kind.AUTHORISATION)
    digest = hashlib.sha256(b"what it proves").digest()
    code = verification_code(key, letter.number, digest)
    assert re.fullmatch(f"[{CROCKFORD}]{{4}}-[{CROCKFORD}]{{4}}", code)
    assert code_matches(code, key, letter.number, digest)
    typed = code.lower().replace("0", "o").replace("1", "l").replace("-", " ")
    assert code_matches(typed, key, letter.number, digest)
    assert not code_matches(code, b"l" * 32, letter.number, digest)
    assert not code_matches(code, key, letter.number + "1", digest)
    assert not code_matches(code, key, letter.number, hashlib.sha256(b"else").digest())
    assert not code_matches("é\ud800", key, letter.number, digest)


def test_a_code_keeps_its_value() -> None:
    assert verification_code(b"k" * 32, "AAC-2026-000001", b"d" * 32) == "DRDD-MRGB"
