"""Talks to Twilio's REST API: the official SDK on top, one keep-alive session below, time limits everywhere, no retries, no redirects."""

import json
import logging
import time
from collections.abc import Mapping
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from domain.errors import PermanentError, StepError
from observability import trace
from providers.twilio import errors, sids
from providers.twilio.reading import read
from settings import TwilioSettings

NO_ACCOUNT = "twilio:account_not_configured"
REQUEST_ID_HEADER = "X-Request-Id"
MAX_ANSWER_BYTES = 8 * 1024 * 1024

# seconds; the whole request ends before the one who asks is given up (WORKER_TIMEOUT_SECONDS)
CONNECT_S = 5.0
SHARE_OF_LIMIT = 0.9
# what was idle for longer may just be closed by the other end, and an act lost on it could not be told from one that was done
IDLE_S = 20.0
# the newest token and the one before it: an account has at most two at a time
TOKENS_TRIED = 2


class TwilioApi(HttpClient):  # type: ignore[misc]  # the SDK brings no types
    """One base URL, the accounts that we have tokens for, and one session of the process. Raises our errors, never the network's.

    It is the SDK's transport as well. Of a URL that the SDK asks for only path and query are used, so that no answer can send us, and our
    credentials, to another host. The SDK's own transport is not used: it logs numbers, waits for ever, and loses an error's headers.
    """

    def __init__(self, twilio: TwilioSettings, limit_s: float) -> None:
        """Connects nowhere yet. ``limit_s`` is the time after which whoever asks is given up."""
        super().__init__(logging.getLogger(__name__), is_async=False)
        self.base_url = twilio.base_url
        self._accounts = twilio.accounts
        self._limit_s = limit_s * SHARE_OF_LIMIT
        self._session = requests.Session()
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        self._last_used = time.monotonic()

    def client(self, account: str | None) -> Any:
        """The official SDK's client of one account. Raises PermanentError if there is no token for it."""
        sid = self._known(account)
        return Client(sid, self._accounts[sid][0], http_client=self)

    def deadline(self) -> float:
        """When a request that begins now must be over (monotonic seconds)."""
        return time.monotonic() + self._limit_s

    def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        **_: object,
    ) -> Response:
        """What the SDK calls: the answer, if it is a success and a JSON object. Raises everything else as ``errors`` has it."""
        is_act, deadline = method.upper() != "GET", self.deadline()
        path = urlsplit(uri)._replace(scheme="", netloc="").geturl()
        with (
            errors.reported(is_act=is_act),
            self.open(method, path, auth[0] if auth else None, deadline, headers or {}, params=params, data=data) as answer,
        ):
            if not HTTPStatus.OK <= answer.status_code < HTTPStatus.MULTIPLE_CHOICES:
                raise refusal(answer, deadline, is_act=is_act)
            text = _text(answer, deadline, is_act=is_act)
        if _object(text) is None:
            raise errors.unreadable(is_act=is_act)
        return Response(answer.status_code, text, answer.headers)

    def open(
        self, method: str, path: str, account: str | None, deadline: float, headers: Mapping[str, str], **more: Any
    ) -> requests.Response:
        """An answer of any status, its body still to be read; to be closed. Raises PermanentError and what requests raises.

        If an account's newest token is refused (401, so nothing happened), the one before it is tried once.
        """
        sid = self._known(account)
        sent = {**headers, "Accept-Encoding": "identity"} | ({REQUEST_ID_HEADER: trace.current()} if trace.current() else {})
        newest, *older = self._accounts[sid][:TOKENS_TRIED]
        answer = self._send(method, path, (sid, newest), deadline, sent, more)
        if answer.status_code != HTTPStatus.UNAUTHORIZED or not older:
            return answer
        answer.close()
        return self._send(method, path, (sid, older[0]), deadline, sent, more)

    def _send(
        self, method: str, path: str, auth: tuple[str, str], deadline: float, headers: Mapping[str, str], more: Mapping[str, Any]
    ) -> requests.Response:
        left = max(deadline - time.monotonic(), 0.001)
        timeout = (min(CONNECT_S, left), left)
        return self._alive().request(
            method, self.base_url + path, auth=auth, headers=headers, timeout=timeout, allow_redirects=False, stream=True, **more
        )

    def _alive(self) -> requests.Session:
        now = time.monotonic()
        if now - self._last_used > IDLE_S:
            self._session.close()
        self._last_used = now
        return self._session

    def _known(self, account: str | None) -> str:
        if account is None or not sids.ACCOUNT.fullmatch(account) or not self._accounts.get(account):
            raise PermanentError(NO_ACCOUNT)
        return account


def load() -> None:
    """Import what the SDK leaves for its first request: a process that is forked afterwards has it. Connects nowhere."""
    Client("nobody", "no token").messages  # noqa: B018 - the SDK imports as it is looked at


def refusal(answer: requests.Response, deadline: float, *, is_act: bool) -> StepError:
    """The error that stands for an answer that is no success; its body is read for Twilio's own code, which all of their shapes carry."""
    code = (_object(_text(answer, deadline, is_act=is_act)) or {}).get("code")
    return errors.of_answer(answer.status_code, code if isinstance(code, int) else None, answer.headers, is_act=is_act)


def _text(answer: requests.Response, deadline: float, *, is_act: bool) -> str:
    return read(answer, MAX_ANSWER_BYTES, errors.unreadable(is_act=is_act), deadline).decode(errors="replace")


def _object(text: str) -> dict[str, Any] | None:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None
