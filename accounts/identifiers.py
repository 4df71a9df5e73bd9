"""National identifiers of professionals and institutions, with their check digits."""

import re

RPPS = re.compile(r"[0-9]{11}")
FINESS = re.compile(r"[0-9][0-9AB][0-9]{7}")
DEPARTMENT = re.compile(r"0[1-9]|1[0-9]|2[1-9AB]|[3-8][0-9]|9[0-5]|97[1-8]|98[678]")
# A FINESS number of Corsica starts with 2A or 2B; the letter counts as its rank for the key.
LETTER_VALUES = str.maketrans({"A": "1", "B": "2"})


def luhn_valid(digits: str) -> bool:
    """Return whether the last digit is the Luhn check digit of the others (ISO/IEC 7812-1)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def is_rpps(text: str) -> bool:
    """Return whether `text` is a number of the Répertoire partagé des professionnels de santé."""
    return RPPS.fullmatch(text) is not None and luhn_valid(text)


def is_finess(text: str) -> bool:
    """Return whether `text` is a number of the Fichier national des établissements (FINESS)."""
    return FINESS.fullmatch(text) is not None and luhn_valid(text.translate(LETTER_VALUES))


def is_department(text: str) -> bool:
    """Return whether `text` is the code of a French département or overseas collectivity."""
    return DEPARTMENT.fullmatch(text) is not None
