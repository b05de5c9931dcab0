"""Follows one redirect to where Twilio keeps its media: without our credentials, and never into the house's own network."""

import ipaddress
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter

from domain.errors import PermanentError, RetryableError
from providers.twilio import errors

CONNECT_S = 5.0
_DEFAULT_PORTS = {"https": 443, "http": 80}

Resolve = Callable[[str, int], list[str]]


@dataclass(frozen=True, slots=True)
class Place:
    """A checked target. ``address`` is where to connect: the name is looked up once, so that a second answer cannot differ."""

    url: SplitResult
    host: str
    port: int
    address: str


def addresses(host: str, port: int) -> list[str]:
    """What a name resolves to. Raises OSError."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def checked(location: str, asked: str, resolve: Resolve = addresses) -> Place:
    """The place that a redirect leads to. ``asked`` is the URL that answered it.

    Raises PermanentError(redirect_refused) unless it is https at a host all of whose addresses are public. Only if we talk to a loopback
    address over http ourselves, as with an emulator, may it be that: http on loopback. Raises RetryableError if the name does not resolve.
    """
    try:
        url = urlsplit(urljoin(asked, location))
        host, port = url.hostname or "", url.port or _DEFAULT_PORTS.get(url.scheme, 0)
    except ValueError:
        raise PermanentError(errors.REDIRECT_REFUSED) from None
    if not location or not host or url.scheme not in _DEFAULT_PORTS:
        raise PermanentError(errors.REDIRECT_REFUSED)
    try:
        found = resolve(host, port)
    except (OSError, UnicodeError):
        raise RetryableError(errors.UNREACHABLE) from None
    is_elsewhere = url.scheme == "https" and all(map(_is_public, found))
    is_emulated = _is_emulated(asked) and all(map(_is_loopback, found))
    if not found or not (is_elsewhere or is_emulated):
        raise PermanentError(errors.REDIRECT_REFUSED)
    return Place(url, host, port, found[0])


def get(place: Place, deadline: float) -> requests.Response:
    """What is there, its body still to be read; to be closed. No credentials are sent: not Twilio's, and none of the environment."""
    left = max(deadline - time.monotonic(), 0.001)
    session = requests.Session()
    session.trust_env = False
    session.mount("https://", _Named(place.host))
    address = f"[{place.address}]" if ":" in place.address else place.address
    url = place.url._replace(netloc=f"{address}:{place.port}", fragment="").geturl()
    headers = {"Host": place.url.netloc.rpartition("@")[2], "Accept-Encoding": "identity", "Connection": "close"}
    return session.get(url, headers=headers, timeout=(min(CONNECT_S, left), left), allow_redirects=False, stream=True)


class _Named(HTTPAdapter):
    """Connects to an address, and holds its certificate to the name."""

    def __init__(self, host: str) -> None:
        self._host = host
        super().__init__()

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        super().init_poolmanager(*args, **more, server_hostname=self._host)


def _is_emulated(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "http" and (parts.hostname == "localhost" or _is_loopback(parts.hostname or ""))


def _is_loopback(address: str) -> bool:
    found = _read(address)
    return found is not None and found.is_loopback


def _is_public(address: str) -> bool:
    found = _read(address)
    return found is not None and found.is_global and not found.is_multicast


def _read(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    # an IPv4 address in IPv6's clothes is judged by what it is
    return getattr(found, "ipv4_mapped", None) or found
