"""Rules for JSON that people write: what is wrong names its place and what is right there, never what was written."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

# how much of a name that somebody invented stands in a fault
_NAME_CHARS = 40
# PostgreSQL's jsonb takes neither U+0000 nor half a surrogate pair; the other control characters are in no sentence
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Fault:
    """``path`` leads to it with dots (``intents.refund.0``); ``right`` begins with a verb: ``must be …``, ``is missing``."""

    path: str
    right: str

    @property
    def root(self) -> str:
        """The outermost name of the path."""
        return self.path.partition(".")[0]


# what is wrong with a value that stands at a path
Check = Callable[[str, object], Iterator[Fault]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A check, and which values of its kind say nothing, as if nobody had written them; null is one of any kind."""

    check: Check
    nothing: tuple[object, ...] = ()

    def __call__(self, path: str, value: object) -> Iterator[Fault]:
        """What is wrong."""
        return self.check(path, value)

    def is_told(self, value: object) -> bool:
        """Whether somebody said something."""
        return value is not None and value not in self.nothing


def is_told(value: object) -> bool:
    """Whether somebody said something: null, "" and what is empty are as if they were not there."""
    return value is not None and value not in ("", [], {}, ())


def below(path: str, name: object) -> str:
    """The path of what stands under a name, or at a place, of what stands at ``path``."""
    shown = _UNFIT.sub("?", str(name))[:_NAME_CHARS] or '""'
    return f"{path}.{shown}" if path else shown


def that(is_right: Callable[[object], bool], right: str, *nothing: object) -> Rule:
    """The rule of whatever ``is_right`` holds for, or what says nothing."""

    def check(path: str, value: object) -> Iterator[Fault]:
        if not is_right(value):
            yield Fault(path, right)

    return Rule(check, nothing)


def text(at_most: int, at_least: int = 1) -> Rule:
    """One line of that many characters."""

    def is_right(value: object) -> bool:
        return isinstance(value, str) and at_least <= len(value.strip()) and len(value) <= at_most and not _UNFIT.search(value)

    return that(is_right, f"must be one line of {at_least} to {at_most} characters", "")


def spelled(pattern: re.Pattern[str], right: str) -> Rule:
    """A text that is of a pattern from beginning to end."""
    return that(lambda value: isinstance(value, str) and bool(pattern.fullmatch(value)), right, "")


def one_of(words: Collection[str]) -> Rule:
    """One of some words."""
    return that(lambda value: isinstance(value, str) and value in words, f"must be one of {', '.join(words)}", "")


def whole(least: int, most: int) -> Rule:
    """A whole number."""
    return that(lambda value: type(value) is int and least <= value <= most, f"must be a whole number from {least} to {most}")


flag: Rule = that(lambda value: isinstance(value, bool), "must be true or false")


def list_of(rule: Check, at_most: int) -> Rule:
    """A list of things that are alike."""

    def check(path: str, value: object) -> Iterator[Fault]:
        if not isinstance(value, Sequence) or isinstance(value, str):
            yield Fault(path, f"must be a list of {at_most} at most")
            return
        if len(value) > at_most:
            yield Fault(path, f"must have {at_most} at most")
        for place, each in enumerate(value[:at_most]):
            yield from rule(below(path, place), each)

    return Rule(check, ([],))


def entries(names: Check, rule: Check, at_most: int) -> Rule:
    """An object whose names are the writer's own, each with a thing that is alike."""

    def check(path: str, value: object) -> Iterator[Fault]:
        if not isinstance(value, Mapping):
            yield Fault(path, f"must be an object of {at_most} entries at most")
            return
        if len(value) > at_most:
            yield Fault(path, f"must have {at_most} entries at most")
        for name, each in list(value.items())[:at_most]:
            yield from names(below(path, name), name)
            yield from rule(below(path, name), each)

    return Rule(check, ({},))


def record(rules: Mapping[str, Rule], needs: Collection[str] = ()) -> Rule:
    """An object whose names are known; what is not told needs no rule."""

    def check(path: str, value: object) -> Iterator[Fault]:
        if not isinstance(value, Mapping):
            yield Fault(path, f"must be an object with {', '.join(rules)}")
            return
        for name in value:
            if name not in rules:
                yield Fault(below(path, name), f"is not known; there are {', '.join(rules)}")
        for name, rule in rules.items():
            if rule.is_told(value.get(name)):
                yield from rule(below(path, name), value[name])
            elif name in needs:
                yield Fault(below(path, name), "is missing")

    return Rule(check, ({},))
