"""Check digits of national identifiers."""

import pytest

from accounts.demo import INSTITUTIONS, PEOPLE
from accounts.identifiers import is_department, is_finess, is_rpps, luhn_valid


@pytest.mark.parametrize("digits", ["0", "79927398713", "18"])
def test_luhn_accepts_a_right_check_digit(digits: str) -> None:
    assert luhn_valid(digits)


@pytest.mark.parametrize("place", range(11))
def test_one_wrong_digit_of_an_rpps_is_seen(place: int) -> None:
    good = "10009999912"
    wrong = good[:place] + str((int(good[place]) + 1) % 10) + good[place + 1 :]
    assert is_rpps(good)
    assert not is_rpps(wrong)


@pytest.mark.parametrize("text", ["", "1000999991", "100099999120", "1000999991a", "१०००९९९९९१२"])
def test_an_rpps_has_eleven_ascii_digits(text: str) -> None:
    assert not is_rpps(text)


@pytest.mark.parametrize("text", ["759900012", "2A0000014", "2B0000020"])
def test_a_finess_with_its_key_is_accepted(text: str) -> None:
    assert is_finess(text)


@pytest.mark.parametrize("text", ["", "759900013", "7599000120", "AA9900012", "2A0000015"])
def test_a_finess_with_a_wrong_key_or_shape_is_not(text: str) -> None:
    assert not is_finess(text)


@pytest.mark.parametrize(
    ("code", "known"),
    [
        ("01", True),
        ("2A", True),
        ("95", True),
        ("974", True),
        ("00", False),
        ("20", False),
        ("96", False),
        ("979", False),
        ("1", False),
        ("", False),
    ],
)
def test_department_codes(code: str, *, known: bool) -> None:
    assert is_department(code) is known


def test_demo_people_and_places_have_valid_numbers() -> None:
    assert all(is_finess(str(place["finess"])) for place in INSTITUTIONS)
    assert all(person.rpps is None or is_rpps(person.rpps) for person in PEOPLE)
    assert {person.institution for person in PEOPLE} <= {p["finess"] for p in INSTITUTIONS}
