"""Which text messages belong together, under a key that tells neither number, and what of them a reply has to know."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field

from domain.speech import Role

_PURPOSE = "hookline/sms-thread/v1"

# What is answered today needs yesterday's words, not last month's. Each turn is theirs and, if it was answered, ours.
HISTORY_TURNS, HISTORY_WITHIN_S = 10, 7 * 24 * 3_600.0
# So many turns back is looked for them, and no further: of a conversation some are no words of the customer's, or were given up, but a
# thread of years is not read to its beginning.
HISTORY_LOOKS_BACK = 100
HISTORY_CHARS = 4_000


@dataclass(frozen=True, slots=True)
class Message:
    """An earlier message of a thread: the customer's, or ours. ``media`` are the content types of what came with it."""

    role: Role
    text: str = field(repr=False)
    media: tuple[str, ...] = ()


def thread_key(secret: str, our_number: str, their_number: str) -> str:
    """A keyed hash (64 hex digits) of the pair of addresses, E.164 or as the vendor words them."""
    return hmac.digest(secret.encode(), f"{_PURPOSE}\0{our_number}|{their_number}".encode(), "sha256").hex()


def recent(messages: Sequence[Message], limit: int = HISTORY_CHARS) -> tuple[Message, ...]:
    """The newest messages, in their order, whose texts have ``limit`` characters at most together; whole ones only, without a gap."""
    kept: list[Message] = []
    for message in reversed(messages):
        limit -= len(message.text)
        if limit < 0:
            break
        kept.append(message)
    return tuple(reversed(kept))
