"""`make demo`: everything of `make up`, then calls that people talk in, recorded calls and messages, as the vendors send them."""

import os
import sys

from scripts import run
from scripts.demo import calls, farewell, follow, life, story, talks, vendors, verdict, wishes
from scripts.stack import card, console, interruption, local_settings, places, session
from scripts.stack.errors import StackError


def main() -> int:
    """Run the demo; non-zero unless everything came out as it should.

    Every recorded call has both statuses completed, all steps done and the roles of its label (not its intent); every turn and message has
    its one reply; whoever calls for help was put through.
    """
    return session.run(places.of(), _show_and_stay, _show_in_running_stack)


def _show_and_stay(told: card.Card) -> int:
    code = _show(told)
    if os.environ.get("ONCE", "") not in {"", "0"}:
        return code
    farewell.tell(told)
    console.say()
    console.say("Running. Ctrl-C, or `make down` elsewhere, stops it; data and secrets stay in .run/.")
    interruption.wait()
    return code


def _show_in_running_stack(pid: int) -> int:
    console.note(f"a stack runs here already (process {pid}): the calls go to that one, and it stays up")
    try:
        told = card.read(places.of())
        code = _show(told)
    except (KeyError, TypeError):
        console.complain("that stack is still starting. Try again when it says `Running`.")
    except StackError as error:
        console.complain(str(error))
    except interruption.Interrupted:
        console.say("Stopped; the stack stays up.")
    else:
        farewell.tell(told)
        return code
    return 1


def _show(told: card.Card) -> int:
    wrong = _played(told) | _deliveries(told)
    return _sum_up(wrong)


def _played(told: card.Card) -> dict[str, list[str]]:
    environment = run.of_running(places.of())
    if not told.twin_url or environment is None:
        console.note("a vendor's key or address is set: the calls and messages that the twin would play are left out")
        return {}
    with wishes.changed(environment, places.of().logs / "setup.log", {**life.WISHES, **talks.WISHES}, talks.UNLESS_TOLD):
        return {"the phone order": life.play(told), **talks.play(told)}


def _deliveries(told: card.Card) -> dict[str, list[str]]:
    console.say()
    texts = [calls.text_message(told.twilio_account_sid)] if _costs_nobody_a_message(told) else []
    last = "and an SMS arrive" if texts else "arrive; no SMS, since it would be answered from your Twilio account"
    console.say(f"Five calls of the HarperValleyBank corpus (Gridspace/Stanford, CC BY 4.0; demo/calls/ATTRIBUTION.md) {last}:")
    posted = [vendors.send_deepgram(call, told) for call in calls.deepgram_calls()]
    posted += [vendors.send_sms(text, told) for text in texts]
    found = follow.until_finished(posted, told)
    wrong = {one.call.title: verdict.faults(one.call, found.get(one.call.ref)) for one in posted}
    for one in posted:
        story.tell(one, found.get(one.call.ref), wrong[one.call.title])
    return wrong


def _costs_nobody_a_message(told: card.Card) -> bool:
    return bool(told.twin_url) or told.twilio_account_sid == local_settings.recall(places.of(), "TWILIO_ACCOUNT_SID")


def _sum_up(wrong: dict[str, list[str]]) -> int:
    bad = [title for title, faults in wrong.items() if faults]
    console.say()
    if bad:
        console.complain(
            f"{len(bad)} of {len(wrong)} did not come out as they should: {', '.join(bad)}. The logs are in .run/logs/.", "Wrong"
        )
        return 1
    console.say(console.paint(f"All {len(wrong)} came through: statuses, steps, roles and replies are right.", "green", "bold"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
