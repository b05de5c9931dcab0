"""Where a live call takes place: its clock, what may cut into it, what has happened, and how the product is asked what to do next."""

from collections.abc import Callable, Mapping

from scripts.twin.journal import short_hash
from scripts.twin.post import Outcome
from scripts.twin.twilio import twiml
from scripts.twin.twilio.caller import Caller, LiveCallPlan, script
from scripts.twin.twilio.progress import Progress, standing
from scripts.twin.twilio.store import Call, Moment
from scripts.twin.twilio.transcription import Transcription
from scripts.twin.twilio.twiml import Document, TwimlError
from scripts.twin.twilio.webhooks import webhook
from scripts.twin.world import World

# nobody talks for so long: a call that redirects in a circle ends
MOST_DOCUMENTS = 500

# brings the document that a call goes on with
Get = Callable[[], Document]


class HungUp(Exception):  # noqa: N818 - every call ends
    """The call is over; ``who`` ended it: ``caller`` or ``twilio``."""

    def __init__(self, who: str) -> None:
        """Say who."""
        super().__init__(who)
        self.who = who


class Replaced(Exception):  # noqa: N818 - somebody wanted it
    """The call was told to do something else at once."""

    def __init__(self, get: Get) -> None:
        """Say what."""
        super().__init__()
        self.get = get


class Cut(Exception):  # noqa: N818 - nothing went wrong
    """The twin was reset or ends: nothing more is sent."""


class Stage:
    """One live call. Its thread waits, asks and notes; others may replace what plays, end it, or cut it off."""

    def __init__(self, world: World, plan: LiveCallPlan) -> None:
        """Enter it at Twilio. Raises ValueError if the script cannot be read."""
        self.world, self.plan = world, plan
        self.caller = Caller(script(plan.lines))
        self.call = Call(plan.account, plan.from_, plan.to, "inbound")
        self.progress = Progress(world, self.call, plan.url(plan.call_status_path))
        self.transcription: Transcription | None = None
        self._begun, self._documents = world.clock.now(), 0
        self._pushed: Get | None = None
        self._over = self._cut = False
        world.twilio.calls.put(self.call.sid, self.call)

    def replace(self, get: Get) -> bool:
        """Do this instead, whatever plays now; False if the call has ended."""
        with self.world.clock.changed:
            self._pushed = get
            self.world.clock.changed.notify_all()
            return not self._over

    def hang_up(self) -> bool:
        """End it from Twilio's side; False if it has ended."""
        return self.replace(_hang_up)

    def cut(self) -> None:
        """End without a word."""
        with self.world.clock.changed:
            self._cut = True
            self.world.clock.changed.notify_all()

    def close(self) -> float:
        """Nothing more can be pushed from now on; how long the call was, in seconds."""
        with self.world.clock.changed:
            self._over = True
        return self._age()

    def wait(self, seconds: float) -> None:
        """Let time pass. Raises whatever cuts into it."""
        clock = self.world.clock
        due = clock.now() + seconds
        with clock.changed:
            while True:
                self._look_up()
                left = min(due, self.caller.leaves_at or due) - clock.now()
                if left <= 0:
                    break
                clock.wait(left)

    def look_up(self) -> None:
        """Raises what has cut into the call, if anything has."""
        with self.world.clock.changed:
            self._look_up()

    def _look_up(self) -> None:
        if self._cut or self.world.clock.stopped:
            raise Cut
        if self.caller.leaves_at is not None and self.caller.leaves_at <= self.world.clock.now():
            raise HungUp("caller")
        if self._pushed is not None:
            get, self._pushed = self._pushed, None
            raise Replaced(get)

    def happened(self, kind: str, what: str = "", *, is_cut: bool = False) -> Moment:
        """Note it in the call's course and in the journal, which holds no number."""
        moment = Moment(round(self._age(), 3), kind, what, is_cut)
        self.call.course.append(moment)
        entry = self.world.journal.open("twilio", f"line.{kind}", "line", "", "", what.encode(), {})
        entry.took_ms = 0.0
        entry.about |= {"CallSid": self.call.sid, **({"to_hash": short_hash(what)} if kind == "dialed" else {"what": what})}
        return moment

    def ask(self, kind: str, url: str, fields: Mapping[str, str]) -> Document:
        """What the product answers. Raises TwimlError if that is no TwiML."""
        self._documents += 1
        if self._documents > MOST_DOCUMENTS:
            raise TwimlError(twiml.FETCH_FAILED, f"the call has been given {MOST_DOCUMENTS} documents and still goes on")
        outcome = self.world.post.ask(webhook(kind, url, {**standing(self.call), **fields}, self.token))
        if (why := _fault(outcome)) is not None:
            raise TwimlError(twiml.NO_CONNECTION if outcome.fault == "ct" else twiml.FETCH_FAILED, f"{kind}: {why}")
        return twiml.read(outcome.body, url)

    def tell(self, kind: str, url: str, fields: Mapping[str, str]) -> None:
        """Send what wants no answer."""
        self.world.post.send(webhook(kind, url, {**standing(self.call), **fields}, self.token))

    @property
    def token(self) -> str:
        """What Twilio signs with."""
        return self.world.config.accounts[self.plan.account]

    def _age(self) -> float:
        return self.world.clock.now() - self._begun


def _hang_up() -> Document:
    raise HungUp("twilio")


def _fault(outcome: Outcome) -> str | None:
    if outcome.status is None:
        return {"ct": "no connection", "rt": "no answer in time"}.get(outcome.fault or "", "not on this machine")
    return None if outcome.status // 100 == 2 else f"answered {outcome.status}"  # noqa: PLR2004 - 2xx
