"""A recorded call and a thread of two messages, delivered in any order: each delivery through its real route, steps in between.

What may differ between two orders, and is therefore held still or left out: ``turn`` of the two messages, which is their order of arrival;
whether a call is answered by SMS, if every one of its statuses came after its reply was written (nobody knew the number by then); and
``superseded`` instead of ``sent``, if a later turn's reply was sent first.
"""

from collections.abc import Callable
from hashlib import md5
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from domain.chain import TASK_NAMES, Stage
from domain.recordings import Recording, Submitted
from domain.runs import Effect, Sighting
from providers import registry
from tasks import app
from tests.support import payloads
from tests.support.factories import OrganizationFactory
from tests.support.fake_vendors import FakeRecordings, FakeTranscriber
from tests.support.signing import ACCOUNT_SID, changed, post_as_twilio
from tests.support.stored import rows
from webhooks import tenants

CALL_STATUSES = ("status_initiated", "status_ringing", "status_answered", "status_completed")
RECORDING_STATUSES = ("recording in-progress", "recording completed")
REPORTS = ("report queued", "report sent", "report delivered")
MESSAGES = ("sms 1", "sms 2")
CALLBACK = "callback"
DELIVERIES = (*CALL_STATUSES, *RECORDING_STATUSES, *MESSAGES, CALLBACK, *REPORTS)
# what our own house may do at any moment: one more step of a run, or what is to be sent
STEPS = ("work 0", "work 1", "work 2", "deliver")
ROUNDS = 40
TEXTS = {"1": "I would like to book an appointment", "2": "What time do you open tomorrow?"}
WRITER = "+14155550177"


class WholeCall:
    """A clinic of its own. What a vendor cannot say yet, because it has not happened, it says as soon as it can."""

    vendor = None
    name = "twilio"

    def __init__(self, client: FlaskClient, patch: pytest.MonkeyPatch) -> None:
        """Nothing has come yet; the vendors that we ask are fakes from now on."""
        tenants.forget()
        settings = {"answers_calls_by_sms": True, "hours": "Monday to Friday, 8:00 to 18:00", "services": ["cleaning"]}
        OrganizationFactory.create(slug="test", name="Test Clinic", twilio_account_sid=ACCOUNT_SID, settings=settings)
        self._client = client
        self._later: list[str] = []
        self._transcriber = FakeTranscriber()
        self._transcriber.acts.append(self._take)
        self.sent: list[Effect] = []
        patch.setattr(registry, "transcriber", lambda: self._transcriber)
        patch.setattr(registry, "recordings", lambda: FakeRecordings(Recording(b"RIFF", "audio/x-wav", 61.0, 2)))
        patch.setattr(registry, "messenger", lambda _: self)
        app.loader.import_default_modules()

    def happens(self, event: str) -> None:
        """A delivery comes, or the house does something; then whatever has become possible by it."""
        if event not in DELIVERIES:
            self._act(event)
        elif not self._deliver(event):
            self._later.append(event)
        self._catch_up()

    def settle(self) -> None:
        """Everything is worked off, sent and reported."""
        for _ in range(ROUNDS):
            for step in STEPS:
                self.happens(step)
            if not self._later and not rows("SELECT id FROM runs WHERE state <> 'done'") and not self._unsent():
                return
        raise AssertionError(f"not settled; still to come: {self._later}")

    def send(self, effect: Effect) -> str:
        """As a messenger: the network may report on it before the vendor's answer is here."""
        self.sent.append(effect)
        self._catch_up()
        return _message_sid(effect.body)

    def find(self, _: Effect) -> Sighting:
        """As a messenger: nothing here is ever in doubt."""
        raise AssertionError("nobody has to look anything up")

    def _take(self) -> Submitted:
        self._catch_up()
        return Submitted("job-1")

    def _catch_up(self) -> None:
        waiting, self._later = self._later, []
        self._later = [event for event in waiting if not self._deliver(event)] + self._later

    def _deliver(self, event: str) -> bool:
        """Post it through its route; False if it cannot come yet."""
        kind, _, which = event.partition(" ")
        if kind == CALLBACK:
            return self._call_back()
        if kind == "report":
            return self._report(which)
        form = {"recording": self._recording, "sms": self._sms}.get(kind, lambda _: payloads.twilio(kind).fields or ())(which)
        path = {"recording": "recording-status", "sms": "sms"}.get(kind, "call-status")
        assert post_as_twilio(self._client, f"/webhooks/twilio/{path}", form).status_code in {200, 204}
        return True

    def _recording(self, status: str) -> list[tuple[str, str]]:
        form = payloads.twilio("recording_completed_dual").fields or ()
        return changed(form, RecordingStatus=status, RecordingDuration="61" if status == "completed" else "-1")

    def _sms(self, number: str) -> list[tuple[str, str]]:
        form = payloads.twilio("sms_incoming").fields or ()
        return changed(form, MessageSid=f"SM{number:0>32}", Body=TEXTS[number], From=WRITER)

    def _call_back(self) -> bool:
        """To the URL that the transcriber was given: nothing else is the same delivery twice."""
        if not self._transcriber.sent:
            return False
        url = urlsplit(self._transcriber.sent[0][1] or "")
        answer = self._client.post(
            url.path, data=payloads.deepgram("short"), auth=(url.username or "", url.password or ""), content_type="application/json"
        )
        assert answer.status_code == 200
        return True

    def _report(self, status: str) -> bool:
        reported = [effect for effect in self.sent if effect.target != WRITER]
        if not reported:
            return False
        form = changed(payloads.twilio("message_sent").fields or (), MessageSid=_message_sid(reported[0].body), MessageStatus=status)
        path = f"/webhooks/twilio/message-status?effect={reported[0].id}"
        assert post_as_twilio(self._client, path, form).status_code == 204
        return True

    def _act(self, event: str) -> None:
        if event == "deliver":
            for effect in self._unsent():
                app.tasks["reply.deliver"](effect["id"])
            return
        sources: dict[str, Callable[[dict[str, Any]], bool]] = {
            "work 0": lambda run: bool(run["source"] == "twilio_recording" and self._may_answer(run)),
            "work 1": lambda run: bool(run["source_ref"].endswith("1")),
            "work 2": lambda run: bool(run["source_ref"].endswith("2") and run["source"] == "sms"),
        }
        for run in rows(_OPEN):
            if sources[event](run):
                app.tasks[TASK_NAMES[Stage(run["stage"])]](run["id"])

    def _may_answer(self, run: dict[str, Any]) -> bool:
        # how a call is answered depends on the caller's number, which only a call status tells: in life the first one is minutes older
        return run["stage"] != Stage.GENERATE_REPLY or run["their_number"] is not None

    def _unsent(self) -> list[dict[str, Any]]:
        """In the order of the turns: a reply that is overtaken by a later one is superseded (I9), and rightly so."""
        return rows(
            "SELECT e.id FROM effects AS e JOIN transcripts AS t ON t.id = e.transcript_id WHERE e.state = 'pending' ORDER BY t.turn"
        )


