"""What a model is told before the words of others: named parts of text in their order, among them the organization's words, as data.

A number stands for the parts that it is made of (``RECIPES``): another part, or another order, is another number. A part that was shipped
is not edited; its successor has the next number (docs/prompts.md).
"""

from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path

from domain.answering import leaks, medical
from domain.errors import PermanentError
from providers.openai.encoding import encoded

PROMPTS = Path(__file__).parent / "prompts"
# The organization's words follow these, on a line of their own.
REPLY_ORGANIZATION, UNDERSTANDING_ORGANIZATION = "reply-organization-1", "understanding-organization-1"
SMS, VOICE, INTAKE = "sms-1", "voice-1", "intake-1"
# in the code and in no setting: who may edit prompts and settings cannot take it out
MEDICAL = "medical-1"

REPLY, UNDERSTANDING = "reply-4", "understanding-2"
RECIPES: Mapping[str, tuple[str, ...]] = {
    # knows of no `open_now`; what runs before 0.2 were told, to be compared with
    "reply-3": ("reply-task-1", REPLY_ORGANIZATION, "boundaries-1", "safety-1", MEDICAL, SMS, VOICE, "reply-format-1"),
    REPLY: ("reply-task-2", REPLY_ORGANIZATION, "boundaries-1", "safety-1", MEDICAL, SMS, VOICE, "reply-format-1"),
    UNDERSTANDING: ("understanding-task-1", UNDERSTANDING_ORGANIZATION, "understanding-format-1", INTAKE),
}

# What a model is told that talks with callers itself. No run is made with it, so it stands beside the recipes; what no setting moves comes
# after the organization's own words, whatever its business.
REALTIME_PARTS = ("realtime-task-1", REPLY_ORGANIZATION, "boundaries-1", "safety-1", MEDICAL, VOICE, "realtime-tools-1")


def of_kind(kind: str, wished: str | None) -> str:
    """The version that is asked with: the one that is wished for if it is of this kind (``reply``, ``understanding``), else the usual.

    Raises PermanentError if it is wished for by a batch of a release that had it, and there is none by now.
    """
    usual = {kind_of(version): version for version in (REPLY, UNDERSTANDING)}[kind]
    if not wished or kind_of(wished) != kind:
        return usual
    if wished not in RECIPES:
        raise PermanentError("prompt_unknown")
    return wished


def kind_of(version: str) -> str:
    """``reply`` of ``reply-4``."""
    return version.rpartition("-")[0]


def composed(version: str, organization: Mapping[str, object], without: Collection[str] = ()) -> str:
    """The parts of this version, but for those that this question goes without, with the organization's own words in their place."""
    return "\n".join(_told(part, organization) for part in RECIPES[version] if part not in without)


def live(organization: Mapping[str, object]) -> str:
    """What a model is told that talks with callers itself, with the organization's own words in their place."""
    return "\n".join(_told(part, organization) for part in REALTIME_PARTS)


@cache
def secrets() -> frozenset[str]:
    """The runs of words that a writer was told and must not repeat. The organization's own words are none."""
    return frozenset[str]().union(*(leaks.phrases(text_of(part)) for recipe in RECIPES.values() for part in recipe))


@cache
def text_of(part: str) -> str:
    """A part as it was shipped."""
    if part == MEDICAL:
        return f"# Above all\n\n{medical.NOT_A_PROFESSIONAL}\n"
    return (PROMPTS / f"{part}.md").read_text(encoding="utf-8")


def _told(part: str, organization: Mapping[str, object]) -> str:
    words = f"\n{encoded(organization)}\n" if part in {REPLY_ORGANIZATION, UNDERSTANDING_ORGANIZATION} else ""
    return text_of(part) + words
