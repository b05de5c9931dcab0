"""What a reply may not say, whoever wrote it. Pure; each rule has a stable word, which stands beside the reply that it refused.

A rule reads plain small letters: straight quotes, nothing invisible, wide or mathematical letters as what they look like. What the
organization says itself may be said. Phrases are known in English and Spanish; links, numbers, sums, times, keys and marks in all.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from domain.answering import languages, leaks, medical, times
from domain.answering.reply_phrases import (
    ABOUT_HOURS,
    ACTS,
    CLAIMED,
    CLAUSE_END,
    DENIED,
    HAPPENED,
    HAPPENED_EN_ESPANOL,
    HAPPENS,
    HAS_HAPPENED,
    HEARD,
    KEYS,
    OFFERS,
    SECRETS,
    UNPAID,
    WANTED,
    WHENS,
    WILL_HAPPEN,
)
from domain.organizations.organization import Organization
from domain.organizations.verticals import is_medical
from domain.speech import Channel

# of an hour of talk, and of settings of any length, so much is read
MAX_CHARS = 20_000

_STRAIGHT = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4\u02bc", "'") | dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"')
)
_SPACES = re.compile(r"\s+")
_BETWEEN_SENTENCES = re.compile(r"(?<=[.!?;])\s+")
_DIGIT = r"(?:\d|\b(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve)\b)"
# where a reply could send somebody: links, e-mail addresses, telephone numbers, also spelled out
_ELSEWHERE = re.compile(
    r"\w+://\S+|\bwww\.\S+|\S+@\S+|\b[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,}\b(?:/\S*)?"
    r"|\b[\w-]+ ?(?:\(dot\)|\[dot\]|dot|punto) ?(?:com|net|org|co|io)\b"
    rf"|\b\w+ ?(?:\(at\)|\[at\]|at sign|arroba) ?\w+|\+?{_DIGIT}(?:[\s().-]{{0,3}}{_DIGIT}){{6,}}"
)
_DATE = re.compile(r"\b\d{1,2}([./-])\d{1,2}\1(?:\d{4}|\d{2})\b|\b\d{4}-\d{2}-\d{2}\b")
_MIXED = re.compile(r"[a-z][\u0370-\u052f]|[\u0370-\u052f][a-z]")
_LISTED = re.compile(r"(?:^|\s)[-*\u2022\u00b7] \S.*\s[-*\u2022\u00b7] \S|(?:^|\s)1[.)] .*\s2[.)] ")


def _rule(fragments: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?:(?<!\w)|(?='))(?:{'|'.join(fragments)})")


_CLAUSE = re.compile(CLAUSE_END)
_KEYS = re.compile(KEYS)
_DAY_OF_HOURS = re.compile(r"today|tonight|tomorrow|[a-z]+days?|hoy|mañana|(?:el|los|este) \w+")
_ONLY_HOURS = re.compile(
    r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|lunes|martes|miércoles|jueves|viernes|sábados?|domingos?"
    r"|every day|around the clock|noon|midnight|closed|from|to|and|through|until|on|de|a|y"
    r"|\d[\d:.]*(?: ?[ap]\.?m\b\.?)?|[-\u2013,: ]|[.;!]$)+"
)
_ABOUT_HOURS, _FREE = re.compile(ABOUT_HOURS), re.compile(r"free (\w+)")
_ACTS, _OFFERS, _UNPAID, _SECRETS = (_rule(fragments) for fragments in (ACTS, OFFERS, UNPAID, SECRETS))
_HAPPENED, _HAPPENS = _rule(HAPPENED), re.compile("|".join(HAPPENS))
_WHENS = re.compile(rf"\b(?:{'|'.join(WHENS)})\b")
_DENIED, _LEFT_OPEN, _HEARD, _CLAIMED = (re.compile(rf"\b(?:{'|'.join(words)})\b") for words in (DENIED, DENIED + WANTED, HEARD, CLAIMED))


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a reply is held against. ``heard`` are the customer's own words, ``own`` what the organization says of itself, both plain;
    ``told`` the runs of words of what its writer was told (``leaks.phrases``), ``hours`` as the organization words them, plain.
    """  # noqa: D205 - one sentence

    channel: Channel
    own: str
    heard: str
    locale: str
    is_medical: bool
    never: tuple[str, ...] = ()
    told: frozenset[str] = field(default=frozenset(), repr=False)
    hours: str = ""


