"""The table of a batch beside live work: whatever is not as it is promised breaks its own line, and no other."""

from collections.abc import Callable
from typing import Any

import pytest

from benchmarks.front.steady import Answers
from benchmarks.reprocess import verdict
from benchmarks.reprocess.evidence import FETCH, REPLY, TRANSCRIPTION, UNDERSTANDING, Calls
from benchmarks.reprocess.verdict import Found, Kills, Windows

CALLS = 10


def _window(slowest_s: float = 0.02, failed: int = 0) -> Answers:
    return Answers([0.01] * 95 + [slowest_s] * 5, 10.0, failed)


def _found() -> Found:
    effects = [{"id": number, "state": "sent", "batch_id": None} for number in range(CALLS)]
    return Found(
        CALLS,
        finished=CALLS,
        stored_s=1.0,
        before=dict.fromkeys((FETCH, TRANSCRIPTION, UNDERSTANDING, REPLY), CALLS),
        planned_runs=CALLS,
        planned_calls=CALLS,
        planned_usd=1.0,
        paid_usd=1.009,
        asked=Calls({REPLY: CALLS + 1}, again=1),
        reused={"transcribe": CALLS, "classify_speakers": CALLS},
        runs={"opened": CALLS, "done": CALLS, "transcripts": CALLS},
        windows=Windows([_window()] * 3, [_window(0.023)] * 2, worked_alone=1, worked_beside=30),
        kills=Kills(command=True, opened=3, done=4, held=1, left_alone=True),
        effects_before=effects,
        effects_after=list(effects),
        promoted=CALLS,
        counting=CALLS,
        undone=CALLS,
        is_view_as_it_was=True,
        promises="all 38 promises hold",
    )


def _broken(found: Found) -> list[str]:
    return [line.promise for line in verdict.lines(found) if not line.is_kept]


def test_all_is_kept() -> None:
    assert _broken(_found()) == []
    assert all(str(line).endswith("| kept |") for line in verdict.lines(_found()))


def _set(**values: Any) -> Callable[[Found], None]:
    def change(found: Found) -> None:
        for name, value in values.items():
            setattr(found, name, value)

    return change


def _windows(**values: Any) -> Callable[[Found], None]:
    return _set(windows=Windows(**{"alone": [_window()], "beside": [_window()], "worked_beside": 30, **values}))


def _kills(**values: Any) -> Callable[[Found], None]:
    return _set(kills=Kills(**{"command": True, "opened": 3, "done": 4, "held": 1, "left_alone": True, **values}))


SENT_AGAIN = [*_found().effects_after, {"id": CALLS, "state": "pending", "batch_id": "b"}]


@pytest.mark.parametrize(
    ("change", "promise"),
    [
        (_set(finished=CALLS - 1), "calls are stored"),
        *((_set(asked=Calls({REPLY: CALLS, kind: 1})), "unchanged steps") for kind in (FETCH, TRANSCRIPTION, UNDERSTANDING)),
        (_set(reused={"transcribe": CALLS, "classify_speakers": CALLS - 1}), "unchanged steps"),
        (_set(before={REPLY: CALLS}), "unchanged steps"),
        (_set(asked=Calls({REPLY: CALLS + 1})), "one reply"),
        (_set(asked=Calls({REPLY: CALLS - 1})), "one reply"),
        (_set(planned_calls=CALLS - 1), "one reply"),
        (_set(paid_usd=1.011), "the price"),
        (_set(paid_usd=0.989), "the price"),
        (_set(planned_usd=0.0), "the price"),
        (_kills(command=False), "the command"),
        (_set(runs={"opened": CALLS + 1, "done": CALLS, "transcripts": CALLS}), "the command"),
        (_kills(left_alone=False), "a worker"),
        (_kills(done=0), "a worker"),
        (_kills(held=0), "a worker"),
        (_set(asked=Calls({REPLY: CALLS + 2}, again=2)), "a worker"),
        (_set(runs={"opened": CALLS, "done": CALLS - 1, "transcripts": CALLS}), "a worker"),
        (_windows(beside=[_window(0.0245)]), "live webhooks' p99"),
        (_windows(beside=[_window(failed=1)]), "live webhooks' p99"),
        (_windows(ran_out=True), "live webhooks' p99"),
        (_windows(worked_beside=0), "live webhooks' p99"),
        (_windows(worked_alone=4), "live webhooks' p99"),
        (_set(effects_after=SENT_AGAIN), "effects"),
        (_set(effects_after=[{**_found().effects_after[0], "state": "unknown"}, *_found().effects_after[1:]]), "effects"),
        (_set(sms=1), "effects"),
        (_set(is_view_as_it_was=False), "`promote`"),
        (_set(undone=CALLS - 1), "`promote`"),
        (_set(promises="1 of 38 promises are broken"), "the house's own"),
    ],
)
def test_what_is_not_kept_breaks_its_line(change: Callable[[Found], None], promise: str) -> None:
    found = _found()
    change(found)
    [broken] = _broken(found)
    assert broken.startswith(promise)
