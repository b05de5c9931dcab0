"""Live webhooks at a fixed rate, whatever becomes of those before: calls that ring and end, and what Deepgram heard in them."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from benchmarks.faults import speech
from benchmarks.front import steady
from benchmarks.front.steady import Answers
from benchmarks.harness import vendors
from benchmarks.harness.vendors import OURS
from benchmarks.reprocess.calls import said_in
from benchmarks.reprocess.house import House

PER_S = 15.0
MOVES = ("initiated", "ringing", "in-progress", "completed")
# what is said in a live call is said in no stored one
FIRST_WEEK = 1_000_000


@dataclass(slots=True)
class Line:
    """Who sends them; each call is another one, in whichever window."""

    house: House
    _calls: int = 0

    def window(self, seconds: float) -> Answers:
        """So many seconds of it; every fifth webhook starts a run."""
        count = round(PER_S * seconds)
        requests = [self._request(number) for number in range(count)]
        self._calls += -(-count // (len(MOVES) + 1))
        return steady.answers(self.house.port, lambda number: requests[number], per_s=PER_S, seconds=seconds)

    def _request(self, number: int) -> bytes:
        call, move = divmod(number, len(MOVES) + 1)
        call += self._calls
        if move == len(MOVES):
            document = speech.document(f"00000000-0000-4000-9000-{call:012d}", said_in(FIRST_WEEK + call))
            return vendors.request(self.house.port, vendors.deepgram_callback(self.house.intake, orjson.dumps(document)))
        fields = {"CallSid": f"CA{FIRST_WEEK + call:032x}", "CallStatus": MOVES[move], "SequenceNumber": str(move)}
        fields |= {"Direction": "inbound", "From": f"+1556{call:07d}", "To": OURS}
        return vendors.request(self.house.port, vendors.twilio_form(self.house.url, "call-status", fields))


def p99_ms(windows: Sequence[Answers]) -> float:
    """Of all answers of these windows together, in ms."""
    return statistics.quantiles([took for window in windows for took in window.took_s], n=100)[98] * 1_000
