"""How often the door opens, and for whom it takes a stranger."""

import pytest

from accounts import access
from accounts.claims import Person
from accounts.door import HOUR, Quota, TooManyError, stranger
from accounts.models import DECLARE


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def quota(clock: Clock) -> Quota:
    return Quota(lambda: 3, clock)


def used_up(quota: Quota, address: str = "192.0.2.1") -> None:
    for number in range(3):
        quota.take(address, f"key-{number}")


def test_an_address_may_send_so_many_an_hour(quota: Quota, clock: Clock) -> None:
    used_up(quota)
    clock.now += 600
    with pytest.raises(TooManyError) as refusal:
        quota.take("192.0.2.1", "more")
    assert refusal.value.wait == 3000
    quota.take("192.0.2.2", "more")
    clock.now += HOUR - 600
    quota.take("192.0.2.1", "more")


def test_the_same_form_again_is_not_counted_again(quota: Quota) -> None:
    used_up(quota)
    for number in range(3):
        quota.take("192.0.2.1", f"key-{number}")
    with pytest.raises(TooManyError):
        quota.take("192.0.2.1", "another")


def test_what_is_given_back_is_not_counted(quota: Quota) -> None:
    used_up(quota)
    quota.give_back("192.0.2.1", "key-1")
    quota.give_back("192.0.2.9", "nobody's")
    quota.take("192.0.2.1", "more")
    with pytest.raises(TooManyError):
        quota.take("192.0.2.1", "another")


def test_a_death_is_never_refused_and_takes_nobodys_place(quota: Quota) -> None:
    for number in range(5):
        quota.take("192.0.2.1", f"death-{number}", exempt=True)
    used_up(quota)
    quota.take("192.0.2.1", "death", exempt=True)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("", "unknown", False),
    ],
)
def test_what_counts_as_one_address(quota: Quota, one: str, other: str, *, same: bool) -> None:
    used_up(quota, one)
    if same:
        with pytest.raises(TooManyError):
            quota.take(other, "more")
    else:
        quota.take(other, "more")


def test_its_memory_is_bounded(quota: Quota, monkeypatch) -> None:
    monkeypatch.setattr("accounts.door._MOST_ADDRESSES", 10)
    for number in range(50):
        quota.take(f"192.0.2.{number}", "key")
    assert len(quota._taken) == 10
    assert list(quota._taken)[-1] == "192.0.2.49"


def test_a_stranger_is_a_doctor_whom_nobody_vouches_for() -> None:
    found = stranger("10009999912")
    assert isinstance(found, Person)
    assert access.may_declare(found)
    assert found.unverified
    assert found.scopes == {DECLARE}
    assert not access.may_read(found)
    assert not access.may_transcribe(found)


def test_a_strangers_identifier_is_the_same_each_time_and_tells_no_number() -> None:
    assert stranger("10009999912").public_id == stranger("10009999912").public_id
    assert stranger("10009999912").public_id != stranger("10009999920").public_id
    assert "9999" not in str(stranger("10009999912").public_id)
