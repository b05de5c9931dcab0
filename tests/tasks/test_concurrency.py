"""Many hands on one conversation at the same moment: one owner, one effect each, and replies in the order of the turns (I2, I4, I9)."""

import time
from functools import partial
from urllib.parse import urlencode

import pytest
from kombu.connection import Connection

import settings
from db import events
from domain.chain import TASK_NAMES, Source, Stage
from domain.deliveries import ConversationSeed, TranscriptSeed
from domain.recordings import Recording
from domain.runs import Effect, Sighting
from domain.speech import Channel
from domain.statuses import TranscriptStatus
from providers import registry
from tasks import app, sweeper
from tests.support import chain, messages
from tests.support.factories import EffectFactory, OrganizationFactory, RunFactory
from tests.support.fake_vendors import FakeModel, FakeRecordings, FakeTranscriber
from tests.support.invariants import assert_they_hold
from tests.support.recording_house import called_back_for, document
from tests.support.stored import row, rows

HANDS = 4
WITHIN_S = 60.0
# two that wait for each other's rows would not be the product's doing
_RING_AGAIN = """UPDATE runs SET next_publish_at = clock_timestamp() WHERE id IN (
    SELECT id FROM runs WHERE state = 'ready' AND lease_until IS NULL FOR UPDATE SKIP LOCKED) RETURNING id"""
_OPEN = "SELECT id, stage, transcript_id FROM runs WHERE state IN ('ready', 'waiting')"
# each later turn's reply was begun after the earlier turn was at its end, by the database's clock
_WAITED = """
SELECT later.started_at >= earlier.finished_at AS waited FROM runs AS r JOIN runs AS before ON before.turn < r.turn
JOIN run_steps AS later ON later.run_id = r.id AND later.stage = 'generate_reply'
JOIN run_steps AS earlier ON earlier.run_id = before.id AND earlier.stage = 'persist'"""


class Clinic:
    """Its vendors are fakes that note who is in their hands, and a messenger that notes what it sends in which order."""

    vendor = None
    name = "fake"

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        """Nobody has said anything yet."""
        answers = {"answers_calls_by_sms": True, "hours": "Monday to Friday, 8:00 to 18:00"}
        self.id = OrganizationFactory.create(twilio_account_sid="AC" + "9" * 32, settings=answers).id
        self.model, self.transcriber, self.sent = FakeModel(), FakeTranscriber(), list[Effect]()
        patch.setattr(registry, "classifier", lambda: self.model)
        patch.setattr(registry, "reply_writer", lambda: self.model)
        patch.setattr(registry, "transcriber", lambda: self.transcriber)
        patch.setattr(registry, "recordings", lambda: FakeRecordings(Recording(b"RIFF", "audio/x-wav", 61.0, 2)))
        patch.setattr(registry, "messenger", lambda _: self)
        app.loader.import_default_modules()

    def send(self, effect: Effect) -> str:
        """As a messenger: one that takes long enough for others to come."""
        self.sent.append(effect)
        time.sleep(0.02)
        return f"fake:{effect.id}"

    def find(self, _: Effect) -> Sighting:
        """As a messenger: nothing here is ever in doubt."""
        raise AssertionError("nobody has to look anything up")

    def record(self, ref: str) -> None:
        """A live turn of the call: a recording of it is there."""
        seed = ConversationSeed("twilio", "CA1", Channel.VOICE, "inbound", "+15005550100", "+15005550199")
        words = TranscriptSeed(Source.TWILIO_RECORDING, ref, TranscriptStatus.PENDING, opens_run=True, duration_ms=61_000)
        events.store_words(self.id, chain.envelope("recording_status", ref), seed, words)

    def write(self, ref: str) -> None:
        """A message of the thread."""
        chain.store_sms(self.id, ref, body=urlencode({"Body": f"Please tell me more about {ref}", "MessageSid": ref}).encode())

    def call_back(self) -> None:
        """The transcriber is done with whatever it was given; it says so again and again."""
        for _, url in list(self.transcriber.sent):
            transcript_id = called_back_for(url or "")
            chain.store_callback(self.id, transcript_id, key=f"words of {transcript_id}", body=document("I need an appointment"))

    def work_off(self) -> None:
        """Every hand takes whatever is open, all of them the same, and sweepers ring again and again, until nothing is."""
        ends = time.monotonic() + WITHIN_S
        for working in chain.started([partial(self._work, ends)] * HANDS + [partial(self._sweep, ends)] * 2):
            working.result(WITHIN_S)
        assert not self._is_open()

    def _work(self, ends: float) -> None:
        while self._is_open() and time.monotonic() < ends:
            for run in rows(_OPEN):
                app.tasks[TASK_NAMES[Stage(run["stage"])]](run["id"])
            for effect in rows("SELECT id FROM effects WHERE state = 'pending'"):
                app.tasks["reply.deliver"](effect["id"])
            self.call_back()

    def _sweep(self, ends: float) -> None:
        with Connection(settings.current().broker_url) as broker:
            while self._is_open() and time.monotonic() < ends:
                rows(_RING_AGAIN)
                sweeper.sweep_once(broker, "worker@test", ["speech"])

    def _is_open(self) -> bool:
        return bool(rows(_OPEN) or rows("SELECT id FROM effects WHERE state IN ('pending', 'sending')"))


