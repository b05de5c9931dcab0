"""From scores of single turns to who is who, though some turns are put on the wrong speaker. Pure rules.

Who really speaks is hidden: agent or customer, turn by turn. The words of a turn speak for one of them; people take turns; the speaker
number that we are given is right but for some share of the turns. How often it is wrong, and how often the talk goes to and fro, differs
from call to call: some values of each are tried, and weigh as much as they explain of the call (the forward algorithm for each).
"""

import math
from collections.abc import Iterable, Mapping, Sequence

# how many turns are put on the wrong speaker, and how often the next turn is the other one's
MISHEARD = (0.01, 0.1, 0.25)
CHANGES = (0.3, 0.65, 0.95)
# The neighbours of a turn tell much of the same: its log-odds count half, and no turn is surer than the limit.
TURN_WEIGHT, TURN_LIMIT = 0.5, 4.0
# twenty minutes and more tell; bounds the work
MOST_TURNS = 400


def scores(speakers: Sequence[int], turns: Sequence[float]) -> Mapping[int, float]:
    """Speaker → log-likelihood of the call if that speaker is the agent; of one alone, its difference to that of a customer.

    ``turns`` are log-odds of each turn being the agent's. The numbers of speakers are only compared with each other.
    """
    heard, likely = speakers[:MOST_TURNS], [_probability(turn) for turn in turns[:MOST_TURNS]]
    # sorted for nothing but the same order on every run
    found = {speaker: _log_likelihood([each == speaker for each in heard], likely) for speaker in sorted(set(heard))}
    if len(found) == 1:
        nobody = _log_likelihood([False] * len(likely), likely)
        return {speaker: value - nobody for speaker, value in found.items()}
    return found


def _log_likelihood(is_theirs: Sequence[bool], likely: Sequence[float]) -> float:
    """Of all turns, if the agent is whose turns are ``is_theirs``; up to a constant."""
    return _log_sum(_forward(is_theirs, likely, misheard, change) for misheard in MISHEARD for change in CHANGES)


def _forward(is_theirs: Sequence[bool], likely: Sequence[float], misheard: float, change: float) -> float:
    agent = customer = 0.5
    total, heard = 0.0, 1 - misheard
    for theirs, by_agent in zip(is_theirs, likely, strict=True):
        agent, customer = agent * (1 - change) + customer * change, customer * (1 - change) + agent * change
        agent *= by_agent * (heard if theirs else misheard)
        customer *= (1 - by_agent) * (misheard if theirs else heard)
        both = agent + customer
        total += math.log(both)
        agent, customer = agent / both, customer / both
    return total


def _probability(turn: float) -> float:
    return 1 / (1 + math.exp(-TURN_LIMIT * math.tanh(TURN_WEIGHT * turn / TURN_LIMIT)))


def _log_sum(values: Iterable[float]) -> float:
    found = list(values)
    highest = max(found)
    return highest + math.log(math.fsum(math.exp(value - highest) for value in found))
