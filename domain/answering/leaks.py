"""What a reply must never give away: what the writer was told, what it is, keys, and the marks of a machine."""

import re

# so many words in a row are no coincidence; our own sentences to customers have fewer of them in common with our instructions
RUN_OF_WORDS = 7

_WORD = re.compile(r"\w+")
_KEY_LIKE = re.compile(
    r"\b(?:sk|pk|rk|whsec|xox[abprs]|gh[pousr]|glpat)[-_][a-z0-9_-]{6,}|\b(?:akia|aiza)[a-z0-9_-]{10,}|\bbearer [a-z0-9._-]{8,}"
    r"|\b(?:ac|sk|sm|ca)[0-9a-f]{32}\b|\b[0-9a-f]{24,}\b|\beyj[a-z0-9_-]{10,}|-----begin|\b(?:postgres(?:ql)?|redis|amqp)s?://"
    r"|\b(?=[a-z0-9_-]*\d)(?=[a-z0-9_-]*[a-z])[a-z0-9_-]{20,}\b|\b[a-z0-9+/_-]{32,}={0,2}(?!\w)"
)
_OF_A_MACHINE = re.compile(
    r"as an? (?:ai|artificial|large|language)\b|\b(?:large )?language model|\b(?:chat)?gpt(?:-\w+)?\b|\bopenai\b|\bllm\b|\banthropic\b"
    r"|modelo de lenguaje|modèle de langage|sprachmodell"
    r"|(?:system|developer|initial|hidden|original) (?:prompt|message|instructions?)|prompt del sistema|mensaje del sistema"
    r"|\bmy (?:\w+ )?(?:instructions|prompt|programming|guidelines|rules|configuration|training)\b|\bmis (?:instrucciones|reglas)\b"
    r"|\bi (?:was|am|have been|'ve been)(?: \w+)? (?:instructed|programmed|prompted|configured|told) (?:to|not|that|never)"
    r"|\bthe (?:instructions|rules) (?:i was|i am|above|say|tell|given)|everything above|\bjailbr[eo]"
    r"|api[ _-]?keys?\b|secret[ _-]key|access[ _-]token|auth[ _-]?token|environment variable|\bdatabase url|\bpassword is:? \S*\d"
    r"|\b(?:max_chars|left_out|utterances|never_promise|json|schema)\b"
)
_MARKUP = re.compile(
    r"\*\*|__|``|~~|(?:^|\s)#{1,6} (?=[^\W\d])|\]\(|</?\w|\\n|\\u[0-9a-f]{4}|\"\s*:\s*[\"\d\[{]|<\||\|>"
    r"|(?:^|[\s\"'])(?:system|assistant|developer)\s?:"
)


def phrases(text: str) -> frozenset[str]:
    """All runs of ``RUN_OF_WORDS`` words of a text."""
    words = _WORD.findall(text.lower())
    return frozenset(" ".join(words[start : start + RUN_OF_WORDS]) for start in range(len(words) - RUN_OF_WORDS + 1))


def repeats(text: str, told: frozenset[str]) -> bool:
    """Whether a text has a run of words in common with what its writer was told."""
    return bool(told) and not told.isdisjoint(phrases(text))


def gives_away(text: str, own: str) -> bool:
    """Whether a text, in plain small letters, has what looks like a key, or speaks of its writer as of a machine with orders.

    What the organization itself says in ``own`` is none: it may sell keys.
    """
    return any(found.group() not in own for pattern in (_KEY_LIKE, _OF_A_MACHINE) for found in pattern.finditer(text))


def is_markup(text: str) -> bool:
    """Whether a text has marks that only a machine reads."""
    return bool(_MARKUP.search(text))
