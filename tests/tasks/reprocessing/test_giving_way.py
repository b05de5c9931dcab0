"""Nothing is rung for a batch while live work waits, in whichever queue; what waits for a batch itself is no reason."""

import pytest
from kombu.connection import Connection
from redis import Redis

import settings
from domain.batches import LIVE_WAITING
from domain.chain import Stage
from tasks import sweeper
from tasks.dispatch import BATCH_QUEUE, QUEUES
from tests.support import messages
from tests.support.factories import RunFactory
from tests.support.stored import rows


def _due(**values: object) -> None:
    RunFactory.create(**values)
    rows("UPDATE runs SET next_publish_at = clock_timestamp() - interval '1 second' RETURNING id")


def _rung(broker: Connection) -> int:
    return sweeper.sweep_once(broker, "worker@test", ["batch"])


@pytest.mark.parametrize("queue", [queue for queue in QUEUES if queue != BATCH_QUEUE])
def test_nothing_is_rung_for_a_batch_while_live_work_waits(broker: Connection, queue: str) -> None:
    _due(purpose="reprocess")
    _due(stage=Stage.PERSIST)
    messages.fill(queue, LIVE_WAITING)
    assert _rung(broker) == 1, "the live one"
    assert messages.names(BATCH_QUEUE) == []
    with Redis.from_url(settings.current().broker_url) as client:
        client.lpop(queue, 2)
    assert _rung(broker) == 1
    assert messages.names(BATCH_QUEUE) == ["transcript.transcribe"]


def test_a_batch_that_waits_does_not_hold_itself_up(broker: Connection) -> None:
    _due(purpose="reprocess")
    messages.fill(BATCH_QUEUE, LIVE_WAITING)
    assert _rung(broker) == 1
