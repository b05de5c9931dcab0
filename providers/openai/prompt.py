"""What is asked of a language model: instructions from a versioned file, a document of data, and the shape of the answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Generic, TypeVar
from uuid import UUID

import msgspec

from domain.errors import UnusableAnswerError
from domain.organization import Organization
from providers.openai.fitting import fit, tokens
from settings import OpenAISettings

PROMPTS = Path(__file__).parent / "prompts"
# what the two messages, their roles and the name of the schema take beside their text, in tokens
FRAMING_TOKENS = 50
# of a small context so much is kept free for the answer; a large one has room for the whole of max_output_tokens
OUTPUT_SHARE = 4

Shape = TypeVar("Shape", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Question(Generic[Shape]):
    """A kind of question. ``name`` is the schema's, ``version`` names the file of instructions; a changed text is a new version."""

    name: str
    version: str
    schema: Mapping[str, object]
    shape: type[Shape]
    max_output_tokens: int

    @property
    def instructions(self) -> str:
        """The text that the model is told."""
        return _text(self.version)


@dataclass(frozen=True, slots=True)
class Prompt(Generic[Shape]):
    """A question of one organization. ``document`` is JSON, and data only; ``left_out`` utterances did not fit into it."""

    question: Question[Shape]
    organization_id: UUID
    model: str
    document: str = field(repr=False)
    max_output_tokens: int
    left_out: int = 0


def build(
    question: Question[Shape],
    organization: Organization,
    frame: Mapping[str, object],
    utterances: Sequence[Mapping[str, object]],
    settings: OpenAISettings,
) -> Prompt[Shape]:
    """The prompt for this document, fitted to the context by whole utterances.

    Raises UnusableAnswerError("openai:context_exceeded") if not a single utterance fits: then nobody is asked.
    """
    model = settings.model_critical if organization.is_critical else settings.model_cheap
    output = min(question.max_output_tokens, settings.context_tokens // OUTPUT_SHARE)
    fixed = tokens(question.instructions) + tokens(_json(question.schema)) + tokens(_json(frame)) + FRAMING_TOKENS
    kept = fit([tokens(f"{_json(said)},") for said in utterances], settings.context_tokens - output - fixed)
    if utterances and not kept:
        raise UnusableAnswerError("openai:context_exceeded", model=model)
    left_out = len(utterances) - len(kept)
    document = _json({**frame, "left_out": left_out, "utterances": [utterances[place] for place in kept]})
    return Prompt(question, organization.id, model, document, output, left_out)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


@cache
def _text(version: str) -> str:
    return (PROMPTS / f"{version}.md").read_text(encoding="utf-8")
