"""A house that asks the twin through the official SDKs: brings runs and effects to their end, whatever the vendors do on the way."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import UUID

import settings as product
from db.tables.organizations import OrganizationRow
from domain.chain import TASK_NAMES, Stage
from domain.deliveries import Stored
from domain.errors import StepFailed
from domain.organizations.organization import Organization
from domain.speech import CallEvidence, Channel, Utterance
from providers import registry
from scripts.twin import config
from scripts.twin.client import TwinClient
from scripts.twin.journal import Entry
from scripts.twin.sound import tone
from tasks import app
from tests.support import chain
from tests.support.stored import row, rows

# the twin's own delays are divided by it
SPEED = 100
ROUNDS = 60
CALLBACK_COMES_WITHIN_S = 30.0
# what the front did with a callback is seen as soon as the twin has its answer, if it is to be seen at all
SEEN_WITHIN_S = 0.4
ENDED = {"done", "dead"}
SETTLED = {"sent", "failed", "unknown", "superseded", "suppressed"}
PORTS: tuple[Callable[..., Any], ...] = (
    registry.recordings, registry.history, registry.transcriber, registry.classifier, registry.reply_writer, registry._language_model,
    registry.classifier_as, registry.reply_writer_as, registry._twilio_messenger, registry.realtime_host,
)  # fmt: skip


def forget_ports() -> None:
    """The next port that is asked for is built anew, by the settings of then."""
    for port in PORTS:
        port.cache_clear()  # type: ignore[attr-defined]  # functools.cache's


def settings(twin: TwinClient) -> dict[str, object]:
    """What makes the product talk to a twin."""
    return {
        "TWILIO_BASE_URL": twin.url,
        "DEEPGRAM_BASE_URL": twin.url,
        "OPENAI_BASE_URL": twin.openai_url,
        "DEEPGRAM_API_KEY": config.DEEPGRAM_KEY,
        "DEEPGRAM_PROJECT_ID": config.PROJECT_ID,
        "OPENAI_API_KEY": config.OPENAI_KEY,
        "SEND_SMS": "true",
    }


class House:
    """One call at a time; the database's clock is put forward instead of waiting."""

    def __init__(self, twin: TwinClient, organization: OrganizationRow, front: str) -> None:
        """``organization`` owns the twin's account; ``front`` is where vendors call us, on this machine."""
        self.twin = twin
        self.front = front
        self.organization = organization
        self.outcomes: list[str] = []
        app.loader.import_default_modules()

    def impatient(self) -> None:
        """From now on a vendor has a second: for tests in which one hangs. The SDKs load their parts before, with patience."""
        account, said = str(self.organization.twilio_account_sid), (Utterance(0, 0, "hello there", 0, 1_000),)
        recording = registry.recordings().fetch(account, self.twin.add_recording(tone(1.0, 1), account=account), 1)
        transcriber = registry.transcriber()
        assert transcriber
        transcriber.transcribe(recording, None)
        registry.classifier().classify(Organization(self.organization.id, "any", "Any", ""), said, CallEvidence(Channel.VOICE))
        self.twin.reset()
        self.twin.speed(SPEED)
        os.environ["WORKER_TIMEOUT_SECONDS"] = "1"
        product.current.cache_clear()
        forget_ports()

    def recorded(self, seconds: float = 2.0, channels: int = 1, audio: bytes | None = None) -> Stored:
        """A recording that Twilio has told us of."""
        sid = self.twin.add_recording(audio or tone(seconds, channels), account=str(self.organization.twilio_account_sid))
        stored = chain.store_recording(self.organization.id, sid)
        rows("UPDATE conversations SET their_number = '+15005550199', our_number = '+15005550100' RETURNING id")
        return stored

    def work_off(self, stored: Stored) -> dict[str, Any]:
        """Bring the run to its end, then what it sends; the run as it stands then. Fails if it does not end in ROUNDS."""
        assert stored.run_id
        for _ in range(ROUNDS):
            run = chain.run_row(stored.run_id)
            if run["state"] in ENDED:
                self.deliver()
                return run
            self.step(stored.run_id, run)
        raise AssertionError(f"not at an end: {self.outcomes}")

    def step(self, run_id: UUID, run: dict[str, Any]) -> None:
        """One more task of the run; if it waits, for as long as a callback takes, else its time has come."""
        if run["state"] == "waiting" and self._is_called_back(run_id):
            return
        self.put_clock_forward()
        with suppress(StepFailed):
            self.outcomes.append(app.tasks[TASK_NAMES[Stage(run["stage"])]](str(run_id)))

    def deliver(self) -> None:
        """Send what the ledger says, until nothing is left to be decided."""
        for _ in range(ROUNDS):
            due = rows(f"SELECT id FROM effects WHERE state NOT IN ({', '.join(repr(state) for state in SETTLED)})")  # noqa: S608 - our own words
            if not due:
                return
            self.put_clock_forward()
            self.outcomes += [app.tasks["reply.deliver"](str(effect["id"])) for effect in due]
        raise AssertionError(f"not settled: {self.outcomes}")

    def put_clock_forward(self) -> None:
        """Every pause, lease and due time is over."""
        past = "clock_timestamp() - interval '1 second'"
        rows("UPDATE vendor_health SET open_until = clock_timestamp() - interval '1 second' WHERE open_until IS NOT NULL RETURNING vendor")
        rows("UPDATE run_steps SET submitted_at = submitted_at - interval '1 day' WHERE submitted_at IS NOT NULL RETURNING run_id")
        rows(
            f"UPDATE runs SET state = 'ready', waiting_for = NULL, not_before = {past},"  # noqa: S608 - our own words
            f" lease_until = CASE WHEN lease_until IS NOT NULL THEN {past} END WHERE state IN ('ready', 'waiting') RETURNING id"
        )
        rows(
            f"UPDATE effects SET not_before = {past}, lease_until = CASE WHEN lease_until IS NOT NULL THEN {past} END"  # noqa: S608 - our own words
            " RETURNING id"
        )

    def paid(self, operation: str) -> list[Entry]:
        """What a vendor would bill, or what has happened to somebody."""
        return [entry for entry in self.twin.log(operation=operation, direction="in") if entry.paid]

    def _is_called_back(self, run_id: UUID) -> bool:
        ends = time.monotonic() + CALLBACK_COMES_WITHIN_S
        while self._callback_is_on_its_way() and time.monotonic() < ends:
            time.sleep(0.02)
        ends = time.monotonic() + SEEN_WITHIN_S
        while (waiting := chain.run_row(run_id)["state"] == "waiting") and time.monotonic() < ends:
            time.sleep(0.02)
        return not waiting

    def _callback_is_on_its_way(self) -> bool:
        come = {entry.about["request_id"] for entry in self.twin.log(operation="callback") if entry.took_ms is not None}
        return any(entry.about["request_id"] not in come for entry in self.paid("listen") if entry.about["callback"])


def effect() -> dict[str, Any]:
    """The one effect that there is."""
    return row("SELECT * FROM effects")
