"""Somebody who writes several messages, each after the answer to the one before."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from scripts.twin.twilio.plays import CALLED, CALLER, SMS_PATH, MessagePlan, play_message
from scripts.twin.twilio.store import new_sid
from scripts.twin.world import World

LOOK_S = 0.1


@dataclass(frozen=True, slots=True)
class ThreadPlan:
    """A thread to play: these ``texts``, each ``gap_s`` after the answer to the one before, or after ``patience_s`` without one."""

    base_url: str
    account: str
    texts: Sequence[str] = ()
    from_: str = CALLER
    to: str = CALLED
    gap_s: float = 1.0
    patience_s: float = 60.0
    fragment: str = ""
    path: str = SMS_PATH


class Texting:
    """One thread. An answer is any message that is sent back to them."""

    def __init__(self, world: World, plan: ThreadPlan) -> None:
        """Nothing is written yet; ``sids`` are those that the messages will have. Raises ValueError if there are none."""
        if not plan.texts:
            raise ValueError("a thread needs texts")
        self._world, self._plan = world, plan
        self.sids = [new_sid("SM") for _ in plan.texts]
        self._unwritten = deque(zip(plan.texts, self.sids, strict=True))
        self._answers, self._waits_until = 0, 0.0

    def write(self) -> None:
        """Write the next one."""
        plan = self._plan
        text, sid = self._unwritten.popleft()
        self._answers, self._waits_until = self._count(), self._world.clock.now() + plan.patience_s
        told = MessagePlan(plan.base_url, plan.account, text, plan.from_, plan.to, plan.fragment, sid, path=plan.path)
        play_message(self._world, told)
        if self._unwritten:
            self._world.agenda.after(LOOK_S, self._look)

    def _look(self) -> None:
        is_answered = self._count() > self._answers
        if is_answered or self._world.clock.now() > self._waits_until:
            self._world.agenda.after(self._plan.gap_s, self.write)
        else:
            self._world.agenda.after(LOOK_S, self._look)

    def _count(self) -> int:
        ours, theirs = self._plan.to, self._plan.from_
        found = self._world.twilio.messages.newest_first()
        return sum(message.direction != "inbound" and (message.from_, message.to) == (ours, theirs) for message in found)
