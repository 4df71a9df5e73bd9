"""Every French sentence that a page may show, and the English catalogue."""

import ast
import io
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from babel.messages.extract import extract_python
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

from accounts.domain import reading_words
from compassionate.domain.prescription import (
    CriterionAnswer,
    Dispensing,
    Justification,
    PharmacyPart,
    Prescription,
)
from compassionate.domain.vocabulary import LABELS
from continuity.beacon.words import LABELS as SERVICES
from continuity.domain import sheet_words
from continuity.domain.sheet_content import SECTIONS, label
from events.described import described
from pharmacovigilance.domain import vocabulary
from pharmacovigilance.domain.deadlines import RULES
from pharmacovigilance.domain.vocabulary import Coded
from portal.access_shapes import Draft, ForAgency, Seen

ROOT = Path(__file__).resolve().parent.parent.parent
PO = ROOT / "portal/locale/en/LC_MESSAGES/django.po"
PLACES = re.compile(r"%\(\w+\)[sd]|#")
SAME = {"Patient", "Administration", "Indication", "Questions", "Profession", "Portail"}
KEYWORDS = dict.fromkeys(["_", "gettext", "gettext_lazy", "ngettext"])
SHEETS = ("sheets", "domain/sheet", "domain/sheet_block", "domain/sheet_checks")
ACCESS = (
    "acts",
    "authorisation",
    "beside",
    "completeness",
    "criteria_sheet",
    "decision_guards",
    "delegation",
    "document_file",
    "follow_up",
    "granting",
    "holder_file",
    "legal_parameter",
    "letter_signing",
    "open_request",
    "request_table",
    "telling",
)
SENTENCES = (
    *(
        f"pharmacovigilance/domain/{name}"
        for name in ("checks", "flags", "declaration", "receipt")
    ),
    "continuity/domain/set_aside",
    "accounts/domain/reading",
    *(f"continuity/{name}" for name in SHEETS),
    "pharmacovigilance/api/serializers",
    "events/shape",
    "compassionate/giving",
    "compassionate/signing_keys",
    *(f"compassionate/domain/{name}" for name in ACCESS),
)
PARTS = (
    Prescription,
    Justification,
    CriterionAnswer,
    PharmacyPart,
    Dispensing,
    Draft,
    ForAgency,
    Seen,
)


def messages() -> set[str]:
    """Return every message id that the pages may ask the catalogue for."""
    found = set(_labels())
    for package in ("accounts", "backoffice", "continuity", "portal"):
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                found |= set(_in_module(path))
        for path in sorted((ROOT / package).rglob("*.html")):
            found |= set(_in_template(path))
    for name in SENTENCES:
        found |= set(_sentences(ROOT / f"{name}.py"))
    return found


def translated() -> dict[str, tuple[str, ...]]:
    """Return the English catalogue: message id to its form, or its forms."""
    with PO.open("rb") as file:
        catalogue = read_po(file)
    return {
        _singular(message.id): (
            tuple(message.string)
            if isinstance(message.string, list | tuple)
            else (message.string,)
        )
        for message in catalogue
        if message.id
    }


def french_left(pages: Mapping[str, str], said: Collection[str] = ()) -> dict[str, set[str]]:
    """Return what is French in the text of English pages, by page; `said` was typed by somebody."""
    french = {
        sentence
        for sentence, (english, *_more) in translated().items()
        if sentence not in SAME and len(sentence) > 7 and not PLACES.search(sentence)
        and sentence.casefold() not in english.casefold()
    }  # fmt: skip
    found = {}
    typed = re.compile("|".join(map(re.escape, said)) or "$")
    for name, page in pages.items():
        text = typed.sub("", page)
        left = {sentence for sentence in french if re.search(rf"\b{re.escape(sentence)}", text)}
        if left:
            found[name] = left
    return found


def _singular(message: str | list[str] | tuple[str, ...]) -> str:
    return message if isinstance(message, str) else message[0]


def _in_module(path: Path) -> Iterator[str]:
    code = io.BytesIO(path.read_bytes())
    for _line, _function, message, _comments in extract_python(code, KEYWORDS, [], {}):
        first = message[0] if isinstance(message, tuple) else message
        if first:
            yield first


def _in_template(path: Path) -> Iterator[str]:
    marked = templatize(path.read_text(), origin=str(path))
    for call in re.finditer(r"(?<!\w)(?:_|n?gettext)\((?:u)?((['\"]).*?\2)(?:\) |,)", marked):
        yield ast.literal_eval(call.group(1))


def _labels() -> Iterator[str]:
    for kind in vars(vocabulary).values():
        if isinstance(kind, type) and issubclass(kind, Coded) and kind is not Coded:
            yield from (member.label for member in kind)
    yield from (rule.label for rule in RULES)
    yield from sheet_words.LABELS.values()
    yield from (french for french, _english in SERVICES.values())
    yield from LABELS.values()
    yield from reading_words.LABELS.values()
    for part in PARTS:
        yield from (about.label for about in described(part).values() if about.label)
    for title, names, _kinds in SECTIONS:
        yield title
        yield from (label(name) for name in names)


def _sentences(path: Path) -> Iterator[str]:
    """Yield the sentences in a module; a number put into one stands as #."""
    tree = ast.parse(path.read_text())
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    inner = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in node.values
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            text = "".join(
                str(part.value) if isinstance(part, ast.Constant) else "#" for part in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        if id(node) not in docstrings | inner and re.fullmatch(r"[A-ZÀ-Ý][^_]*\s[^_]*[.!?]", text):
            yield text
