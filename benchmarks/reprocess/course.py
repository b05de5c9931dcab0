"""The course of it: calls come in, live webhooks with and without a batch beside them, kills, the rest of the batch, promote, undo."""

import re
import threading
import time
from collections.abc import Callable
from datetime import datetime

from benchmarks.reprocess import calls, evidence
from benchmarks.reprocess.evidence import Batch, Journal
from benchmarks.reprocess.house import House, kill, tell
from benchmarks.reprocess.live import Line
from benchmarks.reprocess.verdict import Found, Kills, Windows

# as many seconds a window for each call: three of them, and a batch that asks a model for each has some left for the kill
WINDOW_S_PER_CALL, SHORTEST_S, ROUNDS = 0.02, 3.0, 3
NAME, PROMPT = "new-prompt", "reply-3"
BEGINNING = "2020-01-01"
LOOK_S = 0.02
# the command says it once the plan is made
PLANNED = "Price: "
_ASKED = re.compile(r"Calls: openai (\d+)")
_MOVED = re.compile(r"^(\d+) (?:results of the batch count|count again)", re.MULTILINE)
# what a run has of them
STEPS = 4
# of so many runs the last ones are killed at whatever they do
NEARLY = 0.8


def play(house: House, count: int) -> Found:
    """All of it, with so many calls. Raises RuntimeError if something could not be done at all, OverdueError."""
    found, journal, began = Found(count), Journal(house), time.monotonic()
    found.finished = calls.store(house, count)
    found.stored_s, found.before = time.monotonic() - began, journal.asked().made
    found.effects_before, journal = evidence.effects(house), Journal(house)
    measured = _Measured(house, evidence.now(house), max(SHORTEST_S, count * WINDOW_S_PER_CALL))
    batch, found.windows = measured.windows(), measured.found
    found.planned_runs, found.planned_usd, found.planned_calls = batch.runs, batch.usd, measured.planned_calls
    found.kills = _worker_killed(house, batch, measured.kills)
    calls.settled(house)
    found.runs, found.reused, found.asked = evidence.runs(house, batch), evidence.reused(house, batch), journal.asked(batch.trace_id)
    found.paid_usd = evidence.paid_usd(house, batch)
    _decided(house, batch, found)
    found.effects_after, found.sms = evidence.effects(house), journal.asked().made.get(evidence.SMS, 0)
    found.promises = _promises(house)
    return found


