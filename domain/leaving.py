"""How each kind of effect leaves the house: who sends it, for how long, and what is done where nobody knows whether it left."""

import math
from dataclasses import dataclass
from enum import StrEnum

from domain.chain import EffectKind


class Sender(StrEnum):
    """Who sends it. Where no account of Twilio's is set, whatever it is stays here."""

    REPLIES = "replies"  # Twilio; SEND_SMS=false keeps it here
    HELP = "help"  # Twilio, whatever SEND_SMS says: nothing switches it off
    CALLS = "calls"  # Twilio, where the live call is


@dataclass(frozen=True, slots=True)
class Policy:
    """What is so of all effects of a kind.

    ``age_limit_s``: what is older is not sent any more. ``at_least_once``: it is asked for through an open circuit, tried until it is too
    old however often that was, and sent again if a look-up did not find it; everything else is sent at most once. ``pause_s`` is the
    longest pause between two tries. ``tells_other``: when it ends without having left for certain, whoever else is named is told.
    """

    sender: Sender
    age_limit_s: float
    at_least_once: bool = False
    pause_s: float = math.inf
    tells_other: bool = False


# an answer that comes a day late, after an outage of ours or of a vendor's, confuses more than it helps: a person may write a better one
REPLY_AGE_LIMIT_S = 24 * 3_600.0

POLICIES = {
    EffectKind.SMS: Policy(Sender.REPLIES, REPLY_AGE_LIMIT_S),
    EffectKind.CALL_UPDATE: Policy(Sender.CALLS, REPLY_AGE_LIMIT_S),
    # A call for help is worth trying for longer. Whoever is in danger cannot wait for a circuit, and the same message twice harms nobody of
    # ours: a customer never gets it.
    EffectKind.ESCALATION: Policy(Sender.HELP, 2 * REPLY_AGE_LIMIT_S, at_least_once=True, pause_s=30.0, tells_other=True),
}
