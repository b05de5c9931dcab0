"""A worker that runs with other keys than the rest is named, with the setting and what to do; and so is who met a vendor's last failure."""

import json
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from kombu.connection import Connection

from db.plant import standing
from db.tables.organizations import OrganizationRow
from domain.chain import Stage
from domain.diagnosis.finding import Finding, Weight
from tasks import sweeper
from tasks.commands.why import why
from tasks.doctor import promises, workers
from tests.support import processes
from tests.support.factories import RunFactory, now
from tests.support.plant_factories import VendorHealthFactory, WorkerFactory
from tests.support.processes import until
from tests.support.stored import row, rows

QUEUES = ["speech"]
KEY = "sk-right-0123456789abcdef"
REFUSED = "openai:invalid_key"


def _found() -> list[Finding]:
    return [finding for finding in workers.look() if finding.code == "settings_differ"]


def test_a_worker_with_another_key_is_named_and_the_key_is_not(broker: Connection, configured: Callable[..., None]) -> None:
    for name, key in {"worker@a/1": KEY, "live@a/2": KEY, "worker@b/3": "sk-wrong"}.items():
        configured(OPENAI_API_KEY=key)
        sweeper.sweep_once(broker, name, QUEUES)
    configured(OPENAI_API_KEY=KEY)
    [finding] = _found()
    assert finding.weight is Weight.WARNING
    assert finding.sentence.startswith("1 worker runs with another OPENAI_API_KEY than the others: worker@b/3;")
    assert finding.evidence == ("alike: live@a/2, worker@a/1 (and this command)", "alike: worker@b/3")
    assert (finding.fix or "").endswith("celery -A tasks setup")
    told = json.dumps([each["fingerprints"] for each in rows("SELECT fingerprints FROM workers")])
    assert KEY not in told
    assert len(told) < 3_000


def test_nobody_is_told_to_take_a_key_that_the_others_do_not_have(broker: Connection, configured: Callable[..., None]) -> None:
    for name, key in {"worker@a/1": "", "live@a/2": "", "worker@b/3": "sk-wrong"}.items():
        configured(OPENAI_API_KEY=key)
        sweeper.sweep_once(broker, name, QUEUES)
    configured(OPENAI_API_KEY="")
    assert [finding.code for finding in _found()] == ["settings_differ"]
    assert workers.odd_in("worker@b/3") == ()


def test_workers_alike_and_those_of_the_release_before_are_not_named(broker: Connection) -> None:
    for name in ("worker@a/1", "worker@b/2"):
        sweeper.sweep_once(broker, name, QUEUES)
    WorkerFactory.create(name="worker@c/3")
    assert _found() == []


def test_whoever_is_gone_is_not_compared(broker: Connection, configured: Callable[..., None]) -> None:
    sweeper.sweep_once(broker, "worker@a/1", QUEUES)
    configured(DEEPGRAM_MODEL="nova-2")
    sweeper.sweep_once(broker, "worker@b/2", QUEUES)
    [finding] = _found()
    assert finding.sentence.startswith("Workers disagree about DEEPGRAM_MODEL;")
    rows("UPDATE workers SET seen_at = seen_at - interval '1 minute' WHERE name = 'worker@a/1' RETURNING name")
    assert _found() == []


def test_the_worker_that_met_the_last_failure_is_named(tmp_path: Path) -> None:
    """A worker whose OpenAI is nowhere."""
    with ExitStack() as stack:
        process = stack.enter_context(processes.running("worker", tmp_path, OPENAI_API_KEY=KEY, OPENAI_BASE_URL="http://127.0.0.1:9"))
        stack.callback(process.kill_group)
        until(lambda: rows("SELECT name FROM workers WHERE fingerprints IS NOT NULL"), "a worker is there")
        RunFactory.create(stage=Stage.CLASSIFY_SPEAKERS)
        rows("UPDATE runs SET next_publish_at = clock_timestamp() RETURNING id")
        until(lambda: rows("SELECT vendor FROM vendor_health WHERE failures > 0"), "it has failed")
    name = row("SELECT name FROM workers")["name"]
    assert row("SELECT worker FROM vendor_health WHERE vendor = 'openai'")["worker"] == name
    assert [vendor.worker for vendor in standing.vendors()] == [name]


def test_doctor_says_who_met_what_opened_a_circuit() -> None:
    VendorHealthFactory.create(
        vendor="openai", failures=0, open_until=now() + timedelta(minutes=5), code="openai:invalid_key", worker="worker@b/3"
    )
    [finding] = [finding for finding in promises.look() if finding.code == "vendor_key_refused"]
    assert "the last to meet it was the worker worker@b/3" in finding.evidence


@pytest.mark.parametrize(
    ("met_by", "advice"),
    [
        ("worker@b/3", "give the worker worker@b/3, which met it, the OPENAI_API_KEY that the others run with"),
        ("worker@a/1", "set OPENAI_API_KEY to a key that it takes"),
    ],
    ids=["the odd one", "one of the others"],
)
def test_a_key_that_one_worker_alone_has_wrong_is_not_to_be_changed_everywhere(
    broker: Connection, configured: Callable[..., None], organization: OrganizationRow, met_by: str, advice: str
) -> None:
    for name, key in {"worker@a/1": KEY, "live@a/2": KEY, "worker@b/3": "sk-wrong"}.items():
        configured(OPENAI_API_KEY=key)
        sweeper.sweep_once(broker, name, QUEUES)
    pause = now() + timedelta(minutes=5)
    VendorHealthFactory.create(vendor="openai", failures=0, open_until=pause, code=REFUSED, worker=met_by)
    run = RunFactory.create(organization_id=organization.id, stage=Stage.CLASSIFY_SPEAKERS, last_error=REFUSED, not_before=pause)
    [refused] = [finding for finding in promises.look() if finding.code == "vendor_key_refused"]
    assert (refused.fix or "").startswith(advice)
    assert "set OPENAI_API_KEY to a key that it takes" in (refused.fix or "")
    asked = CliRunner().invoke(why, [str(run.id), "--org", "test", "--json"])
    told = json.loads(asked.output)
    assert told["code"] == "vendor_key_wrong", told
    assert told["fix"].lower().startswith(advice.lower())
    assert told["command"] == "celery -A tasks setup"
