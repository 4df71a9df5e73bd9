"""Sentences and labels of the domain in the reader's language."""

import re

from django.utils.translation import gettext

_NUMBER = re.compile(r"\d+")
_LISTED = " : "


def in_readers_language(sentence: str) -> str:
    """Return a French sentence of the domain as the reader's catalogue has it.

    A sentence that quotes numbers, or a list at its end, stands there with # in their place.
    Apostrophes are typographic, as in the texts of the pages.
    """
    return _translated(sentence).replace("'", "’")


def _translated(sentence: str) -> str:
    known = gettext(sentence) if sentence else ""
    if known != sentence:
        return known
    return _filled(sentence, _NUMBER.sub("#", sentence), _NUMBER.findall(sentence)) or _listed(
        sentence
    )


def _listed(sentence: str) -> str:
    head, colon, tail = sentence.partition(_LISTED)
    return _filled(sentence, f"{head}{colon}#.", [tail.rstrip(".")]) or sentence


def _filled(sentence: str, shape: str, parts: list[str]) -> str:
    """Return the translation of a shape with its parts put back, "" where there is none."""
    translated = gettext(shape)
    if translated in {shape, sentence} or translated.count("#") != len(parts):
        return ""
    for part in parts:
        translated = translated.replace("#", part, 1)
    return translated
