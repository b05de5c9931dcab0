"""How often are the roles of a call right: ``python -m benchmarks.roles --data DIR``. Prints a Markdown table; some minutes.

Each training corpus is left out of training in turn and then asked. HarperValley is asked of a model trained on all
three and is never trained on.
A call is right if every speaker has the right role. ``unsure`` counts as wrong. Words only: no channel, no direction, no order of speakers.
"""

import argparse
import math
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from domain import roles
from domain.speech import Role
from providers.local.linear import LinearModel
from scripts import train_roles
from scripts.training import corpora, fitting

HARPER_VALLEY = {"hvb": "HarperValley, human text", "hvb_asr": "HarperValley, machine text"}
BASELINE = {"star": ".980", "taskmaster4": ".915"}
NOISE, NOISE_SEED = 0.2, 11
Z = 1.959963984540054  # 95 %

View = Callable[[corpora.Call], corpora.Call]


def wilson(right: int, asked: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    share, spread = right / asked, Z * Z / asked
    middle, reach = share + spread / 2, Z * math.sqrt(share * (1 - share) / asked + spread / (4 * asked))
    return (middle - reach) / (1 + spread), (middle + reach) / (1 + spread)


def first_two_turns(call: corpora.Call) -> corpora.Call:
    """Only the first turn of each speaker."""
    firsts = {turn.speaker: turn for turn in reversed(call.turns)}
    return corpora.Call(call.call_id, tuple(turn for turn in call.turns if turn is firsts[turn.speaker]))


def noisy(call: corpora.Call) -> corpora.Call:
    """The call as bad diarization hears it: each turn is put on the wrong speaker with the probability NOISE."""
    dice = random.Random(f"{NOISE_SEED}:{call.call_id}")  # noqa: S311 - the same noise on every run, no secret
    first, second = sorted({turn.speaker for turn in call.turns})
    other = {first: second, second: first}
    turns = [corpora.Turn(other[turn.speaker], turn.role, turn.text) if dice.random() < NOISE else turn for turn in call.turns]
    return corpora.Call(call.call_id, tuple(turns))


def ask(model: LinearModel, truth: corpora.Call, heard: corpora.Call) -> str:
    """``right``, ``wrong`` or ``unsure``."""
    said: dict[int, list[str]] = {turn.speaker: [] for turn in truth.turns}
    for turn in heard.turns:
        said[turn.speaker].append(turn.text)
    verdict = roles.from_scores({speaker: model.scores(" ".join(texts))[0] for speaker, texts in said.items()})
    if Role.UNSURE in verdict.roles.values():
        return "unsure"
    return "right" if all(verdict.roles[turn.speaker] == turn.role for turn in truth.turns) else "wrong"


def model_of(fitted: fitting.Fitted) -> LinearModel:
    """The fitted numbers behind the product's own scorer."""
    vocabulary = {term: at for at, term in enumerate(fitted.terms)}
    return LinearModel("benchmark", fitted.labels, vocabulary, fitted.idf, fitted.weights, fitted.intercepts)


def line(name: str, baseline: str, model: LinearModel, calls: Sequence[corpora.Call]) -> str:
    """One row of the table."""
    answers = [ask(model, call, call) for call in calls]
    right, asked = answers.count("right"), len(answers)
    low, high = wilson(right, asked)
    views = [_share(model, calls, view) for view in (first_two_turns, noisy)]
    cells = [
        name,
        str(asked),
        f"{right / asked:.3f}",
        f"{low:.3f} to {high:.3f}",
        f"{answers.count('unsure') / asked:.3f}",
        baseline,
        *views,
    ]
    return f"| {' | '.join(cells)} |"


def _share(model: LinearModel, calls: Sequence[corpora.Call], view: View) -> str:
    return f"{[ask(model, call, view(call)) for call in calls].count('right') / len(calls):.3f}"


def table(data: Path) -> Iterator[str]:
    """Row by row, as they are ready."""
    calls = {source: corpora.calls(data / f"{source}.jsonl") for source in train_roles.SOURCES}
    yield "| asked of | calls | right | 95 % interval | unsure | baseline | first turn of each | 20 % of turns on the wrong speaker |"
    yield "|---|---|---|---|---|---|---|---|"
    for left_out, asked in calls.items():
        model = model_of(train_roles.train({source: found for source, found in calls.items() if source != left_out}))
        yield line(f"{left_out}, left out of training", BASELINE.get(left_out, ""), model, asked)
    everything = model_of(train_roles.train(calls))
    for source, name in HARPER_VALLEY.items():
        yield line(name, "", everything, corpora.calls(data / f"{source}.jsonl"))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with the corpora")
    for row in table(parser.parse_args().data):
        print(row, flush=True)


if __name__ == "__main__":
    main()
