"""How a talk went by its timings: who spoke how much, where nobody did, who cut in. Pure arithmetic."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from domain.speech import Role, RoleVerdict, Utterance

# people who take turns overlap by so much without cutting in, and a vendor's ends of utterances are no sharper; ms
TOLERANCE_MS = 300
_MINUTE_MS = 60_000


def figures(utterances: Sequence[Utterance], verdict: RoleVerdict) -> Mapping[str, float]:
    """Figures of the utterances that were timed; empty if none was, as in an SMS. The talk lasts from its first word to its last.

    ``talk_ratio_agent``, ``talk_ratio_customer``, ``talk_ratio_unsure``: share of all speech, for each role that spoke; they sum to 1.
    ``silence_share``: share of the talk in which nobody spoke. ``longest_silence_ms``. ``interruptions``: how often somebody began while
    another went on for more than TOLERANCE_MS. ``turns``: stretches of one speaker. ``words_per_minute`` of speech, everybody's.
    """
    timed = sorted((said for said in utterances if said.end_ms > said.start_ms), key=lambda said: (said.start_ms, said.seq))
    if not timed:
        return {}
    spoken = sum(_length(said) for said in timed)
    silences = list(_silences(timed))
    lasted = max(said.end_ms for said in timed) - timed[0].start_ms
    return _ratios(timed, verdict, spoken) | {
        "silence_share": round(sum(silences) / lasted, 4),
        "longest_silence_ms": max(silences, default=0),
        "interruptions": _interruptions(timed),
        "turns": 1 + sum(one.speaker != other.speaker for one, other in pairwise(timed)),
        "words_per_minute": round(sum(len(said.text.split()) for said in timed) * _MINUTE_MS / spoken, 1),
    }


def _ratios(timed: Sequence[Utterance], verdict: RoleVerdict, spoken: int) -> dict[str, float]:
    by_role = dict.fromkeys(Role, 0)
    for said in timed:
        by_role[verdict.roles.get(said.speaker, Role.UNSURE)] += _length(said)
    return {f"talk_ratio_{role}": round(length / spoken, 4) for role, length in by_role.items() if length}


def _silences(timed: Sequence[Utterance]) -> Iterator[int]:
    heard_until = timed[0].end_ms
    for said in timed:
        if said.start_ms > heard_until:
            yield said.start_ms - heard_until
        heard_until = max(heard_until, said.end_ms)


def _interruptions(timed: Sequence[Utterance]) -> int:
    count, going_on = 0, dict[int, int]()
    for said in timed:
        going_on = {speaker: end for speaker, end in going_on.items() if end > said.start_ms}
        others = [end for speaker, end in going_on.items() if speaker != said.speaker]
        count += min(max(others, default=said.start_ms), said.end_ms) - said.start_ms > TOLERANCE_MS
        going_on[said.speaker] = max(said.end_ms, going_on.get(said.speaker, 0))
    return count


def _length(said: Utterance) -> int:
    return said.end_ms - said.start_ms
