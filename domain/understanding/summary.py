"""A short account of a conversation in its speakers' own words: the wish, what we took it for, how it ended. Nothing is invented."""

import re
from collections.abc import Iterator, Sequence

from domain.speech import Intent, Role, RoleVerdict, Utterance
from domain.understanding.intents import customer_utterances

MAX_CHARS = 300
QUOTE_CHARS = 110
# of sentences in which nobody says that they want something, one of so many words may still hold the wish
WORDS_OF_A_WISH = 4

_SENTENCE_ENDS = re.compile(r"(?<=[.!?])\s+")
_WISH = re.compile(
    r"\b(i(?:'d| would) (?:like|love)|i(?:'m| am)? (?:want|need|have to|trying|calling|looking|having|wondering)"
    r"|(?:can|could|may) (?:i|you|we)|(?:how|when|where|what|why|is there|do you)\b|help me"
    r"|my (?!name)\w+(?: \w+)? (?:is|was|has|won't|isn't|doesn't|did))",
    re.IGNORECASE,
)
_OUTCOME = re.compile(
    r"\b(i(?:'ve| have)|we(?:'ve| have)|i(?:'ll| will)|we(?:'ll| will)|you(?:'ll| will) (?:get|receive)|you(?:'re| are) all set"
    r"|(?:is|are|has been|have been) (?:now )?"
    r"(?:booked|scheduled|confirmed|sent|ordered|transferred|reset|canceled|cancelled|updated|closed|on its way))\b",
    re.IGNORECASE,
)


def of(utterances: tuple[Utterance, ...], verdict: RoleVerdict, intent: Intent) -> str | None:
    """At most MAX_CHARS characters; None if the customer said nothing."""
    wish = _wish(customer_utterances(utterances, verdict))
    if wish is None:
        return None
    told = [f'Customer: "{_shortened(wish)}"', f"Intent: {' '.join(intent.name.replace('_', ' ').split())}."]
    outcome = _outcome([said.text for said in utterances if verdict.roles.get(said.speaker) is Role.AGENT])
    if outcome:
        told.append(f'Agent: "{_shortened(outcome)}"')
    return _shortened(" ".join(told), MAX_CHARS)


def _wish(texts: Sequence[str]) -> str | None:
    """The first sentence in which they ask for something; else the first that is long enough to; else the first."""
    sentences = list(_sentences(texts))
    wanted = (sentence for sentence in sentences if _WISH.search(sentence))
    long = (sentence for sentence in sentences if len(sentence.split()) >= WORDS_OF_A_WISH)
    return next(wanted, None) or next(long, None) or next(iter(sentences), None)


def _outcome(texts: Sequence[str]) -> str | None:
    """The last thing that the agent says they did or will do; a question is none."""
    done = [sentence for sentence in _sentences(texts) if _OUTCOME.search(sentence) and not sentence.endswith("?")]
    return done[-1] if done else None


def _sentences(texts: Sequence[str]) -> Iterator[str]:
    for text in texts:
        for sentence in _SENTENCE_ENDS.split(" ".join(text.replace("\0", " ").split())):
            if sentence:
                yield sentence


def _shortened(text: str, limit: int = QUOTE_CHARS) -> str:
    """Whole words; an ellipsis says that there was more."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    return f"{cut.rsplit(' ', 1)[0] if ' ' in cut else cut}\N{HORIZONTAL ELLIPSIS}"
