"""Is anyone in danger, is it pressing, do they ask for a person: phrase rules that need no vendor and cannot be switched off."""

import re
from collections.abc import Iterator

from domain.safety_phrases import CANCELLING_AFTER, EMERGENCY, FIGURES_OF_SPEECH, FRAME_GAP, FRAMES, HIGH, HUMAN, NEGATION_GAP, NEGATIONS
from domain.speech import SafetyFinding, Urgency, Utterance

REACH = 60  # characters before a phrase that may take it back: about a dozen words

_SENTENCE_END = re.compile(r"[.!?;]+")
_NOT_WORDS = re.compile(r"[^a-z0-9' ]+")
_SPACES = re.compile(r"\s+")


def _rule(alternatives: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(alternatives)})\b")


_FIGURES = _rule(FIGURES_OF_SPEECH)
_BEFORE = re.compile(rf"\b(?:(?:{'|'.join(NEGATIONS)}){NEGATION_GAP}|(?:{'|'.join(FRAMES)}){FRAME_GAP}) ?$")
_AFTER = re.compile(rf"^ ?(?:{'|'.join(CANCELLING_AFTER)})\b")
_RULES = tuple(
    (name, urgency, _rule(phrases))
    for urgency, group in ((Urgency.EMERGENCY, EMERGENCY), (Urgency.HIGH, HIGH), (Urgency.HIGH, HUMAN))
    for name, phrases in group.items()
)


def find(utterances: tuple[Utterance, ...]) -> tuple[SafetyFinding, ...]:
    """What the rules found, in the order it was said; each rule at most once per utterance. Words said by anybody count."""
    return tuple(SafetyFinding(rule, urgency, said.seq) for said in utterances for rule, urgency in _in_text(said.text))


def _in_text(text: str) -> Iterator[tuple[str, Urgency]]:
    sentences = [_FIGURES.sub(" ~ ", sentence) for sentence in _sentences(text)]
    for name, urgency, pattern in _RULES:
        if any(_means_it(sentence, match) for sentence in sentences for match in pattern.finditer(sentence)):
            yield name, urgency


def _sentences(text: str) -> list[str]:
    lowered = text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return [_SPACES.sub(" ", _NOT_WORDS.sub(" ", part)).strip() for part in _SENTENCE_END.split(lowered)]


def _means_it(sentence: str, match: re.Match[str]) -> bool:
    before = sentence[max(0, match.start() - REACH) : match.start()]
    return not _BEFORE.search(before) and not _AFTER.search(sentence[match.end() :])
