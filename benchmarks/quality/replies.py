"""Replies: how many harmless ones the rules refuse, how many bad ones they let go, and what it costs to look.

Each list has two halves, told apart: one was in view while the rules were made, the other was written after they were frozen. They stand in
tests/data/replies, were written for this by the hand that wrote the rules, and are in English, Spanish and a little of other languages.
"""

import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from uuid import UUID

from benchmarks.quality.figure import Amount, Figure
from domain.answering import replies
from domain.answering.replies import ReplyRequest
from domain.organizations.organization import Organization, Persona
from domain.speech import OUT_OF_SCOPE, Analysis, Channel, Engine, Intent, Reply, RoleVerdict, Understanding, Utterance
from providers.openai import composition

LISTS = Path(__file__).resolve().parents[2] / "tests" / "data" / "replies"
HALVES = {"before": "in view while the rules were made", "after": "written after they were frozen"}
ROUNDS = 5

ORGANIZATIONS: Mapping[str, Organization] = {
    "clinic": Organization(
        UUID(int=1),
        "clinic",
        "Elm Street Clinic",
        "Monday to Friday, 9:00 to 17:00; Saturday, 9:00 to 12:00",
        ("checkups", "vaccinations", "lab tests", "physiotherapy"),
        persona=Persona("Maya", "warm and brief"),
        vertical="medical",
    ),
    "repairs": Organization(
        UUID(int=2),
        "repairs",
        "Harbor Repairs",
        "Mon-Fri 8-18, Sat 10-14; harbor-repairs.example, 415 555 0199",
        ("phone repairs", "screen replacement from $79", "free estimates", "90 day warranty"),
        never_promise=("same day",),
    ),
    "bank": Organization(
        UUID(int=3),
        "bank",
        "Bay Bank",
        "Monday to Friday, 9:00 to 16:30",
        ("accounts", "cards", "loans"),
        persona=Persona(locale="en-IN"),
        vertical="banking",
    ),
    "bistro": Organization(
        UUID(int=4),
        "bistro",
        "Casa Luna",
        "martes a domingo, 13:00 a 23:00",
        ("cenas", "menú vegetariano"),
        persona=Persona("Luna", locale="es-MX"),
        vertical="restaurant",
    ),
}


def listed(name: str) -> list[tuple[Reply, ReplyRequest, str]]:
    """The replies of a list, with what they answer and the word with which they are refused, "" if none is expected."""
    lines = (LISTS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [_entry(json.loads(line)) for line in lines]


def refused(reply: Reply, request: ReplyRequest) -> str:
    """The word with which it is refused, "" if it leaves."""
    return replies.checked(reply, request, composition.secrets()).fault or ""


def figures(_data: Path) -> Iterator[Figure | Amount]:
    """What harmless and bad replies become, half by half, and how long it takes."""
    for half, told in HALVES.items():
        harmless, bad = listed(f"acceptable-{half}"), listed(f"bad-{half}")
        left = sum(not refused(*entry[:2]) for entry in harmless)
        yield Figure(f"harmless replies that leave, {told}", len(harmless), left, 0.95)
        stopped = sum(bool(refused(*entry[:2])) for entry in bad)
        yield Figure(f"bad replies that are refused, {told}", len(bad), stopped, 0.95)
    everything = [entry for kind in ("acceptable", "bad") for half in HALVES for entry in listed(f"{kind}-{half}")]
    begun = time.process_time()
    for _round in range(ROUNDS):
        for entry in everything:
            refused(*entry[:2])
    taken_ms = (time.process_time() - begun) * 1_000 / (ROUNDS * len(everything))
    yield Amount("CPU time to look at a reply", taken_ms, "ms", 5.0, len(everything))


def _entry(line: Mapping[str, str]) -> tuple[Reply, ReplyRequest, str]:
    said = Utterance(0, 0, line.get("said", ""), 0, 1)
    understood = Understanding(RoleVerdict({}, 1.0), Intent(OUT_OF_SCOPE, 1.0), Engine("list", "1"))
    request = ReplyRequest(ORGANIZATIONS[line["of"]], (said,), Analysis(understood, ()), Channel(line.get("channel", "sms")))
    return Reply(line["text"], request.channel, Engine("list", "1")), request, line.get("fault", "")
