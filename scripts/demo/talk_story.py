"""Tells how a talk went: who said what, and when."""

import textwrap
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from scripts.stack.console import paint, say

WIDTH = 100
COLOURS = {"we": "blue", "caller": "green", "they": "green"}
# who does what is told, and how
TOLD: Mapping[str, tuple[str, str]] = {
    "said": ("we", "{}"),
    "spoke": ("caller", "{}"),
    "pressed": ("caller", "presses {}"),
    "silence": ("caller", "says nothing"),
    "played": ("we", "play {}"),
    "dialed": ("Twilio", "dials {}"),
    "connected": ("Twilio", "connects them"),
    "not connected": ("Twilio", "cannot connect them: {}"),
    "fault": ("Twilio", "is told something wrong: {}"),
}

ENDED_BY = {"caller": "caller", "twilio": "Twilio"}


def tell_call(title: str, call: Mapping[str, Any], faults: Sequence[str], praise: str) -> None:
    """One live call, from the first ring to the end."""
    say()
    say(paint(title, "bold") + paint(f"  {call['sid']}", "dim"))
    for moment in call["course"]:
        who, words = TOLD.get(moment["kind"], (ENDED_BY.get(moment["what"], ""), "hangs up"))
        cut = paint("  (cut off)", "dim") if moment["is_cut"] else ""
        _line(f"{moment['at_s']:5.1f} s", who, words.format(moment["what"]), cut)
    _judge(faults, praise)


def tell_thread(texts: Sequence[str], answers: Sequence[str], faults: Sequence[str]) -> None:
    """A thread, message by message."""
    say()
    say(paint("the thread", "bold"))
    for text, answer in zip_longest(texts, answers, fillvalue=""):
        _line("", "they", text)
        _line("", "we", answer)
    _judge(faults, "each message has its one answer, delivered")


def handed_over(call: Mapping[str, Any], turns: int) -> str:
    """How our replies came into the call."""
    pushed = len(call["twiml"])
    others = "" if pushed == turns else ", the others given when the call asked for them"
    how = f"{pushed} of {turns} pushed into the call{others}" if pushed else "each given when the call asked for it"
    return f"each turn has its one reply, said once; {how}"


def _line(when: str, who: str, words: str, more: str = "") -> None:
    first, *others = textwrap.wrap(words, WIDTH - 20) or [""]
    say(f"  {when:>8}  {paint(f'{who:<8}', COLOURS.get(who, 'yellow'))}{first}{'' if others else more}")
    for place, line in enumerate(others, start=1):
        say(f"{'':20}{line}{more if place == len(others) else ''}")


def _judge(faults: Sequence[str], praise: str) -> None:
    for fault in faults:
        say(f"  {paint('wrong', 'red', 'bold')}     {fault}")
    if not faults:
        say(f"  {paint('as it should be', 'green')}: {praise}")
