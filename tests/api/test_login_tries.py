"""How often one may try to log in: by name, and for all who never got in from where they are; nobody else is kept out by that."""

import os
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from redis import Redis
from werkzeug.test import TestResponse

import settings
from api import limits, logins
from db import passwords
from tests.support import chain
from tests.support.people import PASSWORD

pytestmark = pytest.mark.usefixtures("fresh_limits")


def _log_in(client: FlaskClient, origin: str = "198.51.100.7", **other: str) -> TestResponse:
    asked = {"organization": "test", "login": "ada@example.com", "password": PASSWORD} | other
    return client.post("/auth/token", json=asked, headers={"X-Forwarded-For": origin})


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three tries, none of which costs anything."""
    monkeypatch.setattr(limits, "LOGINS_A_MINUTE", 3)
    monkeypatch.setattr(passwords, "matches", lambda *_: False)


@pytest.mark.usefixtures("few")
def test_trying_passwords_is_slowed_down_for_a_login_that_nobody_has_too(client: FlaskClient, ada: UUID) -> None:
    for login in ("ada@example.com", "nobody"):
        answers = [_log_in(client, login=login, password="guess").status_code for _ in range(4)]
        assert answers == [401, 401, 401, 429]
    answer = _log_in(client)
    assert (answer.status_code, answer.get_json()["code"]) == (429, "too_many_requests")
    assert 1 <= int(answer.headers["Retry-After"]) <= 60


@pytest.mark.usefixtures("few")
def test_passwords_are_slowed_down_without_redis_too(client: FlaskClient, ada: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    settings.current.cache_clear()
    limits.forget()
    try:
        answers = [_log_in(client, password="guess").status_code for _ in range(4)]
    finally:
        monkeypatch.undo()
        settings.current.cache_clear()
        limits.forget()
    assert answers == [401, 401, 401, 429]


def test_one_password_is_checked_at_a_time_and_nobody_waits_for_it(client: FlaskClient, ada: UUID) -> None:
    _log_in(client)
    with logins._one, chain.within(0, 1):
        answer = _log_in(client)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    assert _log_in(client).status_code == 200


@pytest.fixture(params=["redis", "this process"])
def three_strangers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Three tries for all strangers together, counted by Redis or, while it is away, here."""
    monkeypatch.setattr(limits, "STRANGERS_A_MINUTE", 3)
    if request.param != "redis":
        monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    settings.current.cache_clear()
    limits.forget()
    yield
    monkeypatch.undo()
    settings.current.cache_clear()
    limits.forget()


@pytest.mark.usefixtures("three_strangers", "ada")
def test_whoever_tries_many_names_is_stopped_and_keeps_out_nobody_who_got_in_before(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _log_in(client).status_code == 200
    checked, plain = [], passwords.matches

    def matches(kept: str | None, password: str) -> bool:
        checked.append(kept)
        return plain(kept, password)

    monkeypatch.setattr(passwords, "matches", matches)
    rotating = [_log_in(client, "203.0.113.9", login=f"name-{number}") for number in range(4)]
    assert [answer.status_code for answer in rotating] == [401, 401, 429, 429]
    assert len(checked) == 2, "whom the limit refuses costs nothing"
    assert 1 <= int(rotating[-1].headers["Retry-After"]) <= 60
    assert [_log_in(client).status_code for _ in range(2)] == [200, 200], "she was here before"
    assert _log_in(client, "203.0.113.9, 198.51.100.7").status_code == 200, "only the last address is the router's word"


@pytest.mark.usefixtures("three_strangers", "ada")
def test_a_name_is_known_only_where_it_got_in(client: FlaskClient) -> None:
    assert _log_in(client).status_code == 200
    tried = [("203.0.113.9", "ada@example.com"), ("198.51.100.7", "ben"), ("198.51.100.7, 203.0.113.9", "ada@example.com")]
    answers = [_log_in(client, origin, login=login, password="guess").status_code for origin, login in tried]
    assert answers == [401, 401, 429], "nobody learns from elsewhere that there is an ada"


def test_a_name_that_is_refused_takes_nothing_of_the_strangers(client: FlaskClient, ada: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LOGINS_A_MINUTE", 2)
    monkeypatch.setattr(limits, "STRANGERS_A_MINUTE", 3)
    monkeypatch.setattr(passwords, "matches", lambda *_: False)
    assert [_log_in(client, password="guess").status_code for _ in range(5)] == [401, 401, 429, 429, 429]
    assert _log_in(client, login="ben").status_code == 401


@pytest.mark.usefixtures("ada")
def test_redis_holds_neither_names_nor_addresses_of_those_who_got_in(client: FlaskClient) -> None:
    assert _log_in(client).status_code == 200
    redis: Any = Redis.from_url(os.environ["REDIS_URL"])
    [known] = redis.keys("*known*")
    assert not any(said in str(known) for said in ("ada", "198.51.100.7"))
    assert 0 < redis.ttl(known) <= limits.KNOWN_S
