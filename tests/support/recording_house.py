"""One recording on its way through the first step: a transcriber that does as told, callbacks, crashes, and time that passes."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import orjson
import pytest
from kombu.connection import Connection

import settings
from db.tables.organizations import OrganizationRow
from domain.callback_tokens import Credentials, JobToken, verify
from domain.deliveries import Stored
from domain.errors import StepFailed
from domain.recordings import Recording, Submitted
from providers import registry
from tasks import app, sweeper
from tests.support import chain
from tests.support.fake_vendors import FakeRecordings, FakeTranscriber, Heard
from tests.support.stored import row, rows
from tests.support.vendor_state import due_now, leases_ran_out

SECONDS = 60.0


class Killed(BaseException):
    """The worker dies here."""


def document(words: str, seconds: float = SECONDS) -> bytes:
    """What Deepgram sends."""
    utterances = [{"transcript": words, "start": 0.0, "end": 1.0, "speaker": 0}] if words else []
    return orjson.dumps({"metadata": {"request_id": "r", "duration": seconds, "channels": 1}, "results": {"utterances": utterances}})


class RecordingHouse:
    """A clinic with one recorded call of a minute."""

    def __init__(self, organization: OrganizationRow, patch: pytest.MonkeyPatch, *, ref: str = "RE1") -> None:
        """Ports are the fakes from now on; ``ref`` is the recording."""
        self.organization_id: UUID = organization.id
        self.transcriber = FakeTranscriber()
        self.recordings = FakeRecordings(Recording(b"RIFF", "audio/x-wav", SECONDS, 1))
        patch.setattr(registry, "transcriber", lambda: self.transcriber)
        patch.setattr(registry, "recordings", lambda: self.recordings)
        app.loader.import_default_modules()
        self.stored: Stored = chain.store_recording(organization.id, ref)

    @property
    def run_id(self) -> UUID:
        """The recording's run."""
        assert self.stored.run_id
        return self.stored.run_id

    @property
    def transcript_id(self) -> UUID:
        """The recording's transcript."""
        assert self.stored.transcript_id
        return self.stored.transcript_id

    def work(self, run_id: UUID | None = None) -> str:
        """The first step, as its message would call it; how it ended."""
        try:
            return str(app.tasks["transcript.transcribe"](str(run_id or self.run_id)))
        except StepFailed as error:
            return f"dead: {error}"

    def killed(self) -> None:
        """The worker dies in the first step, and its lease runs out."""
        with pytest.raises(Killed):
            app.tasks["transcript.transcribe"](str(self.run_id))
        leases_ran_out()

    def words(self, submission: int = 1, words: str = "", key: str = "") -> Stored | None:
        """Deepgram calls back with words."""
        body = document(words or f"words of {submission}")
        return self._call_back(submission, key or f"words-{submission}", failed=False, body=body)

    def failure(self, submission: int = 1) -> Stored | None:
        """Deepgram calls back with an error."""
        return self._call_back(submission, f"failure-{submission}", failed=True, body=b"{}")

    def overdue(self) -> None:
        """The callback is overdue; the sweeper takes notice."""
        rows("UPDATE run_steps SET submitted_at = submitted_at - interval '1 hour' RETURNING run_id")
        due_now()
        with Connection(settings.current().broker_url) as broker:
            sweeper.sweep_once(broker, "worker@test", ["speech"])

    def submissions(self) -> list[int]:
        """The numbers that the callback URLs carried, in the order in which the recording was sent."""
        return [submission_of(url) for _, url in self.transcriber.sent if url]

    def step(self) -> dict[str, Any]:
        """The figures of the first step."""
        return row("SELECT * FROM run_steps WHERE stage = 'transcribe' AND run_id = %s", str(self.run_id))

    def run(self) -> tuple[str, str, str | None]:
        """State, stage and last error of the run."""
        found = chain.run_row(self.run_id)
        return found["state"], found["stage"], found["last_error"]

    def speech(self) -> tuple[str, str | None, str]:
        """Both axes of the transcript."""
        found = chain.transcript_row(self.transcript_id)
        return found["status"], found["status_reason"], found["processing_status"]

    def heard(self) -> list[str]:
        """The words that the run has."""
        return [said["text"] for said in rows("SELECT text FROM utterances WHERE run_id = %s ORDER BY seq", str(self.run_id))]

    def _call_back(self, submission: int, key: str, *, failed: bool, body: bytes) -> Stored | None:
        return chain.store_callback(self.organization_id, self.transcript_id, failed=failed, key=key, body=body, submission=submission)


def submission_of(url: str) -> int:
    """The number that a callback URL carries; fails unless the URL opens the door."""
    return _token(url).submission


def called_back_for(url: str) -> UUID:
    """The transcript that a callback URL names; fails unless the URL opens the door."""
    return _token(url).transcript_id


def _token(url: str) -> JobToken:
    parts = urlsplit(url)
    credentials = Credentials(parts.path.rpartition("/")[2], parts.password or "")
    token = verify(settings.current().secret_key, credentials, datetime.now(UTC))
    assert isinstance(token, JobToken)
    return token


def then(act: object, heard: Heard | None = None) -> Any:
    """An act that does something first and then takes the recording."""

    def acting() -> Heard:
        assert callable(act)
        act()
        return heard or Submitted("job-1")

    return acting


def used_today() -> int:
    """Seconds of speech that were taken from the day."""
    return int(row("SELECT COALESCE(sum(speech_seconds), 0) AS n FROM usage_days")["n"])
