"""Who is the agent and who the customer: several kinds of evidence become one verdict with one confidence. Pure rules (decision 0016).

Each kind says in log-odds how much more likely a speaker is the agent than anybody else. They are added, each within its limit, so that no
kind can shout the others down. Only what is compared between speakers counts, never a speaker's number: if the numbers in the input are
swapped the verdict is swapped, or it is ``unsure``.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.chain import Source
from domain.errors import RefusedError
from domain.speech import OUR_CHANNEL, CallEvidence, Channel, Role, RoleVerdict, Utterance
from domain.understanding import openings

# what is left between the most agent-like speaker and the next; below it the answer is unsure
MARGIN = 0.05
# a speaker alone has nobody to be compared with, so the evidence must be clearer
LONE_MARGIN = 1.0
# so must it be if one kind of evidence speaks against the verdict that the others give
CONTRADICTED_MARGIN, CONTRADICTS = 1.5, -1.0

INBOUND, TWO = "inbound", 2


class Kind(StrEnum):
    """Where a sign of who is who comes from."""

    TOLD = "told"
    CHANNEL = "channel"
    OPENING = "opening"
    WORDS = "words"
    MODEL = "model"


CERTAIN = 20.0
# The most that a kind can add. A channel is a fact and outweighs all others together; our own reading of the words was measured
# (docs/quality.md) and errs in a few of a hundred; a model's confidence is its own word for it; openings are a handful of phrases.
LIMITS: Mapping[Kind, float] = {Kind.CHANNEL: 12.0, Kind.WORDS: 5.0, Kind.MODEL: 3.0, Kind.OPENING: 1.5}


@dataclass(frozen=True, slots=True)
class Sign:
    """One kind of evidence: speaker → log-odds (natural logarithm) of being the agent, against the likeliest other one.

    Of a speaker who is heard alone: against being the customer.
    """

    kind: Kind
    odds: Mapping[int, float]


def evidence_of(
    source: Source, channel: Channel, direction: str | None, channels: int | None, told: Mapping[int, Role] | None
) -> CallEvidence:
    """What is known beside the words of a transcript of this source; ``channels`` as the recording's vendor announced them.

    Of a recording of an outbound call nobody says which leg was called first, ours or the customer's: its channels tell nothing.
    """
    live = source in {Source.LIVE_TRANSCRIPTION, Source.API}
    dual = source is Source.TWILIO_RECORDING and channels == TWO and direction == INBOUND
    alone = source in {Source.SMS, Source.LIVE_TURN}
    return CallEvidence(
        channel, direction, OUR_CHANNEL if live or dual else None, customer_only=alone, told=told, is_live=source is Source.LIVE_TURN
    )


def known(utterances: Sequence[Utterance], evidence: CallEvidence) -> RoleVerdict | None:
    """The verdict that needs no weighing: a person said so, or nobody but the customer can be heard. None where signs must be weighed."""
    speakers = {said.speaker for said in utterances}
    if not speakers:
        return RoleVerdict({}, 0.0)
    if evidence.told:
        return RoleVerdict({speaker: evidence.told.get(speaker, Role.UNSURE) for speaker in speakers}, 1.0, {Kind.TOLD: CERTAIN})
    if evidence.customer_only or evidence.channel is Channel.SMS:
        return RoleVerdict(dict.fromkeys(speakers, Role.CUSTOMER), 1.0, {Kind.CHANNEL: CERTAIN})
    return None


def beside_the_words(utterances: Sequence[Utterance], evidence: CallEvidence) -> tuple[Sign, ...]:
    """The signs that need no model: on which channel somebody is heard, and who takes and who makes the call."""
    opened = from_scores(Kind.OPENING, openings.scores(utterances, evidence.direction))
    return tuple(sign for sign in (_by_channel(utterances, evidence.agent_channel), opened) if sign and any(sign.odds.values()))


def from_scores(kind: Kind, scores: Mapping[int, float]) -> Sign:
    """A sign of scores that are log-likelihoods: of each speaker being the agent or, of one alone, the difference to being the customer."""
    if len(scores) == 1:
        return Sign(kind, scores)
    best, next_best = sorted(scores.values(), reverse=True)[:2] if scores else (0.0, 0.0)
    is_shared = best == next_best
    others = {speaker: next_best if score == best and not is_shared else best for speaker, score in scores.items()}
    return Sign(kind, {speaker: score - others[speaker] for speaker, score in scores.items()})


def from_verdict(verdict: RoleVerdict) -> Sign | None:
    """What a model said, as one sign among others; None if it did not name one agent and nobody unsure."""
    named = list(verdict.roles.values())
    if Role.UNSURE in named or (named.count(Role.AGENT) != 1 and len(named) != 1):
        return None
    odds = _log_odds(verdict.confidence)
    return Sign(Kind.MODEL, {speaker: odds if role is Role.AGENT else -odds for speaker, role in verdict.roles.items()})


def weigh(utterances: Sequence[Utterance], signs: Iterable[Sign]) -> RoleVerdict:
    """Add the signs up: the most agent-like speaker is the agent and the rest are customers, or all are ``unsure``."""
    within = [Sign(sign.kind, {speaker: _within(odds, LIMITS[sign.kind]) for speaker, odds in sign.odds.items()}) for sign in signs]
    totals = {said.speaker: math.fsum(sign.odds.get(said.speaker, 0.0) for sign in within) for said in utterances}
    if not totals:
        return RoleVerdict({}, 0.0)
    first = max(totals, key=lambda speaker: totals[speaker])
    favours = 1.0 if totals[first] >= 0 or len(totals) > 1 else -1.0
    why = {sign.kind.value: favours * sign.odds.get(first, 0.0) for sign in within}
    margin = _margin(totals, first)
    needed = _needed(len(totals) == 1, why)
    if margin < needed:
        return RoleVerdict(dict.fromkeys(totals, Role.UNSURE), sigmoid(margin), why)
    agent = first if favours > 0 else None
    return RoleVerdict({speaker: Role.AGENT if speaker == agent else Role.CUSTOMER for speaker in totals}, sigmoid(margin), why)


def figures(verdict: RoleVerdict) -> Mapping[str, float]:
    """Why it is this verdict, as it stands beside the other figures of an analysis: ``role_words``, ``role_channel``, … in log-odds."""
    return {f"role_{kind}": round(odds, 2) for kind, odds in verdict.evidence.items()}


def swapped(roles: Mapping[int, Role]) -> Mapping[int, Role]:
    """Agent and customer the other way round. Raises RefusedError where that says nothing: somebody is unsure, or more than two speak."""
    if not 1 <= len(roles) <= TWO or Role.UNSURE in roles.values():
        heard = ", ".join(f"{speaker} is {role}" for speaker, role in sorted(roles.items())) or "nobody was told apart"
        raise RefusedError(f"There is nothing to swap: {heard}. Say who is who in `roles`.")
    return {speaker: Role.CUSTOMER if role is Role.AGENT else Role.AGENT for speaker, role in roles.items()}


def _margin(totals: Mapping[int, float], first: int) -> float:
    if len(totals) == 1:
        return abs(totals[first])
    # two who are alike have a tie, whatever is said of others
    second = max(total for speaker, total in totals.items() if speaker != first)
    return max(0.0, min(totals[first], totals[first] - second))


def _needed(alone: bool, why: Mapping[str, float]) -> float:  # noqa: FBT001 - private, and named at its only call
    least = LONE_MARGIN if alone else MARGIN
    return max(least, CONTRADICTED_MARGIN) if min(why.values(), default=0.0) <= CONTRADICTS else least


def _by_channel(utterances: Sequence[Utterance], ours: int | None) -> Sign | None:
    """None if somebody is heard on two channels, or several share the only one: that recording was not dual."""
    heard: dict[int, set[int]] = {}
    for said in utterances:
        heard.setdefault(said.speaker, set()).add(said.channel)
    several = len(set().union(*heard.values())) > 1
    if ours is None or any(len(channels) > 1 for channels in heard.values()) or (len(heard) > 1 and not several):
        return None
    limit = LIMITS[Kind.CHANNEL]
    return Sign(Kind.CHANNEL, {speaker: limit if ours in channels else -limit for speaker, channels in heard.items()})


def _within(odds: float, limit: float) -> float:
    return max(-limit, min(limit, odds))


def _log_odds(confidence: float) -> float:
    kept = min(max(confidence, 0.001), 0.999)
    return math.log(kept / (1 - kept))


def sigmoid(value: float) -> float:
    """Log-odds → probability, whatever their size."""
    return 1 / (1 + math.exp(-value)) if value > 0 else math.exp(value) / (1 + math.exp(value))
