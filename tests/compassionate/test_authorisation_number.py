"""The number of an authorisation: forgiven as people type it, refused where it is none."""

import pytest
from hypothesis import given, strategies as st

from compassionate.domain.authorisation_number import as_printed, numbered
from compassionate.domain.request import REQUEST
from compassionate.domain.vocabulary import RequestKind
from events.errors import Refused
from events.number import BITS, identifier_from
from tests.compassionate.samples import draft, submit

NUMBER = numbered(identifier_from(77))


@given(st.integers(0, (1 << BITS) - 1))
def test_what_is_printed_is_read_however_it_is_typed(bits):
    number = numbered(identifier_from(bits))
    bare = number.replace("-", "")
    for typed in (
        number,
        number.lower(),
        bare,
        f" {number.replace('-', ' ')} ",
        bare[3:],
        number[4:],
    ):
        assert as_printed(typed) == number


@pytest.mark.parametrize(
    "typed",
    ["", "AAC", "AAC-", "2024/0123", "AAC-2026-000077-1", "ATU 12345", "\0", "é", "A" * 80, NUMBER[:-1],
     NUMBER[:-1] + "Z"],
)  # fmt: skip
def test_what_is_no_number_is_read_as_none(typed):
    assert as_printed(typed) is None


@pytest.mark.parametrize("renews", ["2024/0123", "AAC-2026-000077-1", NUMBER.lower()])
def test_what_renews_nothing_that_can_be_is_refused_at_its_field(renews):
    for command in (
        draft(kind=RequestKind.RENEWAL, renews=renews),
        submit(kind=RequestKind.RENEWAL, renews=renews),
    ):
        with pytest.raises(Refused) as refusal:
            REQUEST.decide(REQUEST.initial, command)
        told = {(one.pointer, one.code) for one in refusal.value.problems}
        assert ("/renews", "not_an_authorisation") in told
