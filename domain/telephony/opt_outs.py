"""Who wants no more messages, and who does again: the words that the network itself understands, and whose answer is not ours to give.

Twilio answers these words itself and then refuses what we send: error 21610 (help.twilio.com, "Twilio support for opt-out keywords"). With
Advanced Opt-Out an account may have words of its own; Twilio then says with the message what it took it for (wire/twilio.md §3).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Keyword(StrEnum):
    """What a whole message means to the network. ``yes`` is an ordinary answer, too: it ends an opt-out if there is one."""

    STOP = "stop"
    START = "start"
    YES = "yes"
    HELP = "help"


_WORDS: Mapping[str, Keyword] = {
    **dict.fromkeys(("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"), Keyword.STOP),
    **dict.fromkeys(("start", "unstop"), Keyword.START),
    "yes": Keyword.YES,
    **dict.fromkeys(("help", "info"), Keyword.HELP),
}
# letters of every script stay: a word in one that we do not read is no keyword with something around it
_NO_LETTERS = re.compile(r"[\W_]+")
# the longest keyword with punctuation around it; what is longer is not looked at
_LOOKED_AT = 64

# always answered by the network, or by nobody
ANSWERED_ELSEWHERE = frozenset({Keyword.STOP, Keyword.START, Keyword.HELP})
OPTED_OUT, TWILIO_ANSWERS = "opted_out", "twilio_answers"


@dataclass(frozen=True, slots=True)
class OptOut:
    """How somebody stands to messages from one of our numbers. ``source_ref`` is the message that changed it last, if one did."""

    stopped: bool
    source_ref: str | None = None


def keyword(text: str, told: str | None = None) -> Keyword | None:
    """What a message means to the network; None for any other. ``told`` is Twilio's own word for it (OptOutType), which decides."""
    if told and told.lower() in {Keyword.STOP, Keyword.START, Keyword.HELP}:
        return Keyword(told.lower())
    return _WORDS.get(_NO_LETTERS.sub("", text.lower())) if len(text) <= _LOOKED_AT else None


def withheld(said: Keyword | None, source_ref: str, stands: OptOut | None) -> str | None:
    """Why a message gets no answer of ours, as a stable word; None if it may. ``stands`` is how its sender stands by now."""
    if said is Keyword.STOP:
        return OPTED_OUT
    if said in {Keyword.START, Keyword.HELP} or (said is Keyword.YES and stands and stands.source_ref == source_ref):
        return TWILIO_ANSWERS
    return OPTED_OUT if stands and stands.stopped else None