class _Measured:
    """Live webhooks alone and beside the batch, in turns, so that the machine's moods meet both; the command is killed on the way."""

    def __init__(self, house: House, until: datetime, seconds: float) -> None:
        self.found, self.kills, self.planned_calls = Windows(), Kills(), 0
        self._house, self._seconds, self._line = house, seconds, Line(house)
        self._order = f"celery -A tasks reprocess --since {BEGINNING} --until {until.isoformat()} --prompt {PROMPT} --name {NAME} --yes"

    def windows(self) -> Batch:
        """The batch, of which something is left to be done."""
        self._line.window(SHORTEST_S)  # what is slow once is slow now
        self._alone()
        batch = self._beside(self._begun_and_killed)
        self._alone()
        self._beside(lambda: self._resumed(batch))
        for _ in range(ROUNDS - 2):
            self._alone()
            if not self._has_work_for_another(batch):
                return batch
            self._beside(lambda: batch)
        self._alone()
        return batch

    def _alone(self) -> None:
        calls.settled(self._house)
        tell(f"live webhooks alone, {self._seconds:.0f} s")
        before = self._worked()
        self.found.alone.append(self._line.window(self._seconds))
        self.found.worked_alone += self._worked() - before

    def _beside(self, begun: Callable[[], Batch]) -> Batch:
        """A window beside whatever ``begun`` sees to on a thread of its own; then nobody works on the batch any more."""
        calls.settled(self._house)
        tell(f"live webhooks beside the batch, {self._seconds:.0f} s")
        self._house.let_batch_work(on=True)
        seen: list[Batch] = []
        thread, before = threading.Thread(target=lambda: seen.append(begun())), self._worked()
        thread.start()
        self.found.beside.append(self._line.window(self._seconds))
        self.found.worked_beside += self._worked() - before
        thread.join()
        if not seen:
            raise RuntimeError("the command did not open the batch")
        self.found.ran_out |= self._left(seen[0]) == 0
        self._house.let_batch_work(on=False)
        self._house.until(lambda: evidence.runs(self._house, seen[0])["held"] == 0, "nobody works on the batch")
        return seen[0]

    def _begun_and_killed(self) -> Batch:
        """Give the command, and kill it as soon as it has opened some of the runs."""
        command = self._house.begin(self._order)

        def look() -> Batch | None:
            batch = evidence.batch(self._house, NAME)
            return batch if batch and evidence.runs(self._house, batch)["opened"] else None

        # whoever asks the database all the time is felt by live webhooks, too: until then the log tells
        while not command.said(PLANNED) or not (batch := look()):
            if not command.is_alive():
                raise RuntimeError(f"the command ended early: {command.log.read_text()[-2_000:]}")
            time.sleep(LOOK_S)
        self.kills.command = kill(command)
        self.kills.opened = evidence.runs(self._house, batch)["opened"]
        asked = _ASKED.search(command.log.read_text())
        self.planned_calls = int(asked[1]) if asked else -1
        tell(f"the command was killed, with {self.kills.opened} of {batch.runs} runs opened")
        return batch

    def _resumed(self, batch: Batch) -> Batch:
        self._house.run(f"celery -A tasks reprocess --resume {NAME}")
        return batch

    def _has_work_for_another(self, batch: Batch) -> bool:
        """Whether as much is left as was done in a window, and as much again for the kill."""
        return self._left(batch) > 2 * self.found.worked_beside / (len(self.found.beside) - 1)

    def _left(self, batch: Batch) -> int:
        return STEPS * batch.runs - evidence.runs(self._house, batch)["steps"]

    def _worked(self) -> int:
        batch = evidence.batch(self._house, NAME)
        return evidence.runs(self._house, batch)["steps"] if batch else 0


def _worker_killed(house: House, batch: Batch, kills: Kills) -> Kills:
    """Kill the batch worker while it asks for a reply, start another one, and go on to the end."""
    house.let_batch_work(on=True)
    house.until(lambda: _is_in_the_middle(house, batch), "some runs of the batch are done, and another one asks for a reply")
    house.kill_batch_worker()
    before, as_it_was = evidence.runs(house, batch), evidence.done(house, batch)
    kills.done, kills.held = before["done"], before["held"]
    tell(f"the batch worker was killed, with {kills.done} of {batch.runs} runs done and {kills.held} under way")
    house.start_batch_worker()
    tell("reprocess --resume --wait: the run that was under way is free again when its lease ends")
    house.run(f"celery -A tasks reprocess --resume {NAME} --wait")
    kills.left_alone = as_it_was.items() <= evidence.done(house, batch).items()
    return kills


def _is_in_the_middle(house: House, batch: Batch) -> bool:
    now = evidence.runs(house, batch)
    return bool(now["done"] and (now["asking"] or (now["held"] and now["done"] > NEARLY * batch.runs)))


def _decided(house: House, batch: Batch, found: Found) -> None:
    before = evidence.view(house)
    tell("promote --batch")
    found.promoted = _moved(house.run(f"celery -A tasks promote --batch {NAME}"))
    found.counting = evidence.counting(house, batch)
    tell("undo --batch")
    found.undone = _moved(house.run(f"celery -A tasks undo --batch {NAME}"))
    found.is_view_as_it_was = evidence.view(house) == before


def _moved(said: str) -> int:
    told = _MOVED.search(said)
    return int(told[1]) if told else -1


def _promises(house: House) -> str:
    """What the house's own command says at last; or what it says of each that is broken."""
    try:
        return house.run(f"celery -A tasks invariants --since {BEGINNING}").strip().splitlines()[-1]
    except RuntimeError as error:
        return "; ".join(line for line in str(error).splitlines() if "BROKEN" in line or "NOT CHECKED" in line) or str(error)
