"""A message that nobody of ours has sent ends no worker and holds nobody up; what stands in it gets into no log."""

import json
from pathlib import Path
from typing import Any

import pytest
from kombu.connection import Connection
from kombu.entity import Queue
from kombu.message import Message
from kombu.messaging import Consumer
from redis import Redis

import settings
from scripts.stack import redis_server
from tasks import app
from tests.support import processes
from tests.support.processes import until
from tests.support.stored import rows

SLOTS = 2
CANARY = "canary"
GOOD = {"body": "[[], {}, {}]", "content-type": "application/json", "content-encoding": "utf-8", "headers": {}}


def _message(headers: Any, tag: Any = "tag", **other: Any) -> bytes:
    properties = {"delivery_tag": tag, "delivery_info": {"exchange": "", "routing_key": "records"}}
    return json.dumps(GOOD | {"headers": headers, "properties": properties} | other).encode()


UNREADABLE = {
    "no JSON": f"LPUSH {CANARY}".encode(),
    "no text": b"\xff\xfe" + CANARY.encode(),
    "a number": b"42",
    "nothing": b"null",
    "a list": json.dumps([CANARY]).encode(),
    "no properties": json.dumps({"body": CANARY}).encode(),
    "no tag": json.dumps({"properties": {CANARY: 1}}).encode(),
    "a tag that is none": _message({}, {CANARY: 1}),
    "no base64": _message({}, body=f"{CANARY}é", properties={"delivery_tag": "tag", "body_encoding": "base64"}),
    "a type of nobody": json.dumps({"__type__": [CANARY], "__value__": 1}).encode(),
    "too deep": b"[" * 100_000,
}


@pytest.mark.parametrize("garbage", UNREADABLE.values(), ids=list(UNREADABLE))
def test_what_cannot_be_read_is_dropped_and_the_next_one_is_taken(
    server: redis_server.Redis, garbage: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    taken: list[Message] = []
    with Connection(server.url) as connection, Redis.from_url(server.url) as client:
        channel = connection.channel()
        consumer = Consumer(channel, [Queue("work")], on_message=taken.append, accept=["json"])
        consumer.qos(prefetch_count=SLOTS)
        consumer.consume()
        client.lpush("work", garbage)
        client.lpush("work", _message({}))
        while not taken:
            connection.drain_events(timeout=5)
        taken[0].ack()
        assert channel.qos.can_consume_max_estimate() == SLOTS
        assert not client.exists("unacked", "unacked_index")
    out = capsys.readouterr().out
    assert out.count("message_dropped") == 1
    assert '"queue":"work"' in out
    assert CANARY not in out


TASK = {"id": "1", "task": "plant.check", "lang": "py", "argsrepr": "", "kwargsrepr": "", "root_id": "1", "parent_id": None, "group": None}
ELSEWHERE = {"delivery_tag": "tag", "delivery_info": {"exchange": "", "routing_key": CANARY}}
NOT_UNDERSTOOD = {
    "no headers": _message(None),
    "a queue of nobody": _message({"task": CANARY}, properties=ELSEWHERE),
    "headers that are a list": _message([CANARY]),
    "a task of nobody": _message(TASK | {"task": f"{CANARY}.run"}),
    "a task that is a list": _message(TASK | {"task": [CANARY]}),
    "no id": _message({"task": "plant.check", CANARY: 1}),
    "an id that is a list": _message(TASK | {"id": [CANARY]}),
    "a body that is none": _message(TASK, body=CANARY),
    "a content type of nobody": _message(TASK, **{"content-type": CANARY}),
    "a serializer that runs what is written": _message(TASK, body=CANARY, **{"content-type": "application/x-python-serialize"}),
    "a time that is none": _message(TASK | {"eta": CANARY}),
    "limits that are none": _message(TASK | {"timelimit": CANARY}),
}


def test_a_worker_that_gets_all_of_it_goes_on_and_nothing_comes_back(tmp_path: Path, broker: Connection) -> None:
    """What ends a worker once it was taken would be handed out again, and end the next one."""
    garbage = [*UNREADABLE.values(), *NOT_UNDERSTOOD.values()]
    with processes.worker(tmp_path) as process, Redis.from_url(settings.current().broker_url) as client:
        for number, each in enumerate(garbage):
            client.lpush("records", each.replace(b'"tag"', f'"tag {number}"'.encode()))
        app.send_task("plant.check", connection=broker)
        until(lambda: rows("SELECT name FROM periodic_tasks WHERE name = 'plant.check'") or not process.is_alive(), "the next one is done")
        until(lambda: not client.exists("records", "unacked", "unacked_index") or not process.is_alive(), "nothing is left")
        assert process.is_alive()
        assert process.said("message_dropped") == len(garbage)
        assert not process.said(CANARY)