def grounds(organization: Organization, heard: str, channel: Channel, told: frozenset[str] = frozenset()) -> Grounds:
    """What the replies of this organization are held against. Examples of intents are not its own words, but what customers wrote."""
    persona = organization.persona
    own = (
        organization.name,
        organization.hours,
        *organization.services,
        organization.greeting,
        *organization.goals,
        persona.name,
        persona.tone,
    )
    return Grounds(
        channel,
        plain(" . ".join(own)),
        plain(heard),
        persona.locale,
        is_medical(organization.vertical),
        tuple(filter(None, (plain(words) for words in organization.never_promise))),
        told,
        hours=plain(organization.hours),
    )


def plain(text: str) -> str:
    """Small letters as they look: nothing invisible, no wide or curly form of anything, single spaces."""
    seen = "".join(
        letter for letter in text[:MAX_CHARS] if unicodedata.category(letter) not in {"Cf", "Cs", "Co", "Mn"} or letter.isspace()
    )
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", seen).casefold().translate(_STRAIGHT)).strip()


def fault(text: str, on: Grounds) -> str | None:
    """Why a text may not be said, as a stable word; None if it may. For texts of the length that may leave."""
    said = plain(text)
    return next((word for word, breaks in RULES if breaks(said, on)), None)


def breaks_promise(text: str, on: Grounds) -> bool:
    """Whether a text has words that the organization never wants to be used."""
    return any(re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text) for words in on.never)


def _leaks(text: str, on: Grounds) -> bool:
    return leaks.repeats(text, on.told) or leaks.gives_away(text, on.own)


def _is_markup(text: str, on: Grounds) -> bool:
    return leaks.is_markup(text) or bool(_MIXED.search(text)) or (on.channel is Channel.VOICE and bool(_LISTED.search(text)))


def _leads_elsewhere(text: str, on: Grounds) -> bool:
    found = (match.group() for match in _ELSEWHERE.finditer(_DATE.sub(" ", text)))
    return any(place not in on.own or (on.channel is Channel.VOICE and not _is_number(place)) for place in found)


def _is_number(place: str) -> bool:
    return not any(mark in place for mark in ("/", "@", ".")) or place.replace(".", "").replace(" ", "").isdecimal()


def _asks_for_secret(text: str, _: Grounds) -> bool:
    return any(_SECRETS.search(_until(_DENIED, sentence)) for sentence in _sentences(text))


def _names_other_sum(text: str, on: Grounds) -> bool:
    own, heard = times.sums(on.own), times.sums(on.heard)
    return any(times.sums(sentence) - own - (heard if _repeats(sentence) else frozenset()) for sentence in _sentences(text))


def _names_other_time(text: str, on: Grounds) -> bool:
    text = _DATE.sub(" ", text)
    if times.is_round_the_clock(text) and not times.is_round_the_clock(on.own):
        return True
    own, heard = (times.hours_told(words) | times.days(words) for words in (on.own, on.heard))
    named = ((sentence, times.clock_times(sentence) | times.days_open(sentence)) for sentence in _sentences(text))
    if any(said - own - (heard if _repeats(sentence) else frozenset()) for sentence, said in named):
        return True
    about_hours = False
    for sentence in _sentences(text):
        # a list of hours goes on behind a semicolon or a full stop, and what is in it was held against the organization's above
        about_hours = bool(_ABOUT_HOURS.search(sentence)) or (about_hours and bool(_ONLY_HOURS.fullmatch(sentence)))
        if _tells_when(sentence, on, about_hours=about_hours):
            return True
    return False


