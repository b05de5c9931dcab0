"""Whoever is on the line, or in danger, stands behind no recording and no batch of messages: not in a queue, and not at a busy worker."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest

from benchmarks.harness.processes import Process
from benchmarks.harness.product import READY_WORKER
from db.tables.organizations import OrganizationRow
from domain.deliveries import Stored
from domain.telephony.call_flow import HandOver
from scripts import twin as twins
from scripts.stack import ports
from scripts.twin.config import Config
from tasks import app, broker, dispatch
from tests.support import calling, chain, processes
from tests.support.factories import ConversationFactory, EffectFactory
from tests.support.processes import until
from tests.support.signing import ACCOUNT_SID, AUTH_TOKEN, PUBLIC_BASE_URL
from tests.support.stored import row, rows

RECORDINGS, MESSAGES = 12, 12
ON_CALL = "+15005550111"
DEPTH = "4"
# the Procfile's `celery`, where a recording takes as long as there is a file
SLOW = f"""#!{sys.executable}
import os
import time

import tasks.step
from celery.__main__ import main

load = tasks.step.load

def slowly(claim):
    run = load(claim)
    while run.source == "twilio_recording" and os.path.exists({{held!r}}):
        time.sleep(0.05)
    return run

tasks.step.load = slowly
main()
"""


class Held:
    """Recordings take for ever, until they are let go."""

    def __init__(self, folder: Path) -> None:
        """From now on."""
        self._file = folder / "held"
        self._file.touch()
        self.folder = folder
        command = folder / "bin" / "celery"
        command.parent.mkdir()
        command.write_text(SLOW.format(held=str(self._file)), encoding="utf-8")
        command.chmod(0o755)

    def let_go(self) -> None:
        """They end."""
        self._file.unlink()


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Held]:
    """Whatever happens, nothing is held in the end."""
    holding = Held(tmp_path)
    yield holding
    (tmp_path / "held").unlink(missing_ok=True)


@contextmanager
def _working(held: Held, name: str, concurrency: int) -> Iterator[Process]:
    """A process of the Procfile that may be kept busy by recordings."""
    path = os.pathsep.join([str(held.folder / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]])
    # calls for help are sent whatever SEND_SMS says
    vendors = Config({ACCOUNT_SID: AUTH_TOKEN}, routes={PUBLIC_BASE_URL: f"http://127.0.0.1:{ports.free()}"})
    own = {"WORKER_CONCURRENCY": str(concurrency), "LIVE_CONCURRENCY": str(concurrency), "BROKER_QUEUE_DEPTH": DEPTH}
    with (
        twins.running(vendors) as twin,
        processes.running(name, held.folder, processes.ROOT, "", PATH=path, TWILIO_BASE_URL=twin.url, **own) as process,
    ):
        process.ready(READY_WORKER, timeout_s=processes.READY_WITHIN_S)
        yield process
        process.kill_group()


def _flood(organization: UUID, *, is_busy_with: int) -> None:
    """More recordings than the worker has children and its queue has room, and a batch of messages."""
    for number in range(RECORDINGS):
        dispatch.announce(chain.store_recording(organization, f"RE{number}"), "trace")
    for number in range(MESSAGES):
        thread = ConversationFactory.create(organization_id=organization, provider_ref=f"thread {number}")
        EffectFactory.create(organization_id=organization, conversation_id=thread.id)
    until(lambda: len(rows("SELECT id FROM runs WHERE lease_until > clock_timestamp()")) == is_busy_with, "the worker is busy")


def _called(organization: UUID, *, is_rung_for: bool) -> tuple[Stored, Stored]:
    """Somebody asks something in a call, and somebody else is in danger; the front's bell is heard, or gets lost."""
    asks, _ = calling.store_turn(organization)
    danger, _ = calling.store_turn(organization, to=HandOver("chest_pain", ON_CALL, is_emergency=True))
    assert danger.effect_id
    for stored in (asks, danger) if is_rung_for else ():
        dispatch.announce(stored, "trace")
    return asks, danger


def _is_done(run_id: UUID | None) -> bool:
    return row("SELECT state FROM runs WHERE id = %s", str(run_id)) == {"state": "done"}


def _is_called(effect_id: UUID | None) -> bool:
    return row("SELECT state FROM effects WHERE id = %s", str(effect_id)) == {"state": "sent"}


def _begun() -> int:
    """How many recordings anybody has begun with."""
    found = row(
        "SELECT count(*) AS n FROM run_steps AS s JOIN runs AS r ON r.id = s.run_id JOIN transcripts AS t ON t.id = r.transcript_id"
        " WHERE t.source = 'twilio_recording'"
    )
    return int(found["n"])


@pytest.mark.parametrize("bell", ["rung by the front", "lost, and rung by the sweeper"])
def test_recordings_and_messages_keep_neither_a_caller_nor_a_call_for_help_waiting(
    organization: OrganizationRow, held: Held, bell: str
) -> None:
    rows("UPDATE organizations SET settings = settings || jsonb_build_object('on_call', CAST(%s AS text)) RETURNING id", ON_CALL)
    with _working(held, "worker", concurrency=2), _working(held, "live", concurrency=1):
        _flood(organization.id, is_busy_with=2)
        asks, danger = _called(organization.id, is_rung_for=bell == "rung by the front")

        until(lambda: _is_called(danger.effect_id), "whoever is on call is told")
        until(lambda: _is_done(asks.run_id), "the caller's turn is worked off")
        until(lambda: row("SELECT attempts FROM effects WHERE run_id = %s", str(asks.run_id))["attempts"], "the reply is on its way")
        assert _begun() == 2, "all the while the worker is at its first recordings"
        assert len(rows("SELECT id FROM effects WHERE kind = 'sms' AND state = 'pending'")) == MESSAGES
        held.let_go()
        until(lambda: _begun() == RECORDINGS, "the recordings have their turn")
        until(lambda: not rows("SELECT id FROM effects WHERE kind = 'sms' AND state <> 'sent'"), "so have the messages")


def test_where_one_worker_does_everything_it_takes_callers_before_what_came_first(organization: OrganizationRow, held: Held) -> None:
    """Without the process `live` nothing stands still: a caller waits for a child, never for the queue."""
    rows("UPDATE organizations SET settings = settings || jsonb_build_object('on_call', CAST(%s AS text)) RETURNING id", ON_CALL)
    with _working(held, "worker", concurrency=1):
        _flood(organization.id, is_busy_with=1)
        asks, danger = _called(organization.id, is_rung_for=True)
        waiting = "SELECT id FROM runs WHERE lane = 'urgent' AND state = 'ready'"
        assert len(rows(waiting)) == 2
        until(lambda: _rung() >= 3, "the bells have arrived")
        held.let_go()

        until(lambda: _is_called(danger.effect_id) and _is_done(asks.run_id), "both are done")
        began = rows(
            "SELECT s.started_at FROM run_steps AS s JOIN runs AS r ON r.id = s.run_id JOIN transcripts AS t ON t.id = r.transcript_id"
            " WHERE t.source = 'twilio_recording' AND s.started_at < (SELECT finished_at FROM runs WHERE id = %s)",
            str(asks.run_id),
        )
        assert len(began) == 1, "only the recording that it was at"
        until(lambda: _begun() == RECORDINGS, "the recordings have their turn")


def _rung() -> int:
    with app.connection_for_write() as connection:
        return sum(broker.queue_depth(connection, queue) for queue in ("live", "deliver_now"))
