"""All that one twin has: its clock, its journal, its modes and what each vendor keeps."""

from flask import current_app

from scripts.twin.agenda import Agenda
from scripts.twin.clock import Clock
from scripts.twin.config import Config
from scripts.twin.deepgram.ears import Ears
from scripts.twin.deepgram.jobs import Jobs
from scripts.twin.journal import Journal
from scripts.twin.kept import Kept
from scripts.twin.modes import Modes
from scripts.twin.post import Post
from scripts.twin.twilio.store import TwilioStore

EXTENSION = "twin"
KEYS = 10_000


class World:
    """Built once per twin; ``reset`` makes it as new."""

    def __init__(self, config: Config) -> None:
        """Read the ears and start the agenda's threads."""
        self.config = config
        self.clock = Clock(config.speed)
        self.agenda = Agenda(self.clock)
        self.journal = Journal()
        self.modes = Modes()
        self.post = Post(self.agenda, self.journal, self.modes, dict(config.routes))
        self.ears = Ears(config.ears)
        self.jobs = Jobs()
        self.twilio = TwilioStore()
        self._keys: Kept[bool] = Kept(KEYS)

    def asked_before(self, key: str | None) -> bool:
        """Whether somebody has asked with this Idempotency-Key before; None is never the same."""
        if key is None:
            return False
        known = self._keys.get(key) is not None
        self._keys.put(key, True)
        return known

    def reset(self) -> None:
        """Forget everything that happened or was asked for since the start."""
        self.modes.clear()
        self.agenda.clear()
        self.post.forget()
        self.post.routes.clear()
        self.post.routes.update(self.config.routes)
        self.clock.run_at(self.config.speed)
        self.ears.forget()
        self.jobs.clear()
        self.twilio.clear()
        self._keys.clear()
        self.journal.clear()

    def stop(self) -> None:
        """Wake whoever waits, and end the threads; a live call that waits sees that the clock has stopped."""
        self.clock.stop()
        self.agenda.join()


def here() -> World:
    """The world of the twin that answers this request."""
    world = current_app.extensions[EXTENSION]
    if not isinstance(world, World):
        raise TypeError("the application has no world; make it with scripts.twin.app.create_app")
    return world
