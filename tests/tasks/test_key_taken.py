"""Something else stands where a queue should: the others go on, and whoever asks is told what it is and how to set it aside."""

import pytest
from kombu.connection import Connection
from redis import Redis

import settings
from domain.chain import Stage
from domain.diagnosis.finding import Weight
from domain.diagnosis.repairs import set_aside
from tasks import sweeper
from tasks.commands.examining import seen_broker
from tasks.dispatch import QUEUES
from tasks.doctor import broker as room
from tests.support import messages
from tests.support.factories import RunFactory
from tests.support.stored import rows


@pytest.fixture
def redis() -> Redis:
    """The broker, as somebody sees it who has nothing to do with us."""
    return Redis.from_url(settings.current().broker_url, decode_responses=True)


def test_the_other_queues_are_rung_for(broker: Connection, redis: Redis) -> None:
    """One key of another type ended each pass before anybody was rung for, whoever waited for help among them."""
    redis.set("language", "somebody else's")
    RunFactory.create(stage=Stage.CLASSIFY_SPEAKERS)
    RunFactory.create(stage=Stage.PERSIST)
    rows("UPDATE runs SET next_publish_at = clock_timestamp() - interval '1 second' RETURNING id")
    assert sweeper.sweep_once(broker, "worker@test", ["speech"]) == 1
    assert messages.names("records") == ["transcript.persist"]
    redis.delete("language")
    assert sweeper.sweep_once(broker, "worker@test", ["speech"]) == 1


@pytest.mark.usefixtures("broker")
@pytest.mark.parametrize("key", ["language", "unacked", "unacked_index"])
def test_it_is_named_with_what_sets_it_aside(redis: Redis, key: str) -> None:
    redis.set(key, "somebody else's")
    found = seen_broker().trouble
    assert found
    assert (found.code, found.weight) == ("broker_key_taken", Weight.BROKEN)
    assert f"The key {key!r} in Redis is a string" in found.sentence
    assert (found.fix or "").endswith(set_aside(key))
    redis.rename(key, f"{key}.set-aside")
    assert seen_broker().trouble is None


@pytest.mark.usefixtures("broker")
def test_what_is_ours_is_nobody_elses(redis: Redis) -> None:
    redis.lpush("language", "{}")
    redis.hset("unacked", "tag", "{}")
    redis.zadd("unacked_index", {"tag": 1.0})
    assert room.trouble() is None
    assert set(seen_broker().depths) == set(QUEUES)
