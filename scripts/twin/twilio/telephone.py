"""A caller's telephone: rings, asks what to do, does it, until somebody hangs up; and tells Twilio's status callback how it goes."""

import threading
import traceback
from functools import partial

from scripts.twin.twilio import twiml, verbs
from scripts.twin.twilio.caller import DIAL_ENDS, LiveCallPlan
from scripts.twin.twilio.stage import Cut, Get, HungUp, Replaced, Stage
from scripts.twin.twilio.twiml import TwimlError
from scripts.twin.world import World

# what Twilio says where it does not get on
APOLOGY = "We are sorry, an application error has occurred. Goodbye."


class Telephone:
    """One live call, in a thread of its own: it waits most of the time, for as long as anybody talks."""

    def __init__(self, world: World, plan: LiveCallPlan) -> None:
        """Enter it at Twilio. Raises ValueError if it cannot be played."""
        if plan.dial_ends_as not in DIAL_ENDS:
            raise ValueError(f"dial_ends_as must be one of {', '.join(DIAL_ENDS)}")
        self._stage = Stage(world, plan)
        self.call = self._stage.call
        world.twilio.lines.put(self.call.sid, self)
        self._thread = threading.Thread(target=self._run, name=f"twin-{self.call.sid}", daemon=True)

    def begin(self) -> None:
        """Let it ring."""
        self._thread.start()

    def replace(self, text: str) -> bool:
        """Play this TwiML at once, wherever the call stands; False if it has ended. What is wrong with it shows when it is played."""
        return self._stage.replace(partial(twiml.read, text.encode(), None))

    def redirect(self, url: str) -> bool:
        """Ask there what to play, at once; False if the call has ended."""
        return self._stage.replace(partial(self._stage.ask, "redirect", url, {}))

    def hang_up(self) -> bool:
        """End the call; False if it has ended."""
        return self._stage.hang_up()

    def cut(self) -> None:
        """End without a word to anybody."""
        self._stage.cut()

    def _run(self) -> None:
        stage, plan = self._stage, self._stage.plan
        stage.progress.become("ringing")
        try:
            self._talk(partial(stage.ask, "voice", plan.url(plan.voice_path), {}))
        except Cut:
            return
        except Exception:  # noqa: BLE001 - a broken call must still end
            traceback.print_exc()
        self._end()

    def _talk(self, following: Get | None) -> None:
        who = "twilio"
        try:
            while following is not None:
                following = self._part(following)
        except HungUp as hung_up:
            who = hung_up.who
        except TwimlError as error:
            self._apologize(error)
        self._stage.happened("hung up", who)

    def _part(self, get: Get) -> Get | None:
        """One document, or as much of it as nobody replaced."""
        try:
            return verbs.perform(self._stage, get())
        except Replaced as replaced:
            return replaced.get

    def _apologize(self, error: TwimlError) -> None:
        self._stage.happened("fault", str(error))
        verbs.answer(self._stage)
        try:
            verbs.say(self._stage, APOLOGY)
        except (HungUp, Replaced):
            return

    def _end(self) -> None:
        seconds = round(self._stage.close())
        if self._stage.transcription:
            self._stage.transcription.stop()
        self._stage.progress.become("completed", seconds)
