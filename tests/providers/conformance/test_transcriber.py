"""What every transcriber promises the chain, whoever stands behind the port."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from domain.errors import PermanentError
from domain.ports import Transcriber
from domain.recordings import Document, JobState, Recording, Submitted
from domain.runs import Transcription
from domain.vendors import Vendor
from providers.deepgram.mapping import transcription
from tests.support.transcribers import DUAL, MONO, NO_AUDIO, SILENCE, TRANSCRIBERS

CALLBACK = "https://deepgram:s3cret-passw0rd@hookline.example/webhooks/deepgram/id.mac"
NO_JOB = "00000000-0000-4000-8000-00000000dead"


@pytest.fixture(scope="module", params=TRANSCRIBERS)
def transcriber(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Transcriber]:
    """One after the other."""
    with request.param(tmp_path_factory.mktemp("model")) as found:
        yield found


def heard(transcriber: Transcriber, recording: Recording) -> Transcription:
    answer = transcriber.transcribe(recording, None)
    assert not isinstance(answer, Submitted)
    return transcription(answer.body) if isinstance(answer, Document) else answer


def test_it_says_whom_it_asks(transcriber: Transcriber) -> None:
    assert transcriber.vendor in {None, *Vendor}
    assert re.fullmatch(r"[a-z]+", transcriber.name)


@pytest.mark.parametrize("recording", [MONO, DUAL], ids=["mono", "dual"])
def test_words_come_in_order_with_times_and_figures(transcriber: Transcriber, recording: Recording) -> None:
    found = heard(transcriber, recording)
    assert found.utterances
    assert [said.seq for said in found.utterances] == list(range(len(found.utterances)))
    assert all(before.start_ms <= after.start_ms for before, after in pairwise(found.utterances))
    for said in found.utterances:
        assert said.text == said.text.strip() != ""
        assert 0 <= said.start_ms <= said.end_ms
        assert said.confidence is None or 0 <= said.confidence <= 1
        assert said.role is None
    assert found.provider == transcriber.name
    assert found.model
    assert found.usage
    assert all(type(count) is int and count > 0 for count in found.usage.values())


def test_on_two_channels_the_channel_is_the_speaker(transcriber: Transcriber) -> None:
    found = heard(transcriber, DUAL)
    assert {said.speaker for said in found.utterances} == {0, 1}
    assert [said.speaker for said in found.utterances] == [said.channel for said in found.utterances]


def test_silence_has_no_words(transcriber: Transcriber) -> None:
    assert heard(transcriber, SILENCE).utterances == ()


def test_with_a_callback_the_words_come_there_or_at_once(transcriber: Transcriber) -> None:
    answer = transcriber.transcribe(MONO, CALLBACK)
    assert isinstance(answer, Transcription) if transcriber.vendor is None else isinstance(answer, Submitted)
    assert not isinstance(answer, Submitted) or answer.request_id


def test_what_is_no_sound_will_never_be_words(transcriber: Transcriber) -> None:
    with pytest.raises(PermanentError) as raised:
        transcriber.transcribe(NO_AUDIO, CALLBACK)
    assert re.fullmatch(rf"{transcriber.name}:[a-z][a-z0-9_]*", raised.value.code)
    assert str(raised.value) == raised.value.code


def test_job_that_was_never_given_is_unknown(transcriber: Transcriber) -> None:
    assert transcriber.look_up(NO_JOB) is JobState.UNKNOWN


def test_threads_do_not_mix_their_recordings(transcriber: Transcriber) -> None:
    recordings = [MONO, SILENCE, DUAL] * 2
    with ThreadPoolExecutor(3) as threads:
        counts = list(threads.map(lambda recording: len({said.speaker for said in heard(transcriber, recording).utterances}), recordings))
    alone = len({said.speaker for said in heard(transcriber, MONO).utterances})
    assert counts == [alone, 0, 2] * 2
