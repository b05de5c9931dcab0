"""Makes the weights that tell agent from customer: ``python -m scripts.train_roles --data DIR``. The same bytes on a rerun.

Trained on STAR, TM-4 and SGD. HarperValley is never read here: its calls are the demo's unseen calls.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from scripts.training import corpora, fitting

SOURCES = ("star", "taskmaster4", "sgd")
SEED = 20_260
OUT = Path("providers/local/weights/roles")
# a speaker's first turns are examples of their own, so that short calls and SMS threads are known too
OPENINGS = (1, 2, 3, 4, 6)
OPENING_WEIGHT = 1.0
# an n-gram that only one corpus uses tells the corpus, not the role
MIN_SOURCES, MIN_SPEAKERS = 2, 2
REGULARIZATION_C = 10.0


def examples(calls: Mapping[str, Sequence[corpora.Call]]) -> fitting.Examples:
    """Each speaker's words and openings, labelled ``agent`` or not."""
    found = fitting.Examples()
    for source, of_source in calls.items():
        for call in of_source:
            for role in ("agent", "customer"):
                _add(found, source, role, [turn.text for turn in call.turns if turn.role == role])
    return found


def _add(found: fitting.Examples, source: str, role: str, texts: list[str]) -> None:
    found.add(source, role, " ".join(texts), 1.0)
    for opening in OPENINGS:
        if len(texts) > opening:
            found.add(source, role, " ".join(texts[:opening]), OPENING_WEIGHT)


def train(calls: Mapping[str, Sequence[corpora.Call]]) -> fitting.Fitted:
    """One score: the log-odds of being an agent."""
    return fitting.fit_binary(
        examples(calls), positive="agent", min_sources=MIN_SOURCES, min_documents=MIN_SPEAKERS, regularization_c=REGULARIZATION_C, seed=SEED
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
        "name": "roles-ngram", "version": "1", "seed": SEED,
        "parameters": {
            "openings": OPENINGS, "opening_weight": OPENING_WEIGHT, "min_sources": MIN_SOURCES, "min_speakers": MIN_SPEAKERS,
            "regularization_c": REGULARIZATION_C,
        },
        "sources": sources,
    }  # fmt: skip
    print(fitting.write(options.out, fitted, facts))


if __name__ == "__main__":
    main()