def _tells_when(sentence: str, on: Grounds, *, about_hours: bool) -> bool:
    """Whether it says when something will be; not of the hours, of what the customer said, or in a question."""
    if sentence.endswith("?") or _repeats(sentence):
        return False
    found = (match.group() for match in _WHENS.finditer(_until(_DENIED, sentence)))
    return any(not about_hours if _DAY_OF_HOURS.fullmatch(when) else when not in on.own for when in found)


def _repeats(sentence: str) -> bool:
    """Whether a sentence only says again, or asks about, what the customer said."""
    return (sentence.endswith("?") or bool(_HEARD.search(sentence))) and not _CLAIMED.search(sentence)


def _promises(text: str, on: Grounds) -> bool:
    for sentence in _sentences(text):
        clauses = [_until(_LEFT_OPEN, clause) for clause in _clauses(sentence)]
        if _UNPAID.search(sentence) or any(_offers(clause, sentence, on.own) for clause in clauses):
            return True
        if not sentence.endswith("?") and any(_ACTS.search(clause) or _tells_what_nobody_knows(clause) for clause in clauses):
            return True
    return False


def _tells_what_nobody_knows(clause: str) -> bool:
    """Whether something is said to have happened, or to happen, of which nobody who only writes can know."""
    happened = (next(filter(None, found.groups())) for found in _HAPPENED.finditer(clause))
    happens = (next(filter(None, found.groups())) for found in _HAPPENS.finditer(clause))
    return any(word not in HAS_HAPPENED | HAPPENED_EN_ESPANOL for word in happened) or any(word not in WILL_HAPPEN for word in happens)


def _offers(clause: str, sentence: str, own: str) -> bool:
    return any(not _is_offered(found.group(), sentence, own) for found in _OFFERS.finditer(clause))


def _is_offered(phrase: str, sentence: str, own: str) -> bool:
    """Whether the organization itself offers it; what is free there must be what the sentence is about."""
    keys = _KEYS.findall(phrase)
    is_free = "free" not in keys or any(thing.rstrip("s") in sentence for thing in _FREE.findall(own))
    return bool(keys) and is_free and all(key in own for key in keys)


def _advises(text: str, on: Grounds) -> bool:
    return on.is_medical and medical.advice(_sentences(text), on.own)


def _is_foreign(text: str, on: Grounds) -> bool:
    ours = languages.of_locale(on.locale)
    # how the organization itself words its hours is no language of ours
    spoken = languages.evident(text.replace(on.hours, " ") if on.hours else text)
    if not spoken or not languages.is_known(ours) or ours in spoken:
        return False
    return languages.possible(on.heard).isdisjoint(spoken) and not languages.tells_nothing(on.heard)


Rule = Callable[[str, Grounds], bool]
# The first that is broken names the fault. What gives something away comes before what is only wrong.
RULES: tuple[tuple[str, Rule], ...] = (
    ("leaked", _leaks),
    ("leads_elsewhere", _leads_elsewhere),
    ("markup", _is_markup),
    ("asks_for_secret", _asks_for_secret),
    ("never_promised", breaks_promise),
    ("medical_advice", _advises),
    ("promises_sum", _names_other_sum),
    ("promises_time", _names_other_time),
    ("promises", _promises),
    ("foreign", _is_foreign),
)


def _sentences(text: str) -> Iterator[str]:
    return iter(_BETWEEN_SENTENCES.split(text))


def _clauses(text: str) -> Iterator[str]:
    return (clause.strip() for clause in _CLAUSE.split(text))


def _until(opening: re.Pattern[str], words: str) -> str:
    """The words as far as they say what is or will be: what comes after such an opening is left open."""
    opened = opening.search(words)
    return words[: opened.start()] if opened else words
