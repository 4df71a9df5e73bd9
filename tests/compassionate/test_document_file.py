"""What may be joined to a request: told by its bytes, whole, and doing nothing when it is opened."""

import zlib

import pytest

from compassionate.domain.document_file import (
    LARGEST_BYTES,
    file_problems,
    media_type_of,
    name_problems,
    name_to_save,
)
from compassionate.domain.vocabulary import MediaType
from compassionate.letter_pdf import as_pdf
from tests.compassionate.files import LARGEST, folded, jpeg, pdf, png
from tests.compassionate.letter_samples import Kind, sample

BOMB = folded(bytes(LARGEST_BYTES * 20))
NOTHING_BUT_A_PAGE = folded(b"7 0 <</Type/Page>>")
SCRIPT = b"<</S/JavaScript/JS(app.alert(1))>>"


def codes(content: bytes) -> list[str]:
    return [one.code for one in file_problems(content)]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (pdf(), MediaType.PDF),
        (pdf(NOTHING_BUT_A_PAGE), MediaType.PDF),
        (
            pdf(b"<</Type/Annot/Subtype/Link/A<</S/URI/URI(https://doi.org/10.1000/1)>>>>"),
            MediaType.PDF,
        ),
        (pdf() + b"\r\n" * 100, MediaType.PDF),
        (LARGEST, MediaType.PDF),
        (png(), MediaType.PNG),
        (jpeg(), MediaType.JPEG),
    ],
)
def test_what_clinicians_have_is_taken_for_what_its_bytes_say(content, kind):
    assert media_type_of(content) is kind
    assert codes(content) == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_needed"),
        (LARGEST + b"\n", "file_too_large"),
        (b"PK\x03\x04 a spreadsheet", "file_kind_unknown"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "file_kind_unknown"),
        (b"junk" + pdf(), "file_kind_unknown"),
        (b"MZ" + png(), "file_kind_unknown"),
        (pdf()[:-8], "file_truncated"),
        (pdf() + bytes(2000), "file_truncated"),
        (png(end=False), "file_truncated"),
        (png() + b"<script>", "file_truncated"),
        (jpeg(end=False), "file_truncated"),
        (b"\xff\xd8\xff\xe1\x00", "file_truncated"),
        (pdf().replace(b"/Root 1", b"/Encrypt 9 0 R/Root 1"), "file_encrypted"),
        (pdf().replace(b"/Root 1", b"/Enc#72ypt 9 0 R/Root 1"), "file_encrypted"),
        (pdf(SCRIPT), "file_active"),
        (pdf(SCRIPT.replace(b"/JavaScript", b"/J#61vaScript")), "file_active"),
        (pdf(folded(SCRIPT)), "file_active"),
        (pdf(folded(SCRIPT).replace(b"/ObjStm", b"/Obj#53tm")), "file_active"),
        (pdf(b"<</S/Launch/F(calc.exe)>>"), "file_active"),
        (pdf(b"<</Names<</EmbeddedFiles 7 0 R>>>>"), "file_active"),
        (pdf(b"<</AcroForm<</XFA 7 0 R>>>>"), "file_active"),
        (pdf(BOMB), "file_unreadable"),
        (pdf(b"/ObjStm stream\n" * 6000), "file_unreadable"),
        (pdf(b"stream\n" * 6000), "file_unreadable"),
        (pdf(folded(SCRIPT, b"/Filter[/ASCIIHexDecode/FlateDecode]")), "file_unreadable"),
        (pdf(folded(SCRIPT, b"/Filter/FlateDecode/DecodeParms<</Predictor 12>>")), "file_unreadable"),
        (pdf(folded(b"").replace(zlib.compress(b""), b"no zlib")), "file_unreadable"),
    ],
)  # fmt: skip
def test_what_is_empty_cut_locked_or_would_do_something_is_refused_in_words(content, code):
    (problem,) = file_problems(content)
    assert (problem.code, problem.pointer) == (code, "/content")
    assert problem.detail.endswith(".")


def test_a_letter_of_the_agency_is_taken():
    assert codes(as_pdf(sample(Kind.SILENCE))) == []


def test_script_beside_a_large_scan_is_found():
    assert codes(pdf(SCRIPT, size=LARGEST_BYTES)) == ["file_active"]


@pytest.mark.parametrize("seed", range(20))
def test_a_scan_that_happens_to_look_like_anything_is_taken(seed):
    assert codes(pdf(size=LARGEST_BYTES, seed=seed)) == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("IRM du 12.pdf", []),
        ("Compte rendu – été (2).PDF", []),
        (" ", ["file_name_needed"]),
        ("x" * 151, ["file_name_too_long"]),
        ("a\nb.pdf", ["unreadable_character"]),
        ("a\u202efdp.exe", ["unreadable_character"]),
        ("a\udc80.pdf", ["unreadable_character"]),
    ],
)
def test_a_name_can_be_kept_and_shown(name, expected):
    assert [one.code for one in name_problems(name)] == expected


def test_a_file_is_given_under_a_name_that_says_what_it_is():
    assert name_to_save("scan.PDF", MediaType.PDF) == "scan.PDF"
    assert name_to_save("photo.jpeg", MediaType.JPEG) == "photo.jpeg"
    assert name_to_save("calc.exe", MediaType.PDF) == "calc.exe.pdf"
    assert name_to_save("", MediaType.PNG) == ".png"
