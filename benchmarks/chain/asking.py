"""The product in a house that asks its vendors: the twin plays OpenAI and Twilio, over real sockets of this machine."""

from collections import Counter

from benchmarks.front.houses import Hookline
from benchmarks.harness.rig import Rig
from scripts.stack import ports, twin
from scripts.twin.client import TwinClient

READY_TWIN = "twin ready"
QUESTIONS, MESSAGES = "responses", "message.create"
# who speaks and wants what, and what to answer
QUESTIONS_A_RUN = 2


class Asking(Hookline):
    """Roles, intent and reply are OpenAI's, each SMS leaves through Twilio's SDK, and the twin reports what became of it."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._twin_port = ports.free()
        self._twin = TwinClient(f"http://127.0.0.1:{self._twin_port}")
        super().__init__("asking", twin.settings(self._twin.url))

    def start(self, rig: Rig) -> None:
        """The vendors first."""
        url = f"http://127.0.0.1:{self.port}"
        vendors = rig.process("twin", twin.command(self._twin_port, url, url), rig.environment(rig.servers.postgres.url, self.port))
        vendors.start()
        super().start(rig)
        vendors.ready(READY_TWIN)

    def empty(self, rig: Rig) -> None:
        """The vendors forget as well."""
        super().empty(rig)
        self._twin.reset()

    def has_asked(self, runs: int) -> None:
        """Return if OpenAI answered every question of so many runs, and Twilio took each SMS once. Raises RuntimeError if not."""
        paid = Counter(entry.operation for entry in self._twin.log(direction="in") if entry.paid)
        if paid[QUESTIONS] < QUESTIONS_A_RUN * runs or paid[MESSAGES] != runs:
            raise RuntimeError(f"{runs} runs have paid for {dict(paid)}")
