"""Is anyone in danger, is it pressing, do they ask for a person: phrase rules that need no vendor and cannot be switched off.

A rule is a group of phrases. One of them counts if it stands in a sentence and nothing takes it back: no figure of speech that it is
part of, no denial, supposition, tale or past before or behind it. docs/safety.md says what is heard and what is not.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from domain.emergencies.safety_phrases import EMERGENCY, HIGH, HUMAN
from domain.emergencies.safety_phrases.context import (
    BEHIND,
    BEHIND_REACH,
    DENIAL_REACH,
    DENIALS,
    DENIED_LIST,
    DENIED_LIST_AFTER,
    FRAME_REACH,
    FRAMES,
    HOLLOW_DENIALS,
    RIGHT_BEHIND,
    TALE_REACH,
    TALES,
)
from domain.emergencies.safety_phrases.figures import FIGURES
from domain.emergencies.safety_phrases.fragments import Group
from domain.emergencies.safety_text import PAUSE, sentences
from domain.speech import SafetyFinding, Urgency, Utterance

# what Twilio lets into a text message; of more than that the front reads no more, the chain all of it
MESSAGE_CHARS = 1_600
ALARM_WORD = "alarm_word"  # the rule of an organization's own words
PHRASE = 130  # characters before and behind a stem within which the phrase stands that it is of
_BEGINNING = 3  # of a stem; where it is nowhere, neither is the stem
CUT = "~,"  # in place of words that do not count: no word, and a pause
REACH = 80  # characters before a phrase, and behind it, that may take it back: about fifteen words
WORDS_OF_MANY = 1_024  # organizations whose alarm words are kept ready


class _Rule(NamedTuple):
    name: str
    urgency: Urgency
    stems: tuple[str, ...]
    phrases: str
    unless: str

    @property
    def pattern(self) -> re.Pattern[str]:
        """Made when a stem of it is heard for the first time: all of them at once would double the start of every process."""
        return _words(self.phrases)


def _any_of(phrases: Iterable[str]) -> str:
    return f"(?:{'|'.join(phrases)})"


def _rules(urgency: Urgency, groups: Iterable[tuple[str, Group]]) -> tuple[_Rule, ...]:
    return tuple(
        _Rule(
            name,
            urgency,
            tuple(group.stems.split("|")),
            _any_of(group.phrases),
            group.unless,
        )
        for name, group in groups
    )


class _Reading(NamedTuple):
    """A text in plain form: its sentences, each without its pauses and between blanks, too, and all of it."""

    said: list[str]
    padded: list[str]
    whole: str


def _read(text: str) -> _Reading:
    said = sentences(text)
    padded = [f" {_flat(sentence)} " for sentence in said]
    return _Reading(said, padded, " ".join(padded))


@cache
def _words(phrases: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){phrases}(?!\w)")


_made = cache(re.compile)  # when it is first needed, as the rules' own


class _Rules(NamedTuple):
    """Rules in their order, and each of their stems under its first letters, with the place of its rule."""

    rules: tuple[_Rule, ...]
    stems: dict[str, list[tuple[int, str]]]


def _together(*rules: _Rule) -> _Rules:
    stems: dict[str, list[tuple[int, str]]] = {}
    for place, rule in enumerate(rules):
        for stem in rule.stems:
            stems.setdefault(stem[:_BEGINNING], []).append((place, stem))
    return _Rules(rules, stems)


_EMERGENCIES = _together(*_rules(Urgency.EMERGENCY, EMERGENCY.items()))
_PEOPLE = _together(*_rules(Urgency.HIGH, HUMAN.items()))
_RULES = _together(*_EMERGENCIES.rules, *_rules(Urgency.HIGH, HIGH.items()), *_PEOPLE.rules)

_FIGURES = rf"\b{_any_of(FIGURES)}\b"
_HOLLOW = rf"\b{_any_of(HOLLOW_DENIALS)}\b"
_BEFORE = rf"\b(?:{DENIALS}{DENIAL_REACH}|{DENIED_LIST}|{_any_of(FRAMES)}{FRAME_REACH}|{_any_of(TALES)}{TALE_REACH})[ ,]?$"
_BEHIND = rf"(?:[ ,]{_any_of(RIGHT_BEHIND)}|{BEHIND_REACH}[ ,]{_any_of(BEHIND)})\b"
_DENIED = rf"\b{DENIALS}{DENIAL_REACH} ?$"
_LISTED = re.compile(DENIED_LIST_AFTER)
_LIST_OF_DENIED = re.compile(r"\b(?:no|not|without|denies)(?: \w+){0,3}(?:,\w+(?: \w+){0,2}){1,3},$")


def find(utterances: tuple[Utterance, ...], alarm_words: Sequence[str] = ()) -> tuple[SafetyFinding, ...]:
    """What the rules found, in the order it was said; each rule at most once per utterance. Words said by anybody count.

    ``alarm_words`` are an organization's own phrases, which are emergencies beside the shared rules, as ALARM_WORD.
    """
    own = tuple(alarm_words)
    return tuple(SafetyFinding(name, urgency, said.seq) for said in utterances for name, urgency in _found(_read(said.text), _RULES, own))


def emergency(text: str, alarm_words: Sequence[str] = ()) -> str | None:
    """The first emergency rule that a text message or a turn of a call meets, as ``find`` finds it; None for nearly all of them.

    For whoever has no time: of a long text the first MESSAGE_CHARS are read.
    """
    return _first_emergency(_read(text[:MESSAGE_CHARS]), alarm_words)


def asks_for_person(text: str) -> bool:
    """Whether somebody asks for a human in so many words, as ``find`` finds it; of a long text the first MESSAGE_CHARS are read."""
    return _asks_for_person(_read(text[:MESSAGE_CHARS]))


def wants_whom(text: str, alarm_words: Sequence[str] = ()) -> tuple[str | None, bool]:
    """What ``emergency`` and, where that is nothing, ``asks_for_person`` say of a text, which is read once."""
    reading = _read(text[:MESSAGE_CHARS])
    rule = _first_emergency(reading, alarm_words)
    return rule, rule is None and _asks_for_person(reading)


def _first_emergency(reading: _Reading, alarm_words: Sequence[str]) -> str | None:
    return next((name for name, _ in _found(reading, _EMERGENCIES, tuple(alarm_words))), None)


def _asks_for_person(reading: _Reading) -> bool:
    return any(True for _ in _found(reading, _PEOPLE, ()))


def _found(reading: _Reading, rules: _Rules, alarm_words: tuple[str, ...]) -> Iterator[tuple[str, Urgency]]:
    heard = _stems_in(reading.whole, rules.stems)
    for place in sorted(heard):
        rule, stems = rules.rules[place], heard[place]
        if any(
            _may_say(padded, stems, rule) and _is_meant(sentence, rule.pattern)
            for sentence, padded in zip(reading.said, reading.padded, strict=True)
        ) and not (rule.unless and _words(rule.unless).search(reading.whole)):
            yield rule.name, rule.urgency
    own = _own(alarm_words) if alarm_words else None
    if own and any(_is_said(sentence, own) for sentence in reading.said):
        yield ALARM_WORD, Urgency.EMERGENCY


def _stems_in(whole: str, stems: Mapping[str, Sequence[tuple[int, str]]]) -> dict[int, list[str]]:
    """Which stems a text has, by the places of their rules; nearly all are done with by their first letters."""
    heard: dict[int, list[str]] = {}
    for beginning in {whole[at : at + _BEGINNING] for at in range(len(whole))} & stems.keys():
        for place, stem in stems[beginning]:
            if stem in whole:
                heard.setdefault(place, []).append(stem)
    return heard


def _may_say(padded: str, stems: Sequence[str], rule: _Rule) -> bool:
    """Whether one of the phrases stands around a stem: most texts are done with here, having been read only there."""
    heard = [stem for stem in stems if stem in padded]
    return bool(heard) and _stands_around(padded, heard, rule.pattern)


def _stands_around(padded: str, stems: Sequence[str], phrases: re.Pattern[str]) -> bool:
    flat = padded[1:-1]
    begin = end = 0
    for at in sorted(at for stem in stems for at in _places(padded, stem)):
        if at - PHRASE > end:
            if phrases.search(flat[begin:end]):
                return True
            begin = at - PHRASE
        end = at + PHRASE
    return phrases.search(flat[begin:end]) is not None


def _places(text: str, stem: str) -> Iterator[int]:
    at = text.find(stem)
    while at >= 0:
        yield at
        at = text.find(stem, at + 1)


@lru_cache(maxsize=WORDS_OF_MANY)
def _own(alarm_words: tuple[str, ...]) -> re.Pattern[str] | None:
    plain = [" ".join(sentences(word)).replace(PAUSE, " ") for word in alarm_words]
    return re.compile(rf"(?<![a-z0-9]){_any_of(map(re.escape, filter(None, plain)))}(?![a-z0-9])") if any(plain) else None


def _is_said(sentence: str, words: re.Pattern[str]) -> bool:
    # nothing but a denial takes back what an organization itself named
    return any(not _made(_DENIED).search(sentence[max(0, said.start() - REACH) : said.start()]) for said in words.finditer(_flat(sentence)))


def _is_meant(sentence: str, phrases: re.Pattern[str]) -> bool:
    clear = _made(_FIGURES).sub(CUT, sentence)
    return any(not _is_taken_back(clear, said) for said in phrases.finditer(_flat(clear)))


def _flat(sentence: str) -> str:
    return sentence.replace(PAUSE, " ")


def _is_taken_back(sentence: str, said: re.Match[str]) -> bool:
    before = _made(_HOLLOW).sub(CUT, sentence[max(0, said.start() - REACH) : said.start()])
    behind = sentence[said.end() : said.end() + REACH]
    return bool(_made(_BEFORE).search(before) or _made(_BEHIND).match(behind) or (_LISTED.match(behind) and _LIST_OF_DENIED.search(before)))