def final_rows() -> dict[str, list[dict[str, Any]]]:
    """Every row of what came of it; ids are told by what they stand for, times and counts of repetitions are left out."""
    return {table: sorted(map(_plain, rows(query)), key=str) for table, query in _FINAL.items()}


def turns() -> list[int]:
    """The turns of the thread, which are the order of arrival."""
    return [found["turn"] for found in rows("SELECT turn FROM transcripts WHERE source = 'sms' ORDER BY turn")]


def _plain(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if not name.endswith(_LEFT_OUT)}


def _message_sid(body: str) -> str:
    return f"SM{md5(body.encode(), usedforsecurity=False).hexdigest()}"


# which of two messages is the first turn is the order of arrival and nothing else; a step's hash is of the transcript's own id as well
_LEFT_OUT = (
    "id",
    "_at",
    "_until",
    "_token",
    "_key",
    "not_before",
    "stage_since",
    "turn",
    "duplicate_count",
    "headers",
    "dedupe_key",
    "input_hash",
)
_OPEN = """
SELECT r.id, r.stage, t.source, t.source_ref, c.their_number FROM runs AS r JOIN transcripts AS t ON t.id = r.transcript_id
JOIN conversations AS c ON c.id = r.conversation_id WHERE r.state = 'ready'"""
_OF_RUN = "SELECT x.*, t.source_ref FROM {} AS x JOIN runs AS r ON r.id = x.run_id JOIN transcripts AS t ON t.id = r.transcript_id"
_UNSENT = "SELECT e.id FROM effects AS e JOIN transcripts AS t ON t.id = e.transcript_id WHERE e.state = 'pending' ORDER BY t.turn"
_FINAL = {
    "conversations": "SELECT * FROM conversations",
    "transcripts": "SELECT t.*, c.provider_ref, t.current_run_id = r.id AS shown FROM transcripts AS t"
    " JOIN conversations AS c ON c.id = t.conversation_id JOIN runs AS r ON r.transcript_id = t.id",
    "runs": "SELECT r.*, t.source_ref FROM runs AS r JOIN transcripts AS t ON t.id = r.transcript_id",
    "effects": "SELECT e.*, t.source_ref, split_part(effect_key, ':', 3) AS what FROM effects AS e"
    " LEFT JOIN transcripts AS t ON t.id = e.transcript_id",
    "events": "SELECT e.kind, e.subject, e.provider, t.source_ref, c.provider_ref FROM webhook_events AS e"
    " LEFT JOIN transcripts AS t ON t.id = e.transcript_id LEFT JOIN conversations AS c ON c.id = e.conversation_id",
    "utterances": _OF_RUN.format("utterances"),
    "analyses": _OF_RUN.format("analyses"),
    "replies": _OF_RUN.format("replies"),
    "steps": _OF_RUN.format("run_steps"),
}
