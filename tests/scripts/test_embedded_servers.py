"""The embedded PostgreSQL and Redis start, keep their data, and leave nothing behind."""

import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import psutil
import psycopg2
import pytest
import redis

from scripts.stack import leftovers, places, postgres, redis_server
from scripts.stack.errors import StackError

START_AND_WAIT = """
import sys, time
from pathlib import Path
from scripts.stack import places, postgres, redis_server
here = places.of(Path(sys.argv[1]))
print(postgres.start(here).process.pid, redis_server.start(here).process.pid, flush=True)
time.sleep(60)
"""


def _ask(url: str, statement: str) -> object:
    connection = psycopg2.connect(url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone() if cursor.description else None
    finally:
        connection.close()


def test_postgres_keeps_its_data_and_leaves_no_process(here: places.Places) -> None:
    first = postgres.start(here)
    _ask(first.url, "CREATE TABLE kept AS SELECT 1 AS figure")
    first.stop()
    second = postgres.start(here)
    try:
        assert _ask(second.url, "SELECT figure FROM kept") == (1,)
        assert second.process.pid == int((here.postgres / "postmaster.pid").read_text().split()[0])
    finally:
        second.stop()
    assert not psutil.pid_exists(first.process.pid)
    assert not psutil.pid_exists(second.process.pid)


def test_postgres_log_keeps_no_word_of_a_slow_statement(here: places.Places) -> None:
    server = postgres.start(here)
    connection = psycopg2.connect(server.url)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(1.1), %s", ("canary: my number is +14155550142",))
            cursor.execute("SHOW log_min_duration_statement")
            assert cursor.fetchone() == ("-1",)
    finally:
        connection.close()
        server.stop()
    assert "canary" not in (here.logs / "postgres.log").read_text()


def test_postgres_starts_where_the_folder_is_too_deep_for_a_socket(tmp_path: Path) -> None:
    deep = places.of(tmp_path / ("a folder with spaces " * 4) / ("d" * 90))
    deep.make()
    with ExitStack() as cleanup:
        cleanup.callback(deep.remove)
        server = postgres.start(deep)
        cleanup.callback(server.stop)
        assert len(os.fsencode(deep.socket)) <= places.SOCKET_PATH_MAX_BYTES
        assert _ask(server.url, "SELECT 1") == (1,)
    assert not deep.short.exists()


def test_redis_keeps_its_data_refuses_strangers_and_never_evicts(here: places.Places) -> None:
    first = redis_server.start(here)
    with redis.Redis.from_url(first.url) as client:
        client.set("kept", "1")
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("bind") == {"bind": "127.0.0.1"}
    with redis.Redis(port=client.connection_pool.connection_kwargs["port"]) as stranger, pytest.raises(redis.AuthenticationError):
        stranger.get("kept")
    first.stop()
    second = redis_server.start(here)
    with redis.Redis.from_url(second.url) as client:
        assert client.get("kept") == b"1"
    second.stop()


def test_redis_starts_again_where_it_was_with_its_data(here: places.Places) -> None:
    first = redis_server.start(here)
    with redis.Redis.from_url(first.url) as client:
        client.set("kept", "1")
    first.stop()
    second = redis_server.start(here, first.url)
    with redis.Redis.from_url(first.url) as client:
        assert client.get("kept") == b"1"
    second.stop()
    assert second.url == first.url


def test_servers_of_a_killed_stack_are_ended_by_the_next(here: places.Places) -> None:
    command = [sys.executable, "-c", START_AND_WAIT, str(here.run)]
    with subprocess.Popen(command, cwd=places.ROOT, stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout is not None
        pids = [int(pid) for pid in killed.stdout.readline().split()]
        killed.send_signal(signal.SIGKILL)
    assert leftovers.end(here) == ["postgres", "redis"]
    assert [pid for pid in pids if _is_working(pid)] == []
    server = postgres.start(here)
    server.stop()


def _is_working(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE  # where nobody collects orphans they stay as zombies
    except psutil.NoSuchProcess:
        return False


def test_a_missing_redis_says_how_to_install_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_server, "find_spec", lambda _: None)
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(StackError, match="apt-get install redis-server"):
        redis_server.program()


def test_a_redis_on_path_stands_in_for_the_bundled_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "redis-server").write_text("#!/bin/sh\n")
    (tmp_path / "redis-server").chmod(0o755)
    monkeypatch.setattr(redis_server, "find_spec", lambda _: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert redis_server.program() == str(tmp_path / "redis-server")
