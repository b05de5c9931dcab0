"""Does every emergency call a person, does nothing else, and what does the look cost?"""

import json
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.quality import safety_cases
from benchmarks.quality.figure import Amount, Figure
from domain.emergencies import safety

FALSE_ALARMS_PER_1000, FRONT_MS = 0.2, 1.0
SMS_CHARS, ROUNDS, TURNS = 160, 5, 200
# by file and place: read one by one, and somebody does ask for help there (docs/quality.md tells each)
MEANT = frozenset(
    (
        ("clinc150", "call 911"),
        ("clinc150", "please send the police my location with gps"),
        ("star", "Well, my arm won't stop bleeding :("),
        (
            "star",
            "I'm the ship's bartender. My Clearance Code is 031431. For the love of all things hurry. We're all going to die.",
        ),
        ("star", "trivia q's too please? Oh wait I should have more money than that! can you call the cops for me?"),
    )
)


def measure(data: Path) -> Iterator[Figure | Amount]:
    """The corpora in this folder, then the written cases, then the cost."""
    corpora = {path.stem: tuple(_said(path)) for path in sorted(data.glob("*.jsonl"))}
    yield from _false_alarms(corpora)
    for when, cases in safety_cases.read().items():
        found = sum(safety.emergency(text) is not None for text in cases.danger)
        quiet = sum(safety.emergency(text) is None for text in cases.harmless)
        yield Figure(f"safety: emergencies found, written {when}", len(cases.danger), found, goal=1.0)
        yield Figure(f"safety: hard negatives left alone, written {when}", len(cases.harmless), quiet)
    yield from _cost([text for said in corpora.values() for text in said])


def _said(path: Path) -> Iterator[str]:
    for line in path.open(encoding="utf-8"):
        row = json.loads(line)
        yield from (turn["text"] for turn in row["turns"]) if "turns" in row else (row["text"],)


def _false_alarms(corpora: dict[str, tuple[str, ...]]) -> Iterator[Amount]:
    unit, raised = "per 1,000", {name: [text for text in said if safety.emergency(text)] for name, said in corpora.items()}
    for name, said in corpora.items():
        false = [text for text in raised[name] if (name, text) not in MEANT]
        yield Amount(f"safety: false alarms, {name}", 1_000 * len(false) / len(said), unit, asked=len(said))
    asked = sum(map(len, corpora.values()))
    false_alarms = sum((name, text) not in MEANT for name, texts in raised.items() for text in texts)
    yield Amount("safety: false alarms, all", 1_000 * false_alarms / asked, unit, goal=FALSE_ALARMS_PER_1000, asked=asked)
    yield Amount("safety: all alarms, false or not", 1_000 * sum(map(len, raised.values())) / asked, unit, asked=asked)


def _cost(said: list[str]) -> Iterator[Amount]:
    flow = " ".join(said)
    turns = [flow[at : at + safety.MESSAGE_CHARS] for at in range(0, len(flow) - safety.MESSAGE_CHARS, len(flow) // TURNS)]
    yield Amount(
        "safety: cost of a text message, median", statistics.median(map(_ms, (turn[:SMS_CHARS] for turn in turns))), "ms", FRONT_MS
    )
    yield Amount("safety: cost of the longest turn, median", statistics.median(map(_ms, turns)), "ms", FRONT_MS)
    yield Amount("safety: cost of the longest turn, 99 of 100", sorted(map(_ms, turns))[len(turns) * 99 // 100], "ms")


def _ms(text: str) -> float:
    """The least of several, of this thread's own time: a neighbour makes it more, nothing makes it less."""
    spent = []
    for _ in range(ROUNDS):
        began = time.thread_time()
        safety.emergency(text)
        spent.append(time.thread_time() - began)
    return min(spent) * 1_000
