"""``python -m benchmarks.quality --data DIR``: every figure beside its goal, as a Markdown table. docs/quality.md has a run of it."""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from benchmarks.quality import intents, replies, roles, safety
from benchmarks.quality.figure import HEAD, Amount, Figure

Part = Callable[[Path], Iterator[Figure | Amount]]
PARTS: Mapping[str, Part] = {
    "roles": roles.measure,
    "intents": intents.figures,
    "safety": safety.measure,
    "replies": replies.figures,
}


def main() -> int:
    """Measure and print, row by row as they are ready."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with the corpora")
    parser.add_argument("--only", choices=sorted(PARTS), help="one part of it")
    wanted = parser.parse_args()
    print(HEAD, flush=True)
    for name, part in PARTS.items():
        if wanted.only in (None, name):
            for figure in part(wanted.data):
                print(figure.row(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
