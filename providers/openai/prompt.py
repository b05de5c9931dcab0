"""What is asked of a language model: instructions, a document of data that is fitted to the context, and the shape of the answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from uuid import UUID

import msgspec

from domain.errors import UnusableAnswerError
from domain.organizations.organization import Organization
from providers.openai.encoding import encoded
from providers.openai.fitting import fit, tokens
from settings import OpenAISettings

# what the two messages, their roles and the name of the schema take beside their text, in tokens
FRAMING_TOKENS = 50
# of a small context so much is kept free for the answer; a large one has room for the whole of max_output_tokens
OUTPUT_SHARE = 4

Shape = TypeVar("Shape", bound=msgspec.Struct)


def _any(_: object) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Question(Generic[Shape]):
    """A kind of question. ``name`` is the schema's, ``version`` that of the instructions (``composition.RECIPES``).

    ``accepts`` says whether an answer of the right shape is one of those that were asked for.
    """

    name: str
    version: str
    instructions: str = field(repr=False)
    schema: Mapping[str, object]
    shape: type[Shape]
    max_output_tokens: int
    accepts: Callable[[Shape], bool] = _any

    def filled_in(self, document: object) -> Shape:
        """A decoded answer in its shape. Raises ValueError if it is not what was asked for."""
        answer = msgspec.convert(document, self.shape)
        if not self.accepts(answer):
            raise ValueError("an answer that was not asked for")
        return answer


@dataclass(frozen=True, slots=True)
class Prompt(Generic[Shape]):
    """A question of one organization. ``document`` is JSON, and data only; ``left_out`` utterances did not fit into it.

    ``temperature`` is sent only if somebody wished for one: newer models refuse it.
    """

    question: Question[Shape]
    organization_id: UUID
    model: str
    document: str = field(repr=False)
    max_output_tokens: int
    left_out: int = 0
    temperature: float | None = None

    @property
    def tokens(self) -> int:
        """About how long the question is: for comparing two, not for a bill."""
        return tokens(self.question.instructions) + tokens(self.document)


def build(
    question: Question[Shape],
    organization: Organization,
    frame: Mapping[str, object],
    utterances: Sequence[Mapping[str, object]],
    settings: OpenAISettings,
    *,
    is_live: bool = False,
    temperature: float | None = None,
) -> Prompt[Shape]:
    """The prompt for this document, fitted to the context by whole utterances. ``is_live``: somebody is on the line and waits.

    Raises UnusableAnswerError("openai:context_exceeded") if not a single utterance fits: then nobody is asked.
    """
    model = model_for(organization, settings, is_live=is_live)
    output = min(question.max_output_tokens, settings.context_tokens // OUTPUT_SHARE)
    fixed = tokens(question.instructions) + tokens(encoded(question.schema)) + tokens(encoded(frame)) + FRAMING_TOKENS
    kept = fit([tokens(f"{encoded(said)},") for said in utterances], settings.context_tokens - output - fixed)
    if utterances and not kept:
        raise UnusableAnswerError("openai:context_exceeded", model=model)
    left_out = len(utterances) - len(kept)
    document = encoded({**frame, "left_out": left_out, "utterances": [utterances[place] for place in kept]})
    return Prompt(question, organization.id, model, document, output, left_out, temperature)


def model_for(organization: Organization, settings: OpenAISettings, *, is_live: bool) -> str:
    """Which model is asked this time: the organization's wish for the better one comes before the hurry of who is on the line."""
    if organization.is_critical:
        return settings.model_critical
    return settings.model_live if is_live and settings.model_live else settings.model_cheap
