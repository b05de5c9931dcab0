"""`make up`: everything on this machine, until Ctrl-C or `make down`."""

import sys

from scripts import run
from scripts.stack import card, cast, console, interruption, local_settings, places, session


def main() -> int:
    """Run the stack in the foreground."""
    return session.run(places.of(), _stay, _occupied)


def _stay(told: card.Card) -> int:
    console.say()
    console.say(f"  API       {told.web_url}/docs   (a key: make run CMD='celery -A tasks keys create --name me --scope operator')")
    console.say(f"  Flower    {told.flower_url}   (user and password: flower_basic_auth in .run/stack.json)")
    console.say("  Secrets   .run/stack.json      Logs  .run/logs/")
    here = places.of()
    environment = run.of_running(here) or {"PUBLIC_BASE_URL": told.public_base_url}
    for line in cast.lines(environment, told.twin_url, local_settings.recall(here, "TWILIO_ACCOUNT_SID")):
        console.say(line)
    console.say()
    console.say("Running. Ctrl-C, or `make down` elsewhere, stops it; data and secrets stay in .run/.")
    interruption.wait()
    return 0


def _occupied(pid: int) -> int:
    console.complain(f"a stack already runs in this checkout (process {pid}). Its addresses are in .run/stack.json; `make down` stops it.")
    return 1


if __name__ == "__main__":
    sys.exit(main())
