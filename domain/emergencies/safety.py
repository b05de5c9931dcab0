"""Is anyone in danger, is it pressing, do they ask for a person: phrase rules that need no vendor and cannot be switched off.

A rule is a group of phrases. One of them counts if it stands in a sentence and nothing takes it back: no figure of speech that it is
part of, no denial, supposition, tale or past before or behind it. docs/safety.md says what is heard and what is not.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
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
    stems: tuple[tuple[str, str], ...]  # each with its beginning
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
            tuple((stem[:_BEGINNING], stem) for stem in group.stems.split("|")),
            _any_of(group.phrases),
            group.unless,
        )
        for name, group in groups
    )


@cache
def _words(phrases: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){phrases}(?!\w)")


_made = cache(re.compile)  # when it is first needed, as the rules' own


_EMERGENCIES = _rules(Urgency.EMERGENCY, EMERGENCY.items())
_PEOPLE = _rules(Urgency.HIGH, HUMAN.items())
_RULES = (*_EMERGENCIES, *_rules(Urgency.HIGH, HIGH.items()), *_PEOPLE)

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
    return tuple(SafetyFinding(name, urgency, said.seq) for said in utterances for name, urgency in _found(said.text, _RULES, own))


def emergency(text: str, alarm_words: Sequence[str] = ()) -> str | None:
    """The first emergency rule that a text message or a turn of a call meets, as ``find`` finds it; None for nearly all of them.

    For whoever has no time: of a long text the first MESSAGE_CHARS are read.
    """
    return next((name for name, _ in _found(text[:MESSAGE_CHARS], _EMERGENCIES, tuple(alarm_words))), None)


def asks_for_person(text: str) -> bool:
    """Whether somebody asks for a human in so many words, as ``find`` finds it; of a long text the first MESSAGE_CHARS are read."""
    return any(True for _ in _found(text[:MESSAGE_CHARS], _PEOPLE, ()))


def _found(text: str, rules: Sequence[_Rule], alarm_words: tuple[str, ...]) -> Iterator[tuple[str, Urgency]]:
    said = sentences(text)
    whole = _flat(f" {'  '.join(said)} ")
    beginnings = {whole[at : at + _BEGINNING] for at in range(len(whole))}
    for rule in rules:
        stems = [stem for beginning, stem in rule.stems if beginning in beginnings and stem in whole]
        if not stems or (rule.unless and _words(rule.unless).search(whole)):
            continue
        if any(_may_say(sentence, stems, rule.pattern) and _is_meant(sentence, rule.pattern) for sentence in said):
            yield rule.name, rule.urgency
    own = _own(alarm_words) if alarm_words else None
    if own and any(_is_said(sentence, own) for sentence in said):
        yield ALARM_WORD, Urgency.EMERGENCY


def _may_say(sentence: str, stems: Sequence[str], phrases: re.Pattern[str]) -> bool:
    """Whether one of the phrases stands around a stem: most texts are done with here, having been read only there."""
    flat = _flat(sentence)
    padded = f" {flat} "
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
