"""However the vendor twin misbehaves: what may have been paid is never called not taken, and nothing is ever sent twice."""

from collections.abc import Iterator
from typing import Any

import pytest

from domain.errors import NoAnswerError, PermanentError, RetryableError, StepError, VendorPausedError
from domain.recordings import JobState, Submitted
from providers.deepgram.client import DeepgramTranscriber
from scripts import twin
from scripts.twin import config
from scripts.twin.client import TwinClient
from tests.support.transcribers import MONO, deepgram_transcriber

CALLBACK = "http://deepgram:s3cret-passw0rd@127.0.0.1:9/webhooks/deepgram/id.mac"
PATIENCE_S = 0.5


@pytest.fixture(scope="module")
def one_twin() -> Iterator[TwinClient]:
    """The twin of all tests here."""
    with twin.running() as client:
        yield client


@pytest.fixture
def playing(one_twin: TwinClient) -> TwinClient:
    """The twin, as new."""
    one_twin.reset()
    return one_twin


@pytest.fixture
def impatient(playing: TwinClient) -> Iterator[DeepgramTranscriber]:
    """Ours, with little patience: only where the twin hangs, for a slow machine must not be taken for a hanging vendor."""
    with deepgram_transcriber(PATIENCE_S, base_url=playing.url, api_key=config.DEEPGRAM_KEY, project_id=config.PROJECT_ID) as made:
        yield made


@pytest.fixture
def transcriber(playing: TwinClient) -> Iterator[DeepgramTranscriber]:
    """Ours."""
    with deepgram_transcriber(base_url=playing.url, api_key=config.DEEPGRAM_KEY, project_id=config.PROJECT_ID) as made:
        yield made


@pytest.mark.parametrize("callback", [CALLBACK, None], ids=["by_callback", "at_once"])
@pytest.mark.parametrize(
    ("mode", "how", "kind"),
    [
        ("400", {}, PermanentError),
        ("401", {"code": "INSUFFICIENT_PERMISSIONS"}, VendorPausedError),
        ("402", {"shape": "modern"}, VendorPausedError),
        ("403", {"shape": "text"}, VendorPausedError),
        ("429", {"retry_after_s": 7}, VendorPausedError),
        ("429", {"shape": "html"}, VendorPausedError),
        ("500", {}, RetryableError),
        ("503", {"shape": "html"}, RetryableError),
        ("502", {"shape": "html"}, NoAnswerError),
        ("502", {"after_work": True}, NoAnswerError),
        ("504", {"after_work": True}, NoAnswerError),
        ("redirect", {}, VendorPausedError),
        ("html", {}, NoAnswerError),
        ("html", {"after_work": True}, NoAnswerError),
        ("truncated", {}, NoAnswerError),
        ("down", {}, NoAnswerError),
        ("down", {"after_work": True}, NoAnswerError),
        ("hang", {}, NoAnswerError),
        ("accept_then_hang", {}, NoAnswerError),
    ],
)
def test_job_that_was_paid_is_never_called_not_taken(
    playing: TwinClient,
    transcriber: DeepgramTranscriber,
    impatient: DeepgramTranscriber,
    mode: str,
    how: dict[str, Any],
    kind: type[StepError],
    callback: str | None,
) -> None:
    playing.misbehave("deepgram", mode, "listen", **how)
    with pytest.raises(StepError) as raised:
        (impatient if "hang" in mode else transcriber).transcribe(MONO, callback)
    assert type(raised.value) is kind
    [entry] = playing.log(vendor="deepgram", direction="in")
    assert kind is NoAnswerError or not entry.paid


def test_pause_that_the_vendor_asks_for_is_passed_on(playing: TwinClient, transcriber: DeepgramTranscriber) -> None:
    playing.misbehave("deepgram", "429", "listen", retry_after_s=7)
    with pytest.raises(VendorPausedError) as raised:
        transcriber.transcribe(MONO, CALLBACK)
    assert (raised.value.code, raised.value.delay_s) == ("deepgram:rate_limited", 7.0)


def test_wrong_key_pauses_the_vendor(playing: TwinClient) -> None:
    with deepgram_transcriber(base_url=playing.url) as stranger, pytest.raises(VendorPausedError, match=r"^deepgram:invalid_auth$"):
        stranger.transcribe(MONO, CALLBACK)


@pytest.mark.parametrize(("mode", "state"), [(None, JobState.DONE), ("failed", JobState.FAILED)])
def test_job_is_looked_up_when_its_callback_is_overdue(
    playing: TwinClient, transcriber: DeepgramTranscriber, mode: str | None, state: JobState
) -> None:
    playing.speed(100)
    if mode:
        playing.misbehave("deepgram", mode, "listen")
    job = transcriber.transcribe(MONO, CALLBACK)
    assert isinstance(job, Submitted)
    playing.wait_for(1, vendor="deepgram", direction="out")
    assert transcriber.look_up(job.request_id) is state
