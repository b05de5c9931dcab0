"""Who took the call and who made it: phrases of the first words on a telephone, which mean one side or the other by the call's direction.

"I'm calling about …" is a customer on an inbound call and the business on an outbound one; words without the direction cannot tell.
"""

import re
from collections.abc import Mapping, Sequence

from domain.speech import Utterance

# an opening is over by then; "she was calling about it" in the middle of a talk says nothing
FIRST_UTTERANCES = 6

_TAKES = re.compile(
    r"\b(thanks|thank you) for calling\b|\byou(?: have|'ve) reached\b|\bwho(?: is|'s) (?:calling|speaking|this)\b"
    r"|\b(?:who|whom) am i (?:speaking|talking) (?:to|with)\b",
    re.IGNORECASE,
)
_MAKES = re.compile(
    r"\b(?:i|we)(?: am|'m| are|'re| was| were) (?:just )?calling\b|\bthe reason (?:for my call|i(?: am|'m) calling)\b"
    r"|\breturning your call\b|\bcalling (?:about|because|from|on behalf|regarding|to)\b",
    re.IGNORECASE,
)


def scores(utterances: Sequence[Utterance], direction: str | None) -> Mapping[int, float]:
    """Speaker → how often they opened like the business minus how often like the customer; all 0 if no direction is known."""
    found = {said.speaker: 0.0 for said in utterances}
    if direction is None:
        return found
    takes = 1.0 if direction == "inbound" else -1.0
    for said in utterances[:FIRST_UTTERANCES]:
        if _TAKES.search(said.text):
            found[said.speaker] += takes
        elif _MAKES.search(said.text):
            found[said.speaker] -= takes
    return found
