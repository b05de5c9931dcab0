"""Fills an organization's intake from the words alone: only what was said, by the kind of each field. English only; pure rules.

A field's own words are those of its name: ``policy_number`` is told by "my policy number is AB 12", or by the answer to a question
of the agent's in which these words stand.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from domain.speech import Role, RoleVerdict, Utterance
from domain.understanding import intake, spoken
from domain.understanding.intake import Field
from domain.understanding.intents import LISTENED_TO

# of a very long utterance the beginning is read
MAX_CHARS = 2_000
MAX_VALUE_WORDS, MAX_NAME_WORDS = 6, 3

_PERSON = frozenset(["name", "full", "first", "last", "your", "client", "customer", "caller", "patient", "guest", "contact"])
_NO_CONTENT = frozenset(["is", "has", "are", "was", "have", "wants", "needs", "the", "a", "an", "of", "do", "does", "your", "my"])
# choices that are said all the time without being chosen
_WEAK = frozenset({"other", "none", "yes", "no", "new", "any", "all"})
_NEGATION = re.compile(r"\b(?:not|no|never|without|isn't|don't|doesn't|haven't|hasn't|aren't|ain't|can't)\b(?:\s+\w+){0,3}\s*$")
_YES = re.compile(r"\s*(?:uh |um |oh )?(?:yes|yeah|yep|yup|sure|correct|i do|i am|i have|that's right|right)\b", re.IGNORECASE)
_NO = re.compile(r"\s*(?:uh |um |oh )?(?:no|nope|nah|not (?:yet|really)|i don't|i'm not|i do not)\b", re.IGNORECASE)
_QUESTION = re.compile(r"\?|\b(?:what|which|may i|can i|could i|can you|could you|who|where|when|how|do you|are you|is this|have you)\b")
_FILLERS = re.compile(
    r"^(?:(?:yes|yeah|sure|okay|ok|of course|certainly|well|uh|um|so|oh|hi|hello|it's|it is|that's|that is|that would be|this is|i'm|i am|"
    r"my name is|my name's|the name is|name's)\b[\s,.]*)+",
    re.IGNORECASE,
)
_DOES_NOT_SAY = re.compile(r"\b(?:don't|do not|not sure|no idea|can't remember|why|rather not|sorry|what)\b", re.IGNORECASE)
_END = re.compile(r"[,.;!?](?:\s|$)|\b(?:and|but|so|because|from|calling|here|speaking|if|i|i'm|i'd|i've)\b", re.IGNORECASE)
_NAMED = re.compile(
    r"\b(?:my name is|my name's|the name is|the name's|this is(?=(?: [\w'-]+){1,3} (?:speaking|calling|from|here)\b))\s+", re.IGNORECASE
)


# what is written in one way whoever says it: the formats of its fields, the words that name one, who reads it
_READ: Mapping[str, tuple[tuple[str, ...], frozenset[str], Callable[[str], str | None]]] = {
    "email": (("email",), frozenset({"email"}), spoken.email),
    "phone": (("phone",), frozenset({"phone", "telephone", "mobile", "cell"}), spoken.phone),
    "date": (("date", "date-time"), frozenset(), spoken.date),
    "time": (("time",), frozenset(), spoken.time),
}


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a customer said, and what they had been asked just before; "" if nobody said anything."""

    asked: str
    said: str


def exchanges(utterances: Sequence[Utterance], verdict: RoleVerdict) -> tuple[Exchange, ...]:
    """The customer's utterances, each after the agent's last words; everybody's if nobody is known to be the customer."""
    known = Role.CUSTOMER in verdict.roles.values()
    found, asked = list[Exchange](), ""
    for said in utterances:
        text = " ".join(said.text[:MAX_CHARS].replace("\0", " ").replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split())
        if known and verdict.roles.get(said.speaker) is not Role.CUSTOMER:
            asked = text
        elif text:
            found.append(Exchange(asked, text))
            asked = ""
    return tuple(found[:LISTENED_TO])


def filled(schema: Mapping[str, object], talk: Sequence[Exchange]) -> Mapping[str, object]:
    """Every field of the schema: what was said first that fits, else None."""
    wanted = intake.fields(schema)
    return intake.accepted(schema, {one.name: _heard(one, talk, wanted) for one in wanted})


def _heard(one: Field, talk: Sequence[Exchange], wanted: Sequence[Field]) -> object:
    words = _words(one.name)
    find, kind = _finder(one, words)
    # two fields of one kind, such as two dates, are told apart by their own words only
    alone = sum(_finder(other, _words(other.name))[1] == kind for other in wanted) == 1
    for exchange in talk:
        if alone or _named(words, f"{exchange.asked} {exchange.said}"):
            value = find(exchange)
            if value is not None:
                return value
    return None


Finder = Callable[[Exchange], object]


def _finder(one: Field, words: Sequence[str]) -> tuple[Finder, str]:
    """How a field is looked for, and a word for the kind of it."""
    if one.choices:
        return lambda exchange: _choice(one.choices, words, exchange), one.name
    if one.type == "boolean":
        return lambda exchange: _affirmed(words, exchange), one.name
    if one.type in ("integer", "number"):
        return lambda exchange: _number(words, exchange, whole=one.type == "integer"), one.name
    for kind, (formats, cues, read) in _READ.items():
        if one.format in formats or cues & set(words):
            return _reading(read), kind
    is_name = "name" in words and _PERSON.issuperset(words)
    return lambda exchange: _name(words, exchange) if is_name else _told(words, exchange), one.name


