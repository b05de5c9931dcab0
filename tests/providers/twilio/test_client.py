"""The transport below the official SDK: whose token, to which host, over which connection, under which trace."""

import base64
import logging

import pytest

from domain.errors import PermanentError, VendorPausedError
from observability.trace import traced
from providers.twilio import client, errors
from providers.twilio.client import TwilioApi
from tests.support.recorded_server import RecordedServer, running
from tests.support.twilio_api import ACCOUNT, LIMIT_S, MESSAGE, RESOURCES, TOKEN, as_json, error, message, page, settings

OTHER = "AC" + "b2" * 16


def send(api: TwilioApi, account: str | None = ACCOUNT) -> object:
    with errors.reported(is_act=True):
        return api.client(account).messages.create(to="+15005550199", from_="+15005550100", body="hello").sid


def tokens(server: RecordedServer) -> list[str]:
    """The credentials of each request, in order."""
    return [base64.b64decode(asked.headers["Authorization"].removeprefix("Basic ")).decode() for asked in server.asked]


def test_the_sdk_speaks_to_the_configured_base_url(api: RecordedServer) -> None:
    api.will(as_json(message(), 201))
    assert send(TwilioApi(settings(api.url), LIMIT_S)) == MESSAGE
    [asked] = api.asked
    assert (asked.method, asked.target) == ("POST", f"{RESOURCES}/Messages.json")
    assert asked.form == {"To": ["+15005550199"], "From": ["+15005550100"], "Body": ["hello"]}
    assert tokens(api) == [f"{ACCOUNT}:{TOKEN}"]


def test_a_request_carries_the_trace_of_the_work_at_hand(api: RecordedServer) -> None:
    api.will(as_json(message(), 201))
    with traced("trace-of-the-call"):
        send(TwilioApi(settings(api.url), LIMIT_S))
    send(TwilioApi(settings(api.url), LIMIT_S))
    assert [asked.headers.get("X-Request-Id") for asked in api.asked] == ["trace-of-the-call", None]


def test_an_older_token_is_tried_once_if_the_newest_is_refused(api: RecordedServer) -> None:
    api.will(error(401, 20003), as_json(message(), 201))
    accounts = {ACCOUNT: ("newest", "older", "oldest"), f"{ACCOUNT}/key": ("shared",)}
    assert send(TwilioApi(settings(api.url, accounts), LIMIT_S)) == MESSAGE
    assert tokens(api) == [f"{ACCOUNT}:newest", f"{ACCOUNT}:older"]


def test_two_refused_tokens_are_enough(api: RecordedServer) -> None:
    api.will(error(401, 20003))
    with pytest.raises(VendorPausedError):
        send(TwilioApi(settings(api.url, {ACCOUNT: ("newest", "older", "oldest")}), LIMIT_S))
    assert tokens(api) == [f"{ACCOUNT}:newest", f"{ACCOUNT}:older"]


@pytest.mark.parametrize("account", [None, "", OTHER, f"{ACCOUNT}/key", "../Accounts", f"{ACCOUNT}\n", "key"])
def test_an_account_without_a_token_is_nobody(api: RecordedServer, account: str | None) -> None:
    accounts = {ACCOUNT: (TOKEN,), f"{ACCOUNT}/key": ("shared",), "key": ("shared",), "": ("x",)}
    with pytest.raises(PermanentError) as raised:
        send(TwilioApi(settings(api.url, accounts), LIMIT_S), account)
    assert raised.value.code == "twilio:account_not_configured"
    assert api.asked == []


def test_each_account_speaks_with_its_own_token(api: RecordedServer) -> None:
    api.will(as_json(message(), 201))
    both = TwilioApi(settings(api.url, {ACCOUNT: ("one",), OTHER: ("two",)}), LIMIT_S)
    send(both, ACCOUNT)
    send(both, OTHER)
    assert tokens(api) == [f"{ACCOUNT}:one", f"{OTHER}:two"]
    assert OTHER in api.asked[1].path


@pytest.mark.parametrize("uri", ["https://evil.example/next?Page=1&To=%2B1", "//evil.example/next?Page=1&To=%2B1", "/next?Page=1&To=%2B1"])
def test_an_answer_cannot_send_us_and_our_credentials_to_another_host(api: RecordedServer, uri: str) -> None:
    api.will(page("messages", message(), next_page=uri), page("messages"))
    with errors.reported(is_act=False):
        TwilioApi(settings(api.url), LIMIT_S).client(ACCOUNT).messages.list()
    assert len(api.asked) == 2
    assert api.asked[1].target.endswith("/next?Page=1&To=%2B1")


def test_one_connection_serves_one_request_after_the_other(api: RecordedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    api.will(as_json(message(), 201))
    kept = TwilioApi(settings(api.url), LIMIT_S)
    for _ in range(3):
        send(kept)
    assert api.connections == 1
    # after a pause the other end may have hung up: a new one
    monkeypatch.setattr(client, "IDLE_S", -1)
    send(kept)
    assert api.connections == 2


def test_a_cookie_is_not_kept(api: RecordedServer) -> None:
    api.will(as_json(message(), 201, Set_Cookie="session=1; Path=/"))
    kept = TwilioApi(settings(api.url), LIMIT_S)
    for _ in range(2):
        send(kept)
    assert "Cookie" not in api.asked[1].headers


def test_neither_numbers_nor_words_nor_tokens_are_logged(api: RecordedServer, caplog: pytest.LogCaptureFixture) -> None:
    api.will(as_json(message(), 201))
    with caplog.at_level(logging.INFO):
        send(TwilioApi(settings(api.url), LIMIT_S))
    api.will(page("messages", message()))
    with caplog.at_level(logging.INFO):
        TwilioApi(settings(api.url), LIMIT_S).client(ACCOUNT).messages.list(to="+15005550199")
    assert caplog.text == ""


def test_nothing_is_connected_before_something_is_asked() -> None:
    with running() as server:
        TwilioApi(settings(server.url), LIMIT_S).client(ACCOUNT)
        assert server.connections == 0
