"""Numbers of sheets: what is printed is read again, what is copied wrong is caught."""

import pytest
from hypothesis import given, strategies as st

from continuity.domain.sheet_number import (
    ALPHABET,
    NotASheetNumber,
    SheetNumber,
    as_written,
    department_of,
    parse,
    sheet_id,
)
from tests.continuity.sheet_samples import SITE

LETTERS = "".join(symbol for symbol in ALPHABET if symbol.isalpha())
SITES = st.from_regex(r"[0-9][0-9AB][0-9]{7}", fullmatch=True) | st.text(
    LETTERS, min_size=2, max_size=8
)
NUMBERS = st.builds(SheetNumber, site=SITES, rank=st.integers(1, 99_999))


@given(NUMBERS)
def test_what_is_printed_is_read_again(number):
    printed = str(number)
    assert parse(printed) == number
    assert parse(printed.lower().replace("-", " ")) == number
    assert parse(printed.replace("-", "").replace("0", "O").replace("1", "l")) == number


@given(NUMBERS, st.data())
def test_one_wrong_symbol_is_caught(number, data):
    body = str(number)[3:].replace("-", "")
    place = data.draw(st.integers(0, len(body) - 1))
    wrong = data.draw(st.sampled_from([s for s in ALPHABET if s != body[place]]))
    with pytest.raises(NotASheetNumber):
        parse(f"DG{body[:place]}{wrong}{body[place + 1 :]}")


@given(NUMBERS, st.data())
def test_two_symbols_exchanged_are_caught(number, data):
    body = list(str(number)[3:].replace("-", ""))
    pairs = [
        (one, other)
        for one in range(len(body))
        for other in range(one)
        if body[one] != body[other]
    ]
    one, other = data.draw(st.sampled_from(pairs))
    body[one], body[other] = body[other], body[one]
    with pytest.raises(NotASheetNumber):
        parse("DG" + "".join(body))


@pytest.mark.parametrize(
    "text",
    ["", "DG", "DG-", "00007", "K7QX-2M4P-9TRWC", "DG-759900012-00000-0", "DG-1-00001-0",
     "DG-７５９９００012-00001-0", "DG-759900012-7-K", "X" * 500],
)  # fmt: skip
def test_what_is_no_number(text):
    with pytest.raises(NotASheetNumber):
        parse(text)


def test_a_number_that_is_none_is_kept_as_it_is_written():
    assert as_written("  dg  hopital 12/b ") == "DG HOPITAL 12/B"
    for more in ("", "Mme Dupont ?", "x" * 41, "a\nb;c", "<b>"):
        with pytest.raises(NotASheetNumber):
            as_written(more)


def test_a_number_names_one_sheet_for_everybody():
    number = str(SheetNumber(site="ANSM", rank=1))
    assert sheet_id(number) == sheet_id(str(parse(number.lower())))
    assert sheet_id(number) != sheet_id(str(SheetNumber(site="ANSM", rank=2)))


@pytest.mark.parametrize(
    ("site", "department"),
    [
        (SITE, "75"),
        ("2A0000014", "2A"),
        ("970400016", "974"),
        ("980500011", None),
        ("ANSM", None),
    ],
)
def test_a_site_lies_in_the_departement_that_its_number_says(site, department):
    assert department_of(site) == department