@pytest.fixture
def clinic(monkeypatch: pytest.MonkeyPatch) -> Clinic:
    """One whose every hand is at work at once."""
    return Clinic(monkeypatch)


def _one_voice(clinic: Clinic, turns: int) -> None:
    """One owner, one effect each, replies in the order of the turns."""
    assert sorted(clinic.model.asked) == ["classify"] * turns + ["write"] * turns, "nobody did what another one did"
    steps = row("SELECT max(attempts) AS most, count(*) AS n FROM run_steps WHERE stage <> 'transcribe'")
    assert steps == {"most": 1, "n": 3 * turns}
    assert rows(_WAITED) == [{"waited": True}] * (turns * (turns - 1) // 2)
    effects = rows("SELECT e.id, e.state FROM effects AS e JOIN transcripts AS t ON t.id = e.transcript_id ORDER BY t.turn")
    assert [str(sent.id) for sent in clinic.sent] == [effect["id"] for effect in effects if effect["state"] == "sent"]
    # a reply that a later one overtook is not sent any more; the last word always is
    assert {effect["state"] for effect in effects[:-1]} <= {"sent", "superseded"}
    assert (len(effects), effects[-1]["state"]) == (turns, "sent")
    assert_they_hold()


def test_two_live_turns_of_a_call_are_answered_in_their_order(clinic: Clinic) -> None:
    chain.at_once([partial(clinic.record, ref) for ref in ("RE1", "RE2")])
    clinic.work_off()
    _one_voice(clinic, 2)
    assert len(clinic.transcriber.sent) == 2, "each recording was submitted once"


def test_messages_of_a_thread_are_answered_in_their_order(clinic: Clinic) -> None:
    # each comes twice at the same moment, as from a vendor that has not heard our answer
    chain.at_once([partial(clinic.write, ref) for ref in ("SM1", "SM2", "SM3")] * 2)
    clinic.work_off()
    _one_voice(clinic, 3)


def test_two_sweepers_ring_each_effect_once() -> None:
    due = {str(EffectFactory.create().id) for _ in range(6)}
    assert sum(chain.at_once([_sweep_once] * 4)) == len(due)
    assert sorted(message.args[0] for message in messages.waiting("deliver")) == sorted(due)


def test_a_sweeper_passes_over_what_another_one_has_in_hand() -> None:
    taken, free = EffectFactory.create(), EffectFactory.create()
    with chain.holding("SELECT FROM effects WHERE id = %s FOR UPDATE", str(taken.id)):
        assert _sweep_once() == 1
    assert [message.args for message in messages.waiting("deliver")] == [[str(free.id)]]


def test_two_sweepers_bury_a_lost_run_once() -> None:
    lost = [RunFactory.create(attempts=settings.current().worker_max_retries + 1).id for _ in range(3)]
    chain.at_once([_sweep_once] * 4)
    assert [chain.run_row(run_id)["state"] for run_id in lost] == ["dead"] * 3
    assert rows("SELECT task, outcome, count FROM failure_counts") == [{"task": "transcript.transcribe", "outcome": "ended", "count": 3}]


def _sweep_once() -> int:
    with Connection(settings.current().broker_url) as broker:
        return sweeper.sweep_once(broker, "worker@test", ["speech"])
