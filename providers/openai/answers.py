"""What both of OpenAI's APIs have in common in their answers: a text that may not be one, and figures that were paid."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from domain.errors import RetryableError

Document = TypeVar("Document")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model wrote. ``fault`` is the code of why it is not what was asked for; ``usage`` was paid all the same."""

    text: str = field(repr=False)
    usage: Mapping[str, int]
    fault: str | None
    id: str | None


def decoded(body: bytes, shape: type[Document]) -> Document:
    """The body in this shape. Raises RetryableError if it is not JSON of the kind: a proxy's page, or half an answer."""
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise RetryableError("openai:unreadable_answer") from None


def figures(**units: int | None) -> Mapping[str, int]:
    """The vendor's own figures, without those that it did not give."""
    return {unit: count for unit, count in units.items() if count is not None}
