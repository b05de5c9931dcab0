"""A broker that hangs between a task's end and its ack costs no worker its prefetch slots."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from kombu.connection import Connection
from kombu.entity import Queue
from kombu.exceptions import OperationalError
from kombu.message import Message
from kombu.messaging import Consumer
from redis import Redis

from scripts.stack import redis_server
from tasks import broker
from tasks.reasons import named
from tests.architecture.source import ROOT

SLOTS = 2
SOCKET_TIMEOUT_S = 0.3


@contextmanager
def _hung(server: redis_server.Redis) -> Iterator[None]:
    os.kill(server.process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server.process.pid, signal.SIGCONT)


def _consume(connection: Connection, taken: list[Message]) -> Any:
    channel = connection.channel()
    consumer = Consumer(channel, [Queue("work")], on_message=taken.append, accept=["json"])
    consumer.qos(prefetch_count=SLOTS)
    consumer.consume()
    return channel


@pytest.mark.parametrize("end", [Message.ack, Message.reject, Message.requeue])
def test_a_broker_that_hangs_at_the_ack_costs_no_prefetch_slot(server: redis_server.Redis, end: Callable[[Message], None]) -> None:
    taken: list[Message] = []
    options = {"socket_timeout": SOCKET_TIMEOUT_S}
    with Connection(server.url, transport_options=options) as connection, Connection(server.url) as publisher:
        with publisher.SimpleQueue("work") as queue:
            for number in range(2 * SLOTS):
                queue.put(number)
        channel = _consume(connection, taken)
        while len(taken) < SLOTS:
            connection.drain_events(timeout=5)
        assert not channel.qos.can_consume()
        with _hung(server):
            for message in taken:
                with pytest.raises(broker.errors()):
                    end(message)
        assert channel.qos.can_consume_max_estimate() == SLOTS


@pytest.mark.parametrize("end", [Message.ack, Message.reject, Message.requeue])
def test_who_ends_a_task_after_its_connection_was_lost_is_told_so_and_not_of_a_bug(
    server: redis_server.Redis, end: Callable[[Message], None]
) -> None:
    """Celery survives whatever ``broker.errors()`` names; anything else ends the worker."""
    taken: list[Message] = []
    options = {"socket_timeout": SOCKET_TIMEOUT_S}
    with Connection(server.url, transport_options=options) as connection, Connection(server.url) as publisher:
        with publisher.SimpleQueue("work") as queue:
            queue.put(1)
        channel = _consume(connection, taken)
        while not taken:
            connection.drain_events(timeout=5)
        server.process.kill()
        server.process.wait()
        for _ in ("the connection is lost", "and the consumer has closed its channel"):
            with pytest.raises(broker.errors()):
                end(taken[0])
            channel.close()
        assert channel.closed


def test_a_full_redis_is_worked_empty(server: redis_server.Redis) -> None:
    """Taking a message must not need room: it is what makes room."""
    taken: list[Message] = []
    with Connection(server.url) as connection, Connection(server.url) as publisher, Redis.from_url(server.url) as client:
        with publisher.SimpleQueue("work") as queue:
            queue.put(1)
        channel = _consume(connection, taken)
        client.config_set("maxmemory", "1mb")
        while not taken:
            connection.drain_events(timeout=5)
        taken[0].ack()
        assert channel.qos.can_consume_max_estimate() == SLOTS
        assert client.llen("work") == 0


def test_a_redis_that_takes_no_writes_is_a_lost_connection(server: redis_server.Redis) -> None:
    """Only what is raised while it connects makes Celery wait before the next try."""
    with Connection(server.url) as connection, Redis.from_url(server.url) as client:
        client.replicaof("127.0.0.1", "1")
        with pytest.raises(OperationalError) as raised:
            connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0)
        assert named(raised.value).endswith("redis.exceptions.ConnectionError from redis.exceptions.ReadOnlyError")
        client.replicaof("NO", "ONE")
        assert connection.ensure_connection(max_retries=1).connected


@pytest.mark.parametrize("end", [Message.ack, Message.reject])
def test_who_ends_a_task_after_its_connection_was_closed_is_told_so(server: redis_server.Redis, end: Callable[[Message], None]) -> None:
    taken: list[Message] = []
    with Connection(server.url) as publisher, publisher.SimpleQueue("work") as queue:
        queue.put(1)
    connection = Connection(server.url)
    channel = _consume(connection, taken)
    while not taken:
        connection.drain_events(timeout=5)
    transport = connection.transport
    channel._disconnect_pools()
    transport.client = None
    with pytest.raises(broker.errors()):
        end(taken[0])
    assert channel.qos.can_consume_max_estimate() == SLOTS


def test_every_worker_process_has_it() -> None:
    script = """
from tasks import app
app.loader.import_default_modules()
with app.connection_for_read() as connection:
    print(type(connection.default_channel.qos).__module__)
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip().endswith("tasks.broker"), done.stderr[-2_000:]


def test_a_channel_makes_one_client_for_all_its_commands(server: redis_server.Redis) -> None:
    with Connection(server.url) as connection:
        channel = connection.default_channel
        with channel.conn_or_acquire() as first, channel.conn_or_acquire() as second:
            assert first is second
            assert second.ping()
        channel._disconnect_pools()
        with channel.conn_or_acquire() as third:
            assert third is not first
            assert third.ping()
