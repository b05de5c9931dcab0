"""Hands recordings to Deepgram through its official SDK."""

import threading
import weakref
from collections.abc import Callable

import httpx
from deepgram import DeepgramClient
from deepgram.core.request_options import RequestOptions
from deepgram.environment import DeepgramClientEnvironment

from domain.diagnosis.reached import Reached, date_of
from domain.errors import NoAnswerError
from domain.recordings import Document, JobState, Recording, Submitted
from domain.vendors import Vendor
from observability import trace
from providers.deepgram import answers, http
from settings import DeepgramSettings

# the run's own retries are the only ones: an SDK that repeats an upload pays for it twice
_NO_RETRIES = 0

Call = Callable[[DeepgramClient, RequestOptions], object]


class DeepgramTranscriber:
    """Implements ``domain.ports.Transcriber``; what is raised for what stands in ``answers``.

    With ``timeout_s`` seconds for a whole call. The client is built on first use and keeps its connections alive.
    """

    vendor: Vendor | None = Vendor.DEEPGRAM
    name = "deepgram"

    def __init__(self, settings: DeepgramSettings, timeout_s: float) -> None:
        """``settings`` with a key: without one nobody can be asked."""
        self._settings, self._timeout_s = settings, timeout_s
        self._opening = threading.Lock()
        self._opened: DeepgramClient | None = None

    def transcribe(self, recording: Recording, callback_url: str | None) -> Submitted | Document:
        """Send the audio itself: no URL of ours or Twilio's has to be open to anybody for it."""
        several = (recording.channels or 1) > 1
        response = self._ask(
            lambda deepgram, options: deepgram.listen.v1.media.transcribe_file(
                request=recording.audio,
                # without a model it would be an old one
                model=self._settings.model,
                language=self._settings.language,
                callback=callback_url,
                utterances=True,
                punctuate=True,
                smart_format=True,
                # Each leg of a call has a channel to itself, so the channel says who speaks, for certain. To tell voices apart within
                # each of them would cost more and give numbers that nobody reads.
                multichannel=several or None,
                diarize_model=None if several else "latest",
                request_options=options,
            )
        )
        return answers.taken(response, by_callback=callback_url is not None)

    def look_up(self, request_id: str) -> JobState:
        """What became of a job; unknown, without asking, if no DEEPGRAM_PROJECT_ID is set."""
        project_id = self._settings.project_id
        if project_id is None:
            return JobState.UNKNOWN
        return answers.job_state(
            self._ask(lambda deepgram, options: deepgram.manage.v1.projects.requests.get(project_id, request_id, request_options=options))
        )

    def reach(self) -> Reached:
        """Ask for the key's projects, which costs nothing. Raises as ``answers`` has it."""
        response = self._ask(lambda deepgram, options: deepgram.manage.v1.projects.list(request_options=options))
        if not response.is_success:
            raise answers.refusal(response)
        return Reached(date_of(response.headers))

    def _ask(self, call: Call) -> httpx.Response:
        trace_id = trace.current()
        options = RequestOptions(max_retries=_NO_RETRIES, additional_headers={"X-Request-Id": trace_id} if trace_id else {})
        try:
            call(self._client(), options)
        except http.AnswerHeard as heard:
            return heard.response
        except (httpx.RequestError, UnicodeEncodeError) as error:
            raise answers.lost(error) from None
        # not reached as long as the SDK talks through our client
        raise NoAnswerError("deepgram:unreadable_answer")

    def _client(self) -> DeepgramClient:
        # one for all threads: a cached_property makes one for each that comes first, from Python 3.12 on
        with self._opening:
            if self._opened is None:
                connections = http.client(self._timeout_s)
                weakref.finalize(self, connections.close)
                self._opened = _opened(self._settings, connections)
            return self._opened


def load(settings: DeepgramSettings, timeout_s: float) -> None:
    """Import what the SDK leaves for its first call: a process that is forked afterwards has it. Connects nowhere."""
    with http.client(timeout_s) as connections:
        media = _opened(settings, connections).listen.v1.media
        media.transcribe_file  # noqa: B018 - the SDK imports as it is looked at


def _opened(settings: DeepgramSettings, connections: httpx.Client) -> DeepgramClient:
    base = settings.base_url
    return DeepgramClient(
        api_key=settings.api_key,
        environment=DeepgramClientEnvironment(base=base, production=base, agent=base, agent_rest=base),
        max_retries=_NO_RETRIES,
        httpx_client=connections,
    )
