"""Makes the weights that tell agent from customer: ``python -m scripts.train_roles --data DIR``. The same bytes on a rerun.

Trained on STAR, TM-4 and SGD. HarperValley is never read here: its calls are the demo's unseen calls.
"""

import argparse
import random
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from providers.local.turns import LINE, features
from scripts.training import corpora, fitting, role_seeds

SOURCES = ("star", "taskmaster4", "sgd")
OUR_OWN = "hookline"
SEED = 20_260
OUT = Path("providers/local/weights/roles")
# A speaker's first turns, and all of them, are examples beside the single turns: short calls and whole ones are both asked.
OPENINGS = (1, 2, 3, 4, 6)
TOGETHER_WEIGHT = 3.0
# machines cut speech where somebody pauses: of a turn of several sentences this share is cut into two
CUT = 0.5
# an n-gram that only one corpus uses tells the corpus, not the role
MIN_SOURCES, MIN_SPEAKERS = 2, 2
REGULARIZATION_C = 3.0
# what a corpus weighs, however long it is (the penalty is measured against it); ours, which are no conversations, weigh half of one
SOURCE_WEIGHT, OWN_SHARE = 20_000.0, 0.5

_SENTENCE_END = re.compile(r"(?<=[.?!])\s+")


def examples(calls: Mapping[str, Sequence[corpora.Call]]) -> fitting.Examples:
    """Single turns, openings and whole speakers, labelled ``agent`` or ``customer``; turns of one text are lines."""
    found, dice = fitting.Examples(), random.Random(SEED)  # noqa: S311 - the same cuts on every run, no secret
    for source, of_source in calls.items():
        for call in of_source:
            said: dict[str, list[str]] = {"agent": [], "customer": []}
            for turn in call.turns:
                said[turn.role] += _cut(turn.text, dice)
            for role, texts in said.items():
                _add(found, source, role, texts)
    for role, text, weight in role_seeds.sentences():
        found.add(OUR_OWN, role, text, weight)
    return _balanced(found)


def _cut(text: str, dice: random.Random) -> list[str]:
    parts = _SENTENCE_END.split(text)
    if len(parts) == 1 or dice.random() >= CUT:
        return [text]
    at = dice.randrange(1, len(parts))
    return [" ".join(parts[:at]), " ".join(parts[at:])]


def _add(found: fitting.Examples, source: str, role: str, texts: list[str]) -> None:
    for text in texts:
        found.add(source, role, text, 1.0)
    for opening in (*(length for length in OPENINGS if length < len(texts)), len(texts)):
        found.add(source, role, LINE.join(texts[:opening]), TOGETHER_WEIGHT)


def _balanced(found: fitting.Examples) -> fitting.Examples:
    """Every source weighs alike, and in each of them agents and customers do."""
    totals: defaultdict[tuple[str, str], float] = defaultdict(float)
    kinds = list(zip(found.sources, found.labels, strict=True))
    for kind, weight in zip(kinds, found.weights, strict=True):
        totals[kind] += weight
    shares = [weight / totals[kind] * _source_weight(kind[0]) / 2 for kind, weight in zip(kinds, found.weights, strict=True)]
    return replace(found, weights=shares)


def _source_weight(source: str) -> float:
    return SOURCE_WEIGHT * OWN_SHARE if source == OUR_OWN else SOURCE_WEIGHT


def _of_turns(block: int) -> fitting.Analyzer:
    return lambda text: [gram for turn in text.split(LINE) for gram in features(turn)[block]]


def train(calls: Mapping[str, Sequence[corpora.Call]]) -> fitting.Fitted:
    """One score: the log-odds of being an agent."""
    return fitting.fit_binary(
        examples(calls),
        positive="agent",
        min_sources=MIN_SOURCES,
        min_documents=MIN_SPEAKERS,
        regularization_c=REGULARIZATION_C,
        seed=SEED,
        analyzers=[_of_turns(block) for block in range(len(features("")))],
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with star.jsonl, taskmaster4.jsonl and sgd.jsonl")
    parser.add_argument("--out", type=Path, default=OUT, help="folder for the weights")
    parser.add_argument("--limit", type=int, default=None, help="only so many calls of each corpus")
    options = parser.parse_args(arguments)
    calls = {source: corpora.calls(options.data / f"{source}.jsonl", options.limit) for source in SOURCES}
    fitted = train(calls)
    sources = {name: corpora.facts(options.data / f"{name}.jsonl", [call.call_id for call in found]) for name, found in calls.items()}
    facts = {
        "name": "roles-turns", "version": "1", "seed": SEED,
        "parameters": {
            "openings": OPENINGS, "together_weight": TOGETHER_WEIGHT, "cut": CUT, "min_sources": MIN_SOURCES, "min_speakers": MIN_SPEAKERS,
            "regularization_c": REGULARIZATION_C, "source_weight": SOURCE_WEIGHT, "own_share": OWN_SHARE,
        },
        "sources": {**sources, OUR_OWN: corpora.facts(Path(role_seeds.__file__), [])},
    }  # fmt: skip
    print(fitting.write(options.out, fitted, facts))


if __name__ == "__main__":
    main()
