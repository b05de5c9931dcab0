"""Any order and any duplication of callbacks and due times ends a recording's first step the same way (I7, I8)."""

from uuid import uuid4

import pytest
from hypothesis import example, given
from hypothesis import settings as figures
from hypothesis import strategies as st

from domain.statuses import PROCESSING_MOVES, TRANSCRIPT_MOVES, ProcessingStatus, TranscriptStatus
from tests.support.factories import OrganizationFactory
from tests.support.recording_house import RecordingHouse

WORDS_1, WORDS_2, FAILURE_1, FAILURE_2, DUE, WORK = "words 1", "words 2", "failure 1", "failure 2", "due", "work"
EVENTS = (WORDS_1, WORDS_2, FAILURE_1, FAILURE_2, DUE, WORK)
ENDS = {"transcription:failed", "deepgram:callback_overdue"}

few = figures(max_examples=20, deadline=None)


class Watched:
    """A house of which every move is looked at."""

    def __init__(self, house: RecordingHouse) -> None:
        """The recording is submitted."""
        self.house = house
        self.first_words: str | None = None
        house.work()
        self._statuses = self._seen()

    def happens(self, event: str) -> None:
        """One event; a callback to what was not submitted cannot come."""
        if event == DUE:
            self.house.overdue()
        elif event == WORK:
            self._work()
        elif int(event[-1]) <= len(self.house.submissions()):
            self._called_back(event)
        self._moved_rightly()

    def settle(self) -> None:
        """Whatever can be worked off is worked off, and no due time is left."""
        for _ in range(4):
            self.happens(WORK)
            if self.house.run()[0] == "waiting":
                self.happens(DUE)

    def _work(self) -> None:
        if self.house.run()[:2] == ("ready", "transcribe"):
            self.house.work()

    def _called_back(self, event: str) -> None:
        kind, _, number = event.partition(" ")
        if kind == "words":
            self.first_words = self.first_words or f"words of {number}"
            self.house.words(int(number))
        else:
            self.house.failure(int(number))

    def _moved_rightly(self) -> None:
        before, now = self._statuses, self._seen()
        assert now[0] == before[0] or now[0] in TRANSCRIPT_MOVES[before[0]]
        assert now[1] == before[1] or now[1] in PROCESSING_MOVES[before[1]]
        self._statuses = now

    def _seen(self) -> tuple[TranscriptStatus, ProcessingStatus]:
        speech, _, processing = self.house.speech()
        return TranscriptStatus(speech), ProcessingStatus(processing)


@few
@given(st.lists(st.sampled_from(EVENTS), min_size=1, max_size=9))
@example([DUE, WORK, FAILURE_1, FAILURE_2, WORDS_1])
@example([DUE, FAILURE_1, WORK, WORDS_2, WORDS_1])
@example([DUE, WORK, DUE, WORK, WORDS_2, FAILURE_1])
@example([FAILURE_1, DUE, WORK, WORDS_1])
def test_words_win_whenever_they_come_and_without_them_it_ends_with_a_reason(events: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        organization = OrganizationFactory.create(twilio_account_sid=f"AC{uuid4().hex}")
        watched = Watched(RecordingHouse(organization, patch))
        for event in events:
            watched.happens(event)
        watched.settle()
    house = watched.house
    assert house.submissions() in ([1], [1, 2])
    if watched.first_words:
        assert (house.run(), house.heard()) == (("ready", "classify_speakers", None), [watched.first_words])
        assert house.speech() == ("completed", None, "pending")
    else:
        state, stage, error = house.run()
        assert (state, stage, error in ENDS) == ("dead", "transcribe", True)
        assert (house.speech()[0], house.speech()[2]) == ("failed", "pending")