def _reading(read: Callable[[str], str | None]) -> Finder:
    return lambda exchange: read(exchange.said)


def _choice(choices: Sequence[object], words: Sequence[str], exchange: Exchange) -> object:
    """The only choice that is named, and not in order to refuse it."""
    said, named = exchange.said.lower(), list[object]()
    for choice in sorted(choices, key=lambda one: len(str(one)), reverse=True):
        phrase = str(choice).lower().replace("_", " ")
        found = re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", said)
        if found and (phrase not in _WEAK or _named(words, exchange.asked)) and not _NEGATION.search(said[: found.start()]):
            named.append(choice)
            said = said.replace(phrase, " ")
    return named[0] if len(named) == 1 else None


def _affirmed(words: Sequence[str], exchange: Exchange) -> bool | None:
    """A yes or no to the agent's question, or the field's own words with or without a negation before them; a question says neither."""
    if _asks(words, exchange.asked):
        if _YES.match(exchange.said):
            return True
        if _NO.match(exchange.said):
            return False
    said = exchange.said.lower()
    own = r"\W+".join(map(re.escape, words))
    found = re.search(rf"\b{own}\b", said) if words else None
    if found is None or "?" in said[found.end() :]:
        return None
    return not _NEGATION.search(said[: found.start()])


def _number(words: Sequence[str], exchange: Exchange, *, whole: bool) -> float | None:
    said, noun = spoken.with_digits(exchange.said.lower()), re.escape(words[-1].removesuffix("s")) if words else ""
    digits = r"(\d{1,9})(?![\d.]*\d)" if whole else r"(\d{1,9}(?:\.\d{1,4})?)"
    own = r"\W+".join(map(re.escape, words))
    patterns = [rf"\b{own}\s+(?:is|are|was|of|:)\s+(?:about\s+)?{digits}", rf"{digits}\s+(?:\w+\s+)?{noun}(?:s|es)?\b"]
    patterns += [rf"\b{re.escape(word)}\s+(?:of|for)\s+{digits}" for word in words]
    found = next((match[1] for pattern in patterns for match in [re.search(pattern, said)] if match), None) if words else None
    if found is None and words and _asks(words[-1:], exchange.asked):
        only = re.findall(rf"(?<![\d.]){digits}", said)
        found = only[0] if len(only) == 1 else None
    return None if found is None else int(found) if whole else float(found)


def _name(words: Sequence[str], exchange: Exchange) -> str | None:
    named = _NAMED.search(exchange.said)
    told = exchange.said[named.end() :] if named else _answer(("name",), exchange)
    parts = _until_end(told or "", MAX_NAME_WORDS).split()
    if not parts or not all(re.fullmatch(r"[^\W\d_][\w'.-]*", part) for part in parts):
        return None
    if "first" in words:
        parts = parts[:1]
    elif "last" in words:
        parts = parts[1:] and parts[-1:]
    # machine transcripts may have no capitals
    return " ".join(part if part != part.lower() else part.title() for part in parts) or None


def _told(words: Sequence[str], exchange: Exchange) -> str | None:
    """What follows "my <words> is", else the answer to a question in which the words stand."""
    if not words:
        return None
    own = r"\W+(?:\w+\W+)?".join(map(re.escape, words))
    found = re.search(rf"\b{own}(?:'s)?(?:\s+(?:number|code))?\s*(?:\bis\b|\bwas\b|\bwould be\b|:)\s+", exchange.said, re.IGNORECASE)
    told = exchange.said[found.end() :] if found else _answer(words, exchange)
    return _until_end(told or "", MAX_VALUE_WORDS) or None


def _answer(words: Sequence[str], exchange: Exchange) -> str | None:
    """The answer without what goes before it; None if they were not asked, or do not say."""
    if not _asks(words, exchange.asked) or "?" in exchange.said or _DOES_NOT_SAY.search(exchange.said):
        return None
    return _FILLERS.sub("", exchange.said)


def _until_end(text: str, most: int) -> str:
    """What stands before the next mark or the next clause; nothing if that is longer than a value is."""
    end = _END.search(text)
    parts = (text[: end.start()] if end else text).split()
    return " ".join(parts) if len(parts) <= most else ""


def _asks(words: Sequence[str], asked: str) -> bool:
    return bool(words) and _named(words, asked) and bool(_QUESTION.search(asked.lower()))


def _named(words: Sequence[str], text: str) -> bool:
    said = set(re.findall(r"[a-z0-9']+", text.lower()))
    return all(word in said or f"{word}s" in said or word.removesuffix("s") in said for word in words)


def _words(name: str) -> tuple[str, ...]:
    return tuple(_content(re.findall(r"[a-z]+|\d+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower())))


def _content(words: Sequence[str]) -> Iterator[str]:
    return (word for word in words if word not in _NO_CONTENT)
