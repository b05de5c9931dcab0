"""Who is the agent and who the customer: what is known beside the words, and how scores of words become a verdict. Pure rules."""

import math
from collections.abc import Mapping

from domain.speech import CallEvidence, Channel, Role, RoleVerdict, Utterance

# log-odds between the most agent-like speaker and the next; below it the answer is unsure
MARGIN = 0.05
# a speaker alone has nobody to be compared with, so the words must be clearer
LONE_MARGIN = 1.0


def from_evidence(utterances: tuple[Utterance, ...], evidence: CallEvidence) -> RoleVerdict | None:
    """The verdict that needs no words: an SMS is the customer's; in a dual recording the channel tells. None when only words can tell."""
    speakers = _channels(utterances)
    if not speakers:
        return RoleVerdict({}, 0.0)
    if evidence.channel is Channel.SMS:
        return RoleVerdict(dict.fromkeys(speakers, Role.CUSTOMER), 1.0)
    if evidence.agent_channel is None or not _tells(speakers):
        return None
    return RoleVerdict(
        {speaker: Role.AGENT if evidence.agent_channel in channels else Role.CUSTOMER for speaker, channels in speakers.items()}, 1.0
    )


def from_scores(scores: Mapping[int, float]) -> RoleVerdict:
    """The most agent-like speaker is the agent, the rest are customers. Scores are log-odds of being an agent, by speaker."""
    if len(scores) < 2:  # noqa: PLR2004 - a comparison takes two
        return _alone(scores)
    first, second = sorted(scores, key=lambda speaker: scores[speaker], reverse=True)[:2]
    margin = scores[first] - scores[second]
    if margin < MARGIN:
        return RoleVerdict(dict.fromkeys(scores, Role.UNSURE), _sigmoid(margin))
    return RoleVerdict({speaker: Role.AGENT if speaker == first else Role.CUSTOMER for speaker in scores}, _sigmoid(margin))


def _alone(scores: Mapping[int, float]) -> RoleVerdict:
    if not scores:
        return RoleVerdict({}, 0.0)
    speaker, score = next(iter(scores.items()))
    likely = Role.AGENT if score > 0 else Role.CUSTOMER
    return RoleVerdict({speaker: likely if abs(score) >= LONE_MARGIN else Role.UNSURE}, _sigmoid(abs(score)))


def _channels(utterances: tuple[Utterance, ...]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for utterance in utterances:
        found.setdefault(utterance.speaker, set()).add(utterance.channel)
    return found


def _tells(speakers: Mapping[int, set[int]]) -> bool:
    """Nobody is heard on two channels, and several speakers do not share the only one: that recording was not dual."""
    heard = set().union(*speakers.values())
    return all(len(channels) == 1 for channels in speakers.values()) and (len(heard) > 1 or len(speakers) == 1)


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))
