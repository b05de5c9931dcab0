"""Our transcribers as tests use them: with their connections closed afterwards."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from providers.deepgram.client import DeepgramTranscriber
from settings import DeepgramSettings

DEEPGRAM_PROJECT = "8d3f6f0e-0000-4000-8000-000000000001"

Build = Callable[..., DeepgramTranscriber]


@contextmanager
def deepgram_transcriber(timeout_s: float = 5.0, **changed: object) -> Iterator[DeepgramTranscriber]:
    """A transcriber of Deepgram's; a keyword replaces a setting."""
    fields = {
        "api_key": "dg-test-key",
        "base_url": "http://127.0.0.1:9",
        "project_id": DEEPGRAM_PROJECT,
        "model": "nova-3",
        "language": None,
        "by_callback": True,
        "overdue_s": 600.0,
        "concurrency": 50,
    }
    transcriber = DeepgramTranscriber(DeepgramSettings(**(fields | changed)), timeout_s)  # type: ignore[arg-type]  # a test's keywords
    yield transcriber
    # a worker keeps them as long as it lives
    transcriber._http.close()
