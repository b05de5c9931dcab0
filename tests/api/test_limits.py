"""How often one may ask: counted for each key and person by plan; without Redis everybody is served, and a figure says so."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry
from redis.exceptions import ConnectionError as RedisGone

import settings
from api import limits
from db import api_keys
from db.tables.organizations import OrganizationRow
from observability import access_figures
from tests.support import database


@pytest.fixture
def limited(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Say how many a minute each plan has, and other settings."""

    def apply(free: int = 3, **others: str) -> None:
        monkeypatch.setenv("RATE_LIMITS", f'{{"free": {free}, "gold": {free + 2}}}')
        for name, value in others.items():
            monkeypatch.setenv(name, value)
        # a machine that stands still is not a Redis that is away
        monkeypatch.setattr(limits, "TIMEOUT_S", 0.05 if others else 30.0)
        settings.current.cache_clear()
        limits.forget()

    yield apply
    monkeypatch.undo()
    settings.current.cache_clear()
    limits.forget()


def _headers(organization: OrganizationRow) -> dict[str, str]:
    return {"Authorization": f"Bearer {api_keys.create(organization.id, 'k')[1]}"}


def _uncounted() -> float:
    registry = CollectorRegistry()
    access_figures.register(registry)
    return registry.get_sample_value("hookline_rate_limit_unavailable_total") or 0.0


def test_one_request_too_many_is_refused_and_told_when_to_come_again(
    client: FlaskClient, organization: OrganizationRow, limited: Callable[..., None]
) -> None:
    limited(3)
    headers = _headers(organization)
    answers = [client.get("/v1/transcripts", headers=headers) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert {answer.headers["RateLimit-Limit"] for answer in answers} == {"3"}
    last = answers[-1]
    assert set(last.get_json()) == {"detail", "code", "trace_id"}
    assert last.get_json()["code"] == "too_many_requests"
    assert last.headers["Retry-After"] == last.headers["RateLimit-Reset"]
    assert 1 <= int(last.headers["Retry-After"]) <= 60


def test_each_key_is_counted_by_itself_and_by_its_plan(
    client: FlaskClient, organization: OrganizationRow, limited: Callable[..., None]
) -> None:
    limited(1)
    one, other = _headers(organization), _headers(organization)
    assert [client.get("/v1/usage", headers=headers).status_code for headers in (one, other, one)] == [200, 200, 429]
    with database.connected(os.environ["DATABASE_URL"]) as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE organizations SET plan = 'gold'")
    third = _headers(organization)
    assert [client.get("/v1/usage", headers=third).status_code for _ in range(4)] == [200, 200, 200, 429]


def test_probes_and_vendors_are_never_counted(client: FlaskClient, limited: Callable[..., None]) -> None:
    limited(1)
    for path, status in (("/health", 200), ("/ready", 200)):
        answers = [client.get(path) for _ in range(3)]
        assert {answer.status_code for answer in answers} == {status}
        assert all("RateLimit-Limit" not in answer.headers for answer in answers)
    assert {client.post("/webhooks/twilio/sms").status_code for _ in range(3)} == {403}


def test_without_redis_everybody_is_served_and_it_is_asked_once_in_a_while(
    client: FlaskClient, organization: OrganizationRow, limited: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(1, REDIS_URL="redis://127.0.0.1:1/0")
    monkeypatch.setattr(limits, "AWAY_S", 3_600.0)
    asked, plain = [], limits._hit

    def noted(*name: Any) -> limits.Standing:
        asked.append(name)
        return plain(*name)

    monkeypatch.setattr(limits, "_hit", noted)
    headers, before = _headers(organization), _uncounted()
    answers = [client.get("/v1/usage", headers=headers) for _ in range(5)]
    assert {answer.status_code for answer in answers} == {200}
    assert all("RateLimit-Limit" not in answer.headers for answer in answers)
    assert _uncounted() == before + 5
    assert len(asked) == 1, "nobody else waits for it"


def test_redis_counts_again_when_it_is_back(
    client: FlaskClient, organization: OrganizationRow, limited: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(1)
    monkeypatch.setattr(limits, "AWAY_S", 0.0)
    headers, plain = _headers(organization), limits._hit

    def gone(*_: object) -> limits.Standing:
        raise RedisGone

    monkeypatch.setattr(limits, "_hit", gone)
    assert [client.get("/v1/usage", headers=headers).status_code for _ in range(2)] == [200, 200]
    monkeypatch.setattr(limits, "_hit", plain)
    assert [client.get("/v1/usage", headers=headers).status_code for _ in range(2)] == [200, 429]


def test_a_redis_that_hangs_is_waited_for_no_longer_than_is_said(limited: Callable[..., None]) -> None:
    limited(1, REDIS_URL=os.environ["REDIS_URL"])
    options = limits._redis().storage.storage.connection_pool.connection_kwargs  # type: ignore[attr-defined]  # the library's own
    assert (options["socket_timeout"], options["socket_connect_timeout"]) == (0.05, 0.05)
    assert options["retry"].get_retries() == 0
