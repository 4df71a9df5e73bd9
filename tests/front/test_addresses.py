"""The address of a client: the front's word counts, and nobody else's."""

import pytest

from config.fronted import ARRIVED, Fronted
from config.local.front.addresses import Trusted, network_of
from tests.front.running import READ


@pytest.mark.parametrize(
    ("peer", "told", "client"),
    [
        ("192.0.2.1", b"198.51.100.7", "192.0.2.1"),
        ("10.0.0.1", b"198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", b"203.0.113.9, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        ("10.0.0.1", b"203.0.113.9, nonsense", "10.0.0.1"),
        ("10.0.0.1", b"203.0.113.9, nonsense, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", b"", "10.0.0.1"),
        ("::1", b"2001:db8::1", "2001:db8::1"),
    ],
)
def test_the_last_address_that_is_no_proxy_of_ours_is_the_client(peer, told, client):
    assert Trusted("10.0.0.0/8, ::1").client(peer, [(b"x-forwarded-for", told)]) == client


def test_only_a_proxy_of_ours_says_which_scheme_it_was():
    trusted = Trusted("10.0.0.1", "X-Forwarded-Proto")
    told = [(b"x-forwarded-proto", b"https"), (b"host", b"a")]
    assert list(trusted.cleaned("10.0.0.1", told)) == told
    assert list(trusted.cleaned("10.0.0.2", told)) == [(b"host", b"a")]
    assert list(Trusted("10.0.0.1").cleaned("10.0.0.1", told)) == [(b"host", b"a")]


@pytest.mark.parametrize(
    "name",
    [b"x-real-ip", b"x-forwarded-for", b"x-arrived", b"forwarded", b"x-forwarded-ssl",
     b"script_name", b"path_info", b"x_real_ip", b"proxy", b"transfer-encoding", b"te",
     b"upgrade", b"x-listed"],
)  # fmt: skip
def test_what_only_the_site_may_say_is_dropped(name):
    told = [(b"connection", b"close, X-Listed"), (name, b"1"), (b"accept", b"*/*")]
    assert list(Trusted().cleaned("192.0.2.1", told)) == [(b"accept", b"*/*")]


def test_a_mistyped_network_is_an_error_and_not_ignored():
    with pytest.raises(ValueError, match="IPv4 or IPv6 network"):
        Trusted("10.0.0.0/99")


def test_whoever_has_a_whole_network_counts_once():
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff:1")
    assert network_of("2001:db8:0:1::1") != network_of("2001:db8:0:2::1")
    assert network_of("192.0.2.1") == "192.0.2.1"


def shown(environ, *, behind_front: bool):
    seen = {}

    def application(given, _):
        seen.update(given)
        return []

    Fronted(application, behind_front=behind_front)(dict(environ), lambda *_: None)
    return seen


def test_the_application_believes_the_front_and_nobody_else():
    told = {"HTTP_X_REAL_IP": "198.51.100.7", "HTTP_X_ARRIVED": "5000000000"}
    fronted = shown({"REMOTE_ADDR": "127.0.0.1", **told}, behind_front=True)
    assert (fronted["REMOTE_ADDR"], fronted[ARRIVED]) == ("198.51.100.7", 5.0)
    for seen in (
        shown({"REMOTE_ADDR": "127.0.0.1", **told}, behind_front=False),
        shown({"REMOTE_ADDR": "192.0.2.1", **told}, behind_front=True),
    ):
        assert seen["REMOTE_ADDR"] in {"127.0.0.1", "192.0.2.1"}
        assert seen[ARRIVED] > 5.0
    assert not {"HTTP_X_REAL_IP", "HTTP_X_ARRIVED"} & fronted.keys()


@pytest.mark.parametrize("told", [{}, {"HTTP_X_REAL_IP": "a; b", "HTTP_X_ARRIVED": "soon"}])
def test_a_front_that_says_nothing_readable_changes_nothing(told):
    seen = shown({"REMOTE_ADDR": "::1", **told}, behind_front=True)
    assert seen["REMOTE_ADDR"] == "::1"


@pytest.mark.stack
@pytest.mark.xdist_group("front")
def test_a_client_does_not_choose_its_own_address(door):
    seen = door.get(READ, X_Real_IP="9.9.9.9", X_Forwarded_For="9.9.9.9", X_Arrived="1").json()
    assert seen["address"] == "127.0.0.1"
    assert seen["environ"]["HTTP_X_FORWARDED_FOR"] == "127.0.0.1"
    assert 0 <= seen["began"] - seen["arrived"] < 5


@pytest.mark.stack
@pytest.mark.xdist_group("front")
def test_a_trusted_proxy_says_who_it_was(doorway):
    door = doorway(TRUSTED_PROXY="127.0.0.0/8")
    assert door.get(READ, X_Forwarded_For="203.0.113.9").json()["address"] == "203.0.113.9"
