"""Who a request comes from, and the headers that say so to the application."""

import ipaddress
from collections.abc import Iterable, Sequence

Headers = Sequence[tuple[bytes, bytes]]
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Between two neighbours only (RFC 9110 §7.6.1), or spent here.
_HOP_BY_HOP = frozenset(
    {
        b"connection", b"keep-alive", b"proxy-connection", b"proxy-authenticate",
        b"proxy-authorization", b"te", b"trailer", b"transfer-encoding", b"upgrade", b"expect",
        b"content-length",
    }
)  # fmt: skip
# What only a proxy of the site may say; gunicorn believes whoever comes from this machine.
_OF_A_PROXY = frozenset(
    {
        b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-port",
        b"x-forwarded-proto", b"x-forwarded-protocol", b"x-forwarded-ssl", b"x-real-ip",
        b"x-scheme", b"front-end-https", b"x-arrived", b"x-request-start", b"proxy",
    }
)  # fmt: skip


class Trusted:
    """The proxies in front of this one: what they say of a client's address and scheme is believed."""

    def __init__(self, networks: str = "", scheme_header: str = "") -> None:
        """Take networks as `10.0.0.0/8, ::1`. Raises ValueError for anything else."""
        self._networks: list[_Network] = [
            ipaddress.ip_network(part.strip(), strict=False)
            for part in networks.split(",")
            if part.strip()
        ]
        self._scheme = scheme_header.lower().encode()

    def __contains__(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._networks)

    def client(self, peer: str, headers: Headers) -> str:
        """Return the address of the client: the last in the list that is no proxy of ours."""
        if peer not in self:
            return peer
        told = b",".join(value for name, value in headers if name == b"x-forwarded-for")
        nearest = peer
        for part in reversed(told.decode("latin-1").split(",")):
            try:
                nearest = str(ipaddress.ip_address(part.strip()))
            except ValueError:
                break
            if nearest not in self:
                break
        return nearest

    def cleaned(self, peer: str, headers: Headers) -> Iterable[tuple[bytes, bytes]]:
        """Yield what the application may see of a client's headers.

        A name with an underscore could pass for another one, or for a variable of the server.
        """
        listed = {
            part.strip().lower()
            for name, value in headers
            if name == b"connection"
            for part in value.split(b",")
        }
        dropped = _HOP_BY_HOP | listed
        for name, value in headers:
            if name in dropped or b"_" in name:
                continue
            if name == self._scheme:
                if peer in self:
                    yield name, value
            elif name not in _OF_A_PROXY:
                yield name, value


def network_of(address: str) -> str:
    """Return what one sender has at will: an IPv4 address, the /64 of an IPv6 address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return address
    return str(ipaddress.ip_network((parsed, 64), strict=False))
