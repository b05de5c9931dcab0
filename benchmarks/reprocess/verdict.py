"""What was found, and whether each promise was kept: one line of the table each."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from benchmarks.front.steady import Answers
from benchmarks.reprocess import live
from benchmarks.reprocess.evidence import FETCH, REPLY, TRANSCRIPTION, UNDERSTANDING, Calls, Rows

P99_AT_MOST, PRICE_WITHIN = 1.2, 0.01
# what was under way ends in the next window; more than that, and nothing was alone
AT_MOST_WHILE_ALONE = 0.1
HOLDS = re.compile(r"all \d+ promises hold")
REUSED = ("transcribe", "classify_speakers")


@dataclass(slots=True)
class Windows:
    """Live webhooks without and with the batch, and how many of its steps ended meanwhile; ``ran_out``: none was left before the end."""

    alone: list[Answers] = field(default_factory=list)
    beside: list[Answers] = field(default_factory=list)
    worked_alone: int = 0
    worked_beside: int = 0
    ran_out: bool = False


@dataclass(slots=True)
class Kills:
    """The command's, with so many runs ``opened``; the worker's, with so many ``done`` and ``held``; were those done left as they were."""

    command: bool = False
    opened: int = 0
    done: int = 0
    held: int = 0
    left_alone: bool = False


@dataclass(slots=True)
class Found:
    """All that was seen. ``before``: what vendors were asked when the calls came in; ``sms``: sent since then, to anybody."""

    calls: int
    finished: int = 0
    stored_s: float = 0.0
    before: Mapping[str, int] = field(default_factory=dict)
    planned_runs: int = 0
    planned_calls: int = 0
    planned_usd: float = math.nan
    paid_usd: float = math.nan
    asked: Calls = field(default_factory=lambda: Calls({}))
    reused: Mapping[str, int] = field(default_factory=dict)
    runs: Mapping[str, int] = field(default_factory=dict)
    windows: Windows = field(default_factory=Windows)
    kills: Kills = field(default_factory=Kills)
    effects_before: Rows = field(default_factory=list)
    effects_after: Rows = field(default_factory=list)
    sms: int = 0
    promoted: int = 0
    counting: int = 0
    undone: int = 0
    is_view_as_it_was: bool = False
    promises: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One promise."""

    promise: str
    figures: str
    is_kept: bool

    def __str__(self) -> str:
        return f"| {self.promise} | {self.figures} | {'kept' if self.is_kept else '**BROKEN**'} |"


HEAD = "| promise | what was seen | |\n|---|---|---|"


def lines(found: Found) -> Iterator[Line]:
    """Promise by promise."""
    yield Line(
        "calls are stored, worked off and answered",
        f"{found.finished} of {found.calls}, in {found.stored_s:.0f} s",
        found.finished == found.calls > 0,
    )
    yield from _asked(found)
    yield _price(found)
    yield from _killed(found)
    yield _beside(found.windows)
    yield _effects(found)
    yield Line(
        "`promote`, then `undo`: what counts is as it was",
        f"{found.promoted} promoted, {found.counting} counted, {found.undone} taken back;"
        f" the view is {'the same' if found.is_view_as_it_was else 'another one'}",
        found.is_view_as_it_was and found.promoted == found.counting == found.undone == found.calls,
    )
    yield Line("the house's own promises", found.promises, bool(HOLDS.fullmatch(found.promises)))


def _asked(found: Found) -> Iterator[Line]:
    made, before = found.asked.made, found.before
    unchanged = {kind: made.get(kind, 0) for kind in (FETCH, TRANSCRIPTION, UNDERSTANDING)}
    reused = all(found.reused.get(stage) == found.calls for stage in REUSED)
    yield Line(
        "unchanged steps ask no vendor",
        ", ".join(f"{kind} {count} (when they came in: {before.get(kind, 0)})" for kind, count in unchanged.items())
        + f"; reused {', '.join(str(found.reused.get(stage, 0)) for stage in REUSED)}",
        reused and not any(unchanged.values()) and all(before.get(kind, 0) >= found.calls for kind in unchanged),
    )
    paid = made.get(REPLY, 0) - found.asked.again
    yield Line(
        "one reply is asked for in each run",
        f"{paid} of {found.planned_calls} planned",
        paid == found.planned_calls == found.planned_runs == found.calls,
    )


def _price(found: Found) -> Line:
    off = abs(found.paid_usd / found.planned_usd - 1) if found.planned_usd else math.inf
    return Line(
        f"the price is within {PRICE_WITHIN:.0%} of the plan",
        f"${found.paid_usd:.6f} of ${found.planned_usd:.6f}, {off:.2%} off",
        off <= PRICE_WITHIN and found.paid_usd > 0,
    )


def _killed(found: Found) -> Iterator[Line]:
    kills, runs = found.kills, found.runs
    opened, done, transcripts = (runs.get(name, 0) for name in ("opened", "done", "transcripts"))
    yield Line(
        "the command is killed and resumed",
        f"killed with {kills.opened} of {found.planned_runs} runs opened; then {opened} runs over {transcripts} transcripts",
        kills.command and opened == transcripts == found.calls,
    )
    # what is under way when its worker dies is asked again, under the key that it was asked with: nobody knows whether it was answered
    yield Line(
        "a worker is killed, nothing that is done is repeated",
        f"killed with {kills.done} done and {kills.held} under way; {done} done, the first {kills.done}"
        f" {'untouched' if kills.left_alone else 'TOUCHED'}, {found.asked.again} asked again",
        kills.left_alone and 0 < kills.done < found.calls == done and kills.held > 0 and found.asked.again <= kills.held,
    )


def _beside(windows: Windows) -> Line:
    alone, beside = live.p99_ms(windows.alone), live.p99_ms(windows.beside)
    failed = sum(each.failed for each in (*windows.alone, *windows.beside))
    each = (
        " / ".join(f"{live.p99_ms([window]):.0f}" for window in windows.alone),
        " / ".join(f"{live.p99_ms([window]):.0f}" for window in windows.beside),
    )
    return Line(
        f"live webhooks' p99 is at most {P99_AT_MOST} times what it is alone",
        f"{beside / alone:.2f} times: {beside:.1f} ms beside it (windows {each[1]}), {alone:.1f} ms alone (windows {each[0]});"
        f" {failed} failed; {windows.worked_beside} steps of the batch ended beside them, {windows.worked_alone} while they were alone"
        + ("; the batch ran out" if windows.ran_out else ""),
        beside <= P99_AT_MOST * alone
        and not failed
        and not windows.ran_out
        and 0 < windows.worked_beside >= windows.worked_alone / AT_MOST_WHILE_ALONE,
    )


def _effects(found: Found) -> Line:
    before = {row["id"] for row in found.effects_before}
    after = [row for row in found.effects_after if row["id"] in before]
    own = sum(1 for row in found.effects_after if row["batch_id"])
    return Line(
        "effects are as they were",
        f"{len(before)} before, {len(found.effects_after)} after, {own} of the batch; {found.sms} SMS sent meanwhile",
        found.effects_after == found.effects_before == after and len(before) >= found.calls and not own and not found.sms,
    )
