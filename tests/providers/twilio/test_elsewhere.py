"""Where a redirect may lead: to public https, at the address that was checked, under the name that was asked for."""

import ssl
import time

import pytest
import requests

from domain.errors import PermanentError, RetryableError
from providers.twilio import elsewhere
from tests.support.recorded_server import answer, running

TWILIO = "https://api.twilio.com/2010-04-01/Accounts/AC/Recordings/RE.wav"
EMULATOR = "http://127.0.0.1:4010/2010-04-01/Accounts/AC/Recordings/RE.wav"
PUBLIC = "54.231.0.1"


def resolving(*found: str) -> elsewhere.Resolve:
    return lambda _host, _port: list(found)


@pytest.mark.parametrize(
    ("location", "host", "port"),
    [
        ("https://media.example/a?b=c", "media.example", 443),
        ("https://media.example:8443/a", "media.example", 8443),
        ("//media.example/a", "media.example", 443),
        ("/elsewhere", "api.twilio.com", 443),
        ("https://user:secret@media.example/a", "media.example", 443),
        ("HTTPS://MEDIA.example/a", "media.example", 443),
    ],
)
def test_a_public_place_is_followed_to_the_address_that_was_looked_up(location: str, host: str, port: int) -> None:
    place = elsewhere.checked(location, TWILIO, resolving(PUBLIC, "2600:1f18::1"))
    assert (place.host, place.port, place.address) == (host, port, PUBLIC)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.1", "224.0.0.1", "255.255.255.255",
        "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "ff02::1", "nonsense",
    ],
)  # fmt: skip
@pytest.mark.parametrize("beside", [[], [PUBLIC]])
def test_an_address_of_the_house_is_refused_whatever_stands_beside_it(address: str, beside: list[str]) -> None:
    with pytest.raises(PermanentError) as raised:
        elsewhere.checked("https://media.example/a", TWILIO, resolving(*beside, address))
    assert raised.value.code == "twilio:redirect_refused"


@pytest.mark.parametrize(
    "location",
    ["", "http://media.example/a", "ftp://media.example/a", "https://media.example:99999/a", "https://[::1/a", "data:,x", "https://:443/a"],
)
def test_anything_but_https_is_refused(location: str) -> None:
    with pytest.raises(PermanentError):
        elsewhere.checked(location, TWILIO, resolving(PUBLIC))


@pytest.mark.parametrize(("asked", "allowed"), [(EMULATOR, True), (EMULATOR.replace("127.0.0.1", "localhost"), True), (TWILIO, False)])
def test_loopback_is_a_place_only_for_who_is_on_loopback(asked: str, *, allowed: bool) -> None:
    if allowed:
        assert elsewhere.checked("http://127.0.0.1:4011/media", asked, resolving("127.0.0.1")).port == 4011
    else:
        with pytest.raises(PermanentError):
            elsewhere.checked("https://localhost/media", asked, resolving("127.0.0.1"))


def test_an_emulator_leads_nowhere_else_in_the_house() -> None:
    for location, address in (("http://media.example/a", PUBLIC), ("http://10.0.0.1/a", "10.0.0.1")):
        with pytest.raises(PermanentError):
            elsewhere.checked(location, EMULATOR, resolving(address))


def test_a_name_that_does_not_resolve_may_do_so_later() -> None:
    def unknown(_host: str, _port: int) -> list[str]:
        raise OSError

    with pytest.raises(RetryableError):
        elsewhere.checked("https://media.example/a", TWILIO, unknown)


@pytest.mark.parametrize("location", ["https://exa mple/", "https://" + "a" * 70 + ".example/", "https://..example/"])
def test_a_name_that_is_none_is_no_crash(location: str) -> None:
    with pytest.raises((PermanentError, RetryableError)):
        elsewhere.checked(location, TWILIO)


def test_the_connection_goes_to_the_checked_address_under_the_checked_name() -> None:
    """The name is not looked up a second time: it resolves to nothing here."""
    with running(answer(200, b"media")) as store:
        port = store.url.rpartition(":")[2]
        place = elsewhere.checked(f"http://media.invalid:{port}/a?b=%2F", EMULATOR, resolving("127.0.0.1"))
        with elsewhere.get(place, time.monotonic() + 5) as found:
            assert found.content == b"media"
        [asked] = store.asked
    assert (asked.target, asked.headers["Host"]) == ("/a?b=%2F", f"media.invalid:{port}")


def test_a_certificate_is_held_to_the_name_not_to_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, object] = {}

    def wrapped(*_: object, server_hostname: str, ssl_context: ssl.SSLContext, **__: object) -> None:
        seen.update(name=server_hostname, demanded=ssl_context.verify_mode, by_name=ssl_context.check_hostname)
        raise ssl.SSLError

    monkeypatch.setattr("urllib3.connection.ssl_wrap_socket", wrapped)
    with running() as store:
        place = elsewhere.checked(f"https://media.invalid:{store.url.rpartition(':')[2]}/", EMULATOR, resolving("127.0.0.1"))
        with pytest.raises(requests.exceptions.SSLError):
            elsewhere.get(place, time.monotonic() + 5)
    assert seen == {"name": "media.invalid", "demanded": ssl.CERT_REQUIRED, "by_name": True}
