"""What a supporting document (pièce jointe) may be, told by its bytes and never by its name.

A file that cannot be read back whole, or that would do something when it is opened, is refused while
its sender is there. Refusal codes: the keys of SENTENCES. No virus is looked for here.
"""

import re
import unicodedata
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from compassionate.domain.vocabulary import MediaType
from events.errors import Problem
from events.texts import is_readable

LARGEST_BYTES = 1024 * 1024
MOST_OF_REQUEST = 10
LONGEST_NAME = 150

SENTENCES = {
    "file_needed": "Choisissez un fichier, et un qui n'est pas vide.",
    "file_too_large": "Un fichier a 1 Mo au plus : réduisez-le, ou joignez les pages utiles.",
    "file_kind_unknown": "Seuls les fichiers PDF, PNG et JPEG sont reçus.",
    "file_truncated": "Ce fichier est incomplet, sa fin manque : enregistrez-le de nouveau.",
    "file_encrypted": "Ce PDF est protégé par un mot de passe : enregistrez-le sans protection.",
    "file_active": (
        "Ce PDF contient un programme, une commande ou un autre fichier : imprimez-le dans un "
        "nouveau PDF et joignez celui-ci."
    ),
    "file_unreadable": (
        "Ce PDF ne peut pas être vérifié : imprimez-le dans un nouveau PDF et joignez celui-ci."
    ),
    "file_name_needed": "Donnez un nom au fichier.",
    "file_name_too_long": "Le nom du fichier a 150 caractères au plus.",
    "unreadable_character": "Ce texte contient un caractère illisible : retapez-le.",
    "too_many_documents": (
        "Cette demande a déjà dix pièces, le plus qu'elle peut avoir : réunissez-en plusieurs."
    ),
}

_PNG, _PNG_END = b"\x89PNG\r\n\x1a\n", b"\x00\x00\x00\x00IEND\xaeB`\x82"
_JPEG, _JPEG_END, _JPEG_SCAN = b"\xff\xd8\xff", b"\xff\xd9", 0xDA
_PDF, _PDF_END = b"%PDF-", b"%%EOF"
# Readers look for the end of a PDF in its last kilobyte, whatever follows it.
_PDF_TAIL = 1024
ENDINGS = {
    MediaType.PDF: ("pdf",),
    MediaType.PNG: ("png",),
    MediaType.JPEG: ("jpg", "jpeg", "jpe"),
}
_STARTS = ((_PDF, MediaType.PDF), (_PNG, MediaType.PNG), (_JPEG, MediaType.JPEG))

ACTIVE = frozenset(
    {
        b"JavaScript", b"Launch", b"EmbeddedFile", b"EmbeddedFiles", b"RichMedia",
        b"SubmitForm", b"ImportData", b"GoToE",
    }
)  # fmt: skip
"""Names by which a PDF runs a program, calls or sends somewhere, or carries another file."""
UNSEEN = frozenset({"Cc", "Cf"})
_NAME = re.compile(rb"/([A-Za-z0-9#]{3,40})")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_FORM = re.compile(rb"/XFA[\s\x00]*(?:\[|\d+[\s\x00]+\d+[\s\x00]+R)")
"""A form that programs fill in, with its value: three letters alone stand in one picture of thousands."""
_STREAM = re.compile(rb"(?<!end)stream(?:\r\n|\n|\r)")
# Most of a page's weight is in pictures, which are not unfolded; what is has to stay small.
_UNFOLDED_BYTES = 16 * LARGEST_BYTES
_DICTIONARY_BYTES = 4096
# More than any megabyte has that was not made to keep this busy.
_MOST_STREAMS = 5_000


class _Unreadable(Exception):
    """Something in a PDF cannot be looked into."""


class _Found(NamedTuple):
    encrypted: bool
    active: bool


def media_type_of(content: bytes) -> MediaType | None:
    """Return what a file is by its first bytes, None where it is nothing that is taken."""
    return next((kind for start, kind in _STARTS if content.startswith(start)), None)


def file_problems(content: bytes) -> list[Problem]:
    """Return why a file is refused, at `/content`."""
    return [problem(code, "/content") for code in _codes(content)]


