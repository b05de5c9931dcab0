"""Drills: vendors that do not answer, callbacks that do not come, calls for help that do not leave, a broker that is full or gone."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from click.testing import CliRunner
from redis.exceptions import OutOfMemoryError

from db import dismissals
from db.tables.organizations import OrganizationRow
from domain.errors import NoAnswerError
from domain.vendors import OPENS_AFTER
from scripts.stack import places, redis_server
from tasks import app
from tasks.commands.setup import setup
from tests.support.alerts import Alerts
from tests.support.factories import EffectFactory
from tests.support.fake_vendors import raising
from tests.support.recording_house import RecordingHouse
from tests.support.stored import rows
from tests.support.vendor_state import pause_over

CHUNK = b"x" * 100_000


@pytest.fixture
def house(organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch) -> RecordingHouse:
    """A recorded call that nobody has transcribed."""
    return RecordingHouse(organization, monkeypatch)


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[redis_server.Redis]:
    """A Redis that may be harmed."""
    here = places.of(tmp_path / "broker")
    here.make()
    server = redis_server.start(here)
    before = app.conf.broker_url
    app.conf.update(broker_url=server.url)
    yield server
    app.conf.update(broker_url=before)
    server.stop()
    here.remove()


def _fill(client: "redis.Redis") -> None:
    for number in range(1_000):
        client.set(f"filling-{number}", CHUNK)


def test_callbacks_that_do_not_come(alerts: Alerts, house: RecordingHouse) -> None:
    assert house.work() == "waiting for deepgram"
    assert alerts.are_quiet("HooklineCallbackDebt"), "it is waited for, and in time"
    house.overdue()
    assert alerts.fire("HooklineCallbackDebt")
    assert house.work() == "waiting for deepgram"
    assert alerts.fire("HooklineCallbackDebt"), "submitted once more, it is still owed"
    house.words(2)
    assert house.work() == "done"
    assert alerts.are_quiet("HooklineCallbackDebt")


def test_a_vendor_that_does_not_answer_and_comes_back(alerts: Alerts, house: RecordingHouse) -> None:
    assert alerts.are_quiet("HooklineCircuitOpen")
    house.transcriber.acts = [raising(NoAnswerError("deepgram:connection_lost"))] * OPENS_AFTER
    for _ in range(OPENS_AFTER):
        house.work()
        house.overdue()
        house.overdue()
    fired = alerts.found("HooklineCircuitOpen")["HooklineCircuitOpen"]
    assert [dict(labels)["vendor"] for labels in fired] == ["deepgram"]
    pause_over()
    assert alerts.fire("HooklineCircuitOpen"), "nobody knows yet that it is back"
    assert CliRunner().invoke(setup).exit_code == 0, "the setup command asks every vendor again at once"
    assert alerts.are_quiet("HooklineCircuitOpen")


def test_a_call_for_help_that_does_not_leave(alerts: Alerts, organization: OrganizationRow) -> None:
    name = "HooklineCallForHelpNotSent"
    EffectFactory.create(organization_id=organization.id, kind="sms", state="failed")
    tried = EffectFactory.create(organization_id=organization.id, kind="escalation", state="pending")
    assert alerts.are_quiet(name), "a reply is no call for help, and one is just being made"
    rows("UPDATE effects SET created_at = created_at - interval '3 minutes' WHERE id = %s RETURNING id", str(tried.id))
    assert alerts.fire(name)
    rows(
        "UPDATE effects SET state = 'failed', last_error = 'twilio:21211', finished_at = clock_timestamp() WHERE id = %s RETURNING id",
        str(tried.id),
    )
    assert alerts.fire(name)
    dismissals.dismiss(organization.id, tried.id, "somebody who went there")
    assert alerts.are_quiet(name)


def test_a_broker_that_is_full_and_is_emptied(alerts: Alerts, own_broker: redis_server.Redis) -> None:
    with redis.Redis.from_url(own_broker.url, socket_timeout=10) as client:
        client.config_set("maxmemory", int(client.info("memory")["used_memory"]) + 100 * len(CHUNK))
        assert alerts.are_quiet("HooklineBrokerFull", "HooklineBrokerAway")
        with pytest.raises(OutOfMemoryError):
            _fill(client)
        assert alerts.fire("HooklineBrokerFull")
        client.flushall()
        assert alerts.are_quiet("HooklineBrokerFull")


def test_a_broker_that_is_gone(alerts: Alerts, own_broker: redis_server.Redis) -> None:
    assert alerts.are_quiet("HooklineBrokerAway")
    own_broker.process.kill()
    own_broker.process.wait()
    assert alerts.fire("HooklineBrokerAway")
    app.conf.update(broker_url=os.environ["REDIS_URL"])
    assert alerts.are_quiet("HooklineBrokerAway"), "another one stands in its place"
