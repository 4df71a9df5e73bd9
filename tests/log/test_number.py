from uuid import UUID

import pytest
from hypothesis import assume, given, strategies as st

from events.number import (
    ALPHABET,
    BITS,
    NotANumber,
    identifier_from,
    number_of,
    parse,
)

house_ids = st.integers(0, 2**BITS - 1).map(identifier_from)
any_ids = st.integers(0, 2**128 - 1).map(lambda value: UUID(int=value))
ids = house_ids | any_ids


def test_an_identifier_made_here_is_a_valid_uuid_of_version_eight():
    made = identifier_from(0x123456789ABCDEF)
    assert made.version == 8
    assert made.variant == "specified in RFC 4122"
    assert str(made) == "12345678-9abc-8def-8000-000000000000"


def test_its_number_is_thirteen_symbols_in_groups():
    assert number_of(identifier_from(0x123456789ABCDEF)) == "28T5-CY4T-QKFF4"


@pytest.mark.parametrize("bits", [-1, 2**BITS])
def test_only_sixty_bits_make_an_identifier(bits):
    with pytest.raises(ValueError, match="60 bits"):
        identifier_from(bits)


@given(ids)
def test_a_number_names_its_identifier(identifier):
    assert parse(number_of(identifier)) == identifier


@given(ids, st.data())
def test_case_hyphens_spaces_and_lookalikes_are_forgiven(identifier, data):
    number = number_of(identifier).replace("-", "")
    looks = {"0": "0oO", "1": "1iIlL"}
    typed = "".join(
        data.draw(st.sampled_from(looks.get(symbol, symbol + symbol.lower()))) for symbol in number
    )
    gap = data.draw(st.sampled_from(["", " ", "-", " - "]))
    assert parse(f"{gap}{typed[:5]}{gap}{typed[5:]} ") == identifier


@given(ids, st.data())
def test_one_wrong_symbol_is_always_caught(identifier, data):
    number = list(number_of(identifier).replace("-", ""))
    place = data.draw(st.integers(0, len(number) - 1))
    wrong = data.draw(st.sampled_from(ALPHABET))
    assume(wrong != number[place])
    number[place] = wrong
    with pytest.raises(NotANumber):
        parse("".join(number))


@given(ids, st.data())
def test_two_exchanged_symbols_are_always_caught_also_far_apart(identifier, data):
    number = list(number_of(identifier).replace("-", ""))
    one = data.draw(st.integers(0, len(number) - 1))
    other = data.draw(st.integers(0, len(number) - 1))
    assume(number[one] != number[other])
    number[one], number[other] = number[other], number[one]
    with pytest.raises(NotANumber):
        parse("".join(number))


@given(st.text(max_size=40))
def test_any_other_text_is_refused_and_never_breaks(text):
    try:
        found = parse(text)
    except NotANumber:
        return
    assert number_of(found)
