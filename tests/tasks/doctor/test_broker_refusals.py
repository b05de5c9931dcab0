"""A Redis that refuses is told by what it says, with what mends just that."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import redis

import settings
from domain.diagnosis.repairs import command_in
from tasks.doctor import broker as room


@contextmanager
def _told(name: str, value: int) -> Iterator["redis.Redis"]:
    """Redis with another setting, and a connection from before."""
    with redis.Redis.from_url(settings.current().broker_url) as client:
        before = client.config_get(name)[name]
        client.config_set(name, value)
        yield client
        client.config_set(name, before)


@pytest.mark.usefixtures("broker")
def test_one_that_lacks_replicas_says_so_and_the_command_lets_it_go_on() -> None:
    with _told("min-replicas-to-write", 1):
        found = room.trouble()
    assert found
    assert found.code == "broker_lacks_replicas"
    assert (command_in(found.fix or "") or "").endswith(".config_set('min-replicas-to-write', 0)\"")


@pytest.mark.usefixtures("broker")
def test_one_that_takes_no_further_client_is_not_sought_elsewhere() -> None:
    with _told("maxclients", 1):
        found = room.trouble()
    assert found
    assert found.code == "broker_out_of_clients"
    assert "REDIS_URL" not in (found.fix or "")
    assert room.trouble() is None


@pytest.mark.usefixtures("broker")
def test_one_whose_user_may_not_write_says_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    with redis.Redis.from_url(settings.current().broker_url) as client:
        client.execute_command("ACL", "SETUSER", "reader", "on", ">word", "~*", "+@read", "+@connection", "+info", "+config|get")
        try:
            parts = client.connection_pool.connection_kwargs
            url = f"redis://reader:word@{parts['host']}:{parts['port']}/{parts.get('db', 0)}"
            monkeypatch.setenv("REDIS_URL", url)
            settings.current.cache_clear()
            found = room.trouble()
        finally:
            monkeypatch.undo()
            settings.current.cache_clear()
            client.execute_command("ACL", "DELUSER", "reader")
    assert found
    assert found.code == "broker_refuses_writes"
    assert "permissions" in found.evidence[0]
