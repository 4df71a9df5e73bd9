"""The number shown to people: the identifier of a stream in base 32 with a check symbol.

Alphabet of Crockford (no I, L, O, U). The check symbol is Σ αⁱ·dᵢ over GF(2⁵), α primitive, so
that it stays in the alphabet and catches every wrong symbol and every exchange of two symbols.
Identifiers made by `identifier_from` carry 60 random bits and show as 13 symbols,
`K7QX-2M4P-9TRWC`; any other UUID shows as 27.
"""

from uuid import UUID

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BITS = 60
SHORT = 12
LONG = 26

_VALUE = {symbol: value for value, symbol in enumerate(ALPHABET)} | {"O": 0, "I": 1, "L": 1}
_LOW_BITS = 64
_TWELVE = 0xFFF
_FRAME = (8 << 76) | (2 << 62)
_POLYNOMIAL = 0b100101


class NotANumber(ValueError):
    """This is no number made here: a symbol is wrong, missing or in another's place."""


def identifier_from(random_bits: int) -> UUID:
    """Return the identifier made of 60 random bits, as a UUID of version 8 (RFC 9562)."""
    if not 0 <= random_bits < 1 << BITS:
        raise ValueError("an identifier takes 60 bits")
    return UUID(int=((random_bits >> 12) << 80) | ((random_bits & _TWELVE) << 64) | _FRAME)


def bits_of(identifier: UUID) -> int:
    """Return the 60 bits of an identifier made here, 0 for any other UUID."""
    return _short_bits(identifier) or 0


def number_of(identifier: UUID) -> str:
    """Return the number of an identifier, grouped for reading aloud."""
    bits = _short_bits(identifier)
    data = _digits(identifier.int, LONG) if bits is None else _digits(bits, SHORT)
    return _grouped("".join(ALPHABET[value] for value in [*data, _check(data)]))


def parse(text: str) -> UUID:
    """Return the identifier that a number names; case, spaces, hyphens and O, I, L are forgiven.

    Raises NotANumber.
    """
    bare = text.replace("-", "").replace(" ", "")
    if not bare.isascii() or len(bare) not in (SHORT + 1, LONG + 1):
        raise NotANumber
    try:
        values = [_VALUE[symbol] for symbol in bare.upper()]
    except KeyError:
        raise NotANumber from None
    *data, check = values
    if _check(data) != check:
        raise NotANumber
    number = 0
    for value in data:
        number = number << 5 | value
    if len(data) == SHORT:
        return identifier_from(number)
    if number >> 128:
        raise NotANumber
    return UUID(int=number)


def _short_bits(identifier: UUID) -> int | None:
    """Return the 60 bits of an identifier made here, None for any other UUID."""
    value = identifier.int
    bits = ((value >> 80) << 12) | ((value >> _LOW_BITS) & _TWELVE)
    return bits if identifier_from(bits) == identifier else None


def _digits(value: int, count: int) -> list[int]:
    return [(value >> (5 * place)) & 31 for place in reversed(range(count))]


def _check(data: list[int]) -> int:
    """Return Σ αⁱ·dᵢ by Horner's rule: each step multiplies by α, the polynomial x."""
    total = 0
    for value in data:
        total = _times_alpha(total ^ value)
    return total


def _times_alpha(value: int) -> int:
    doubled = value << 1
    return doubled ^ _POLYNOMIAL if doubled & 0b100000 else doubled


def _grouped(symbols: str) -> str:
    if len(symbols) == SHORT + 1:
        return f"{symbols[:4]}-{symbols[4:8]}-{symbols[8:]}"
    return "-".join(symbols[place : place + 4] for place in range(0, len(symbols), 4))
