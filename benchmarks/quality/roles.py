"""How often the roles of a call are right, of calls that the weights have not seen. Words only: no channel, no direction, no first speaker.

A corpus is left out of training and then asked, or a share of the calls of all corpora. HarperValley is asked of weights that were made of
all three corpora, and is never trained or tuned on. A call is right if every speaker has the right role; ``unsure`` counts as wrong.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from zlib import crc32

from benchmarks.quality.figure import Amount, Figure
from domain.speech import Role, Utterance
from domain.understanding import roles
from providers.local import turns
from providers.local.roles import LocalRoles
from scripts import train_roles
from scripts.training import corpora, fitting

NAMES = {"star": "STAR", "sgd": "SGD", "taskmaster4": "TM-4"}
MACHINE, HUMAN = "hvb_asr", "hvb"
NOISE, NOISE_SEED = 0.2, 11
FOLDS = 4
FIRST = 4

View = Callable[[corpora.Call], corpora.Call]
Calls = Mapping[str, Sequence[corpora.Call]]

# what is asked of a corpus that was left out, what is asked of it if only some of its calls were; and from how much on that is enough
LEFT_OUT = {"star": 0.985, "sgd": 0.990, "taskmaster4": 0.950}
LEFT_OUT_SHORT = {"star": 0.900}
NOISY = {"star": 0.965, "sgd": 0.975}


def whole(call: corpora.Call) -> corpora.Call:
    """All of it."""
    return call


def first_of_each(call: corpora.Call) -> corpora.Call:
    """Only the first turn of each speaker."""
    firsts = {turn.speaker: turn for turn in reversed(call.turns)}
    return corpora.Call(call.call_id, tuple(turn for turn in call.turns if turn is firsts[turn.speaker]))


def first_four(call: corpora.Call) -> corpora.Call:
    """Only the first four turns, whoever speaks."""
    return corpora.Call(call.call_id, call.turns[:FIRST])


def says_more(call: corpora.Call) -> bool:
    """Whether anybody says more than a greeting: of "hello" and "hello" only who spoke first could tell, and that is an artefact."""
    return any(turns.words(turn.text) for turn in call.turns)


def noisy(call: corpora.Call) -> corpora.Call:
    """The call as bad diarization hears it: each turn is put on the wrong speaker with the probability NOISE."""
    dice = random.Random(f"{NOISE_SEED}:{call.call_id}")  # noqa: S311 - the same noise on every run, no secret
    first, second = sorted({turn.speaker for turn in call.turns})
    other = {first: second, second: first}
    heard = [corpora.Turn(other[turn.speaker], turn.role, turn.text) if dice.random() < NOISE else turn for turn in call.turns]
    return corpora.Call(call.call_id, tuple(heard))


def ask(reader: LocalRoles, truth: corpora.Call, heard: corpora.Call) -> str:
    """``right``, ``wrong`` or ``unsure``."""
    said = tuple(Utterance(seq, turn.speaker, turn.text, 0, 0) for seq, turn in enumerate(heard.turns))
    verdict = roles.weigh(said, [reader.read(said)])
    if Role.UNSURE in verdict.roles.values():
        return "unsure"
    return "right" if all(verdict.roles.get(turn.speaker, turn.role) == turn.role for turn in truth.turns) else "wrong"


def trained(calls: Calls) -> LocalRoles:
    """The product's own reader, with weights made of these calls."""
    fitted = train_roles.train(calls)
    return LocalRoles.of(fitting.in_memory(fitted))


def figure(what: str, answers: Sequence[str], goal: float | None = None) -> Figure:
    """A row of the table."""
    return Figure(f"role: {what}", len(answers), answers.count("right"), goal, answers.count("unsure"))


def measure(data: Path) -> Iterator[Figure | Amount]:
    """Row by row; some minutes, as the weights are made eight times."""
    calls = {source: corpora.calls(data / f"{source}.jsonl") for source in NAMES}
    yield from _left_out(calls)
    yield from _other_calls(calls)
    everything = trained(calls)
    for source, text in ((MACHINE, "machine text"), (HUMAN, "human text")):
        unseen = corpora.calls(data / f"{source}.jsonl")
        for view, said, goal in ((first_four, "first four turns", 1.0 if source == MACHINE else None), (whole, "whole call", None)):
            yield figure(f"HarperValley, never trained on, {text}, {said}", [ask(everything, call, view(call)) for call in unseen], goal)
    yield from _cost(calls["star"])


def _left_out(calls: Calls) -> Iterator[Figure]:
    for source, name in NAMES.items():
        reader = trained({other: found for other, found in calls.items() if other != source})
        for view, said, goals in (
            (whole, "whole call", LEFT_OUT),
            (first_of_each, "first turn of each speaker", LEFT_OUT_SHORT),
            (noisy, "20 % of the turns on the wrong speaker", {}),
        ):
            answers = [ask(reader, call, view(call)) for call in calls[source]]
            yield figure(f"{name} left out, {said}", answers, goals.get(source))
        more = [call for call in calls[source] if says_more(first_of_each(call))]
        yield figure(
            f"{name} left out, first turn of each, if not both only greet", [ask(reader, call, first_of_each(call)) for call in more]
        )


def _other_calls(calls: Calls) -> Iterator[Figure]:
    """Every call is asked once, of weights that were made of the other folds of all corpora."""
    views: Mapping[str, View] = {"whole call": whole, "20 % of the turns on the wrong speaker": noisy}
    answers: dict[tuple[str, str], list[str]] = {(source, said): [] for said in views for source in calls}
    for fold in range(FOLDS):
        reader = trained({source: [call for call in found if _fold(call) != fold] for source, found in calls.items()})
        for source, said in answers:
            answers[source, said] += [ask(reader, call, views[said](call)) for call in calls[source] if _fold(call) == fold]
    for (source, said), found in answers.items():
        yield figure(f"other calls of {NAMES[source]}, {said}", found, NOISY.get(source) if views[said] is noisy else None)


def _fold(call: corpora.Call) -> int:
    return crc32(call.call_id.encode()) % FOLDS


def _cost(calls: Sequence[corpora.Call]) -> Iterator[Amount]:
    """Of the weights that are shipped, on one core."""
    began = time.process_time()
    reader = LocalRoles()
    reader.read((Utterance(0, 0, "hello", 0, 0),))
    yield Amount("role: load", time.process_time() - began, "s", 0.5)
    asked = calls[:100]
    began = time.process_time()
    for call in asked:
        ask(reader, call, call)
    utterances = sum(len(call.turns) for call in asked)
    yield Amount("role: CPU per utterance", 1_000 * (time.process_time() - began) / utterances, "ms", 10.0, utterances)
