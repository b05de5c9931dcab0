"""What makes two questions the same one."""

import hashlib

import msgspec

from providers.openai.prompt import Prompt, Shape
from settings import OpenAISettings


def key(prompt: Prompt[Shape], settings: OpenAISettings) -> bytes:
    """SHA-256 over everything that the answer depends on; the whole input is part of it, and none of it can be read from it."""
    question = prompt.question
    asked = [
        str(prompt.organization_id),
        settings.base_url,
        settings.api,
        prompt.model,
        prompt.max_output_tokens,
        question.name,
        question.version,
        question.instructions,
        question.schema,
        prompt.document,
        # what nobody wished for is no part of it: answers that were kept before stay known
        *([prompt.temperature] if prompt.temperature is not None else []),
    ]
    return hashlib.sha256(msgspec.json.encode(asked, order="deterministic")).digest()