def name_problems(name: str) -> list[Problem]:
    """Return why the name of a file is refused, at `/name`."""
    if not name.strip():
        return [problem("file_name_needed", "/name")]
    found = []
    if len(name) > LONGEST_NAME:
        found.append(problem("file_name_too_long", "/name"))
    # What turns the direction of writing would show one ending and hide another.
    if not is_readable(name) or any(unicodedata.category(char) in UNSEEN for char in name):
        found.append(problem("unreadable_character", "/name"))
    return found


def name_to_save(name: str, kind: MediaType) -> str:
    """Return the name under which a file is given: its end says what its bytes are."""
    _, dot, end = name.rpartition(".")
    return name if dot and end.lower() in ENDINGS[kind] else f"{name}.{ENDINGS[kind][0]}"


def problem(code: str, pointer: str) -> Problem:
    """Return one reason with its sentence."""
    return Problem(pointer, code, SENTENCES[code])


def _codes(content: bytes) -> Iterator[str]:
    if not content:
        yield "file_needed"
        return
    if len(content) > LARGEST_BYTES:
        # Not looked into: what is said of it would be said of another file.
        yield "file_too_large"
        return
    kind = media_type_of(content)
    if kind is None:
        yield "file_kind_unknown"
    elif not _is_whole(kind, content):
        yield "file_truncated"
    elif kind is MediaType.PDF:
        yield from _of_pdf(content)


def _is_whole(kind: MediaType, content: bytes) -> bool:
    match kind:
        case MediaType.PNG:
            return content.endswith(_PNG_END)
        case MediaType.JPEG:
            scan = _first_scan(content)
            return scan is not None and _JPEG_END in content[scan:]
        case MediaType.PDF:
            return _PDF_END in content[-_PDF_TAIL:]


def _first_scan(content: bytes) -> int | None:
    """Return where the picture begins: a small one inside the head of a JPEG has an end of its own."""
    place = 2
    while place + 4 <= len(content) and content[place] == 0xFF:
        if content[place + 1] == _JPEG_SCAN:
            return place
        place += 2 + int.from_bytes(content[place + 2 : place + 4])
    return None


def _of_pdf(content: bytes) -> Iterator[str]:
    try:
        found = _looked_into(content)
    except _Unreadable:
        yield "file_unreadable"
        return
    if found.encrypted:
        yield "file_encrypted"
    elif found.active:
        yield "file_active"


def _looked_into(content: bytes) -> _Found:
    """Say what a PDF holds. Raises _Unreadable.

    Its objects may lie folded together in streams (PDF 1.5): those are unfolded, unless the file is
    encrypted.
    """
    if b"Encrypt" in _names(content):
        return _Found(encrypted=True, active=False)
    active, left = _is_active(content), _UNFOLDED_BYTES
    for folded in _folded_objects(content):
        left -= len(folded)
        if left < 0:
            raise _Unreadable
        active = active or _is_active(folded)
    return _Found(encrypted=False, active=active)


def _is_active(content: bytes) -> bool:
    return bool(_names(content) & ACTIVE) or _FORM.search(_spelt(content)) is not None


def _names(content: bytes) -> set[bytes]:
    """Return the names in a PDF; each of their characters may be written as its number."""
    return {_spelt(name) for name in set(_NAME.findall(content))}


def _spelt(text: bytes) -> bytes:
    return _ESCAPED.sub(lambda two: bytes.fromhex(two[1].decode()), text)


def _folded_objects(content: bytes) -> Iterator[bytes]:
    for count, match in enumerate(_STREAM.finditer(content)):
        if count >= _MOST_STREAMS:
            raise _Unreadable
        about = content[max(0, match.start() - _DICTIONARY_BYTES) : match.start()]
        if len(about) == _DICTIONARY_BYTES and b" obj" not in about:
            # Longer than any that a program writes: what it is cannot be told.
            raise _Unreadable
        names = _names(about[about.rfind(b" obj") + 1 :])
        if b"ObjStm" not in names:
            continue
        filters = {name for name in names if name.endswith(b"Decode")}
        if b"Filter" not in names:
            yield content[match.end() : content.find(b"endstream", match.end())]
        elif filters != {b"FlateDecode"} or b"DecodeParms" in names:
            raise _Unreadable
        else:
            yield _unfolded(memoryview(content)[match.end() :])


def _unfolded(folded: memoryview) -> bytes:
    try:
        return zlib.decompressobj().decompress(folded, _UNFOLDED_BYTES + 1)
    except zlib.error as error:
        raise _Unreadable from error
