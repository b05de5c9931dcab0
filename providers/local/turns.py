"""What one turn of speech tells of whoever said it: words, and the skeleton of the sentence without what it is about."""

import re

# between the turns of one text, where several stand for one speaker
LINE = "\n"
WORD_N = 3
SKELETON_MIN, SKELETON_MAX = 2, 4
# what is longer says no more about who speaks; bounds the work
MAX_WORDS = 120

_DIGITS = re.compile(r"\d+")
_NOT_WORDS = re.compile(r"[^a-z0' ]+")
_SPACES = re.compile(r"\s+")

# "i'd like to" and "i would like to" are one phrase, whoever wrote it down
_SHORT = {
    "'m": " am", "'re": " are", "'ve": " have", "'ll": " will", "'d": " would", "n't": " not",
}  # fmt: skip
_IS_SHORT = re.compile(r"('m|'re|'ve|'ll|'d|n't)\b")
_THIS_IS = re.compile(r"\b(what|that|it|there|where|how|who|when|here|he|she|let)'?s\b")
_TYPED = {
    "im": "i am", "ive": "i have", "ill": "i will", "dont": "do not", "cant": "can not", "can't": "can not", "won't": "will not",
    "cannot": "can not", "didnt": "did not", "doesnt": "does not", "u": "you", "ur": "your", "pls": "please", "plz": "please",
    "ok": "okay", "thanx": "thanks", "thx": "thanks", "yeah": "yes", "yep": "yes", "yup": "yes", "ya": "yes", "nope": "no", "nah": "no",
    "gonna": "going to", "wanna": "want to", "gotta": "got to",
}  # fmt: skip
_NUMBER_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
    " twenty thirty forty fifty sixty seventy eighty ninety hundred thousand first second third pm"
)
# Whoever answers a telephone greets first, whoever writes to a shop does: a greeting tells the kind of talk and not the role.
_GREETING_WORDS = "hi hello hey greetings um uh uhm hmm mhm oh ah er"
_DAYTIME = re.compile(r"\bgood (morning|afternoon|evening|day)\b")

# words that belong to talk itself, not to what it is about
_FRAME_WORDS = (
    "i you we he she it they me him her us them my your our his its their mine yours myself this that these those there here"
    " a an the some any no all both each every another other one ones 0"
    " am is are was were be been being do does did done have has had having will would shall should can could may might must"
    " going go get got let make makes made take takes took give given want wants wanted need needs needed like love prefer wish hope"
    " know think see look looking looks sounds sound say said tell told ask asked mean help assist find found check checked"
    " call calling called speak speaking talk book booked reserve reserved schedule scheduled confirm confirmed order ordered send sent"
    " change cancel pay try wait hold repeat understand believe wonder wondering thank thanks welcome please sorry apologize appreciate"
    " afraid unfortunately okay sure yes no not right correct great good nice perfect fine wonderful awesome excellent alright well"
    " bye goodbye day moment minute second today tomorrow now then again also just only too very really more else anything something"
    " nothing everything anyone somebody what which who whom whose when where why how if or and but so because as than"
    " of in on at to for from with without about by into out up down over after before until during"
    " name number time date address phone email account information details question problem available thing things way kind"
    " able ready happy glad interested possible"
)
_NUMBERS, _GREETINGS, FRAME = (frozenset(listed.split()) for listed in (_NUMBER_WORDS, _GREETING_WORDS, _FRAME_WORDS))


def words(text: str) -> list[str]:
    """Lower case, no punctuation (machine transcripts have none), no greeting, short forms written out, every number the same."""
    lowered = text[: 20 * MAX_WORDS].lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    plain = _NOT_WORDS.sub(" ", _DIGITS.sub("0", lowered))
    plain = _DAYTIME.sub(" ", _SPACES.sub(" ", plain))
    plain = _THIS_IS.sub(r"\1 is", plain)
    typed = (_TYPED.get(word, word) for word in plain.split())
    plain = _IS_SHORT.sub(lambda found: _SHORT[found[0]], " ".join(typed))
    found: list[str] = []
    for word in plain.replace("'", "").split():
        said = "0" if word in _NUMBERS or "0" in word else word
        if said not in _GREETINGS and not (said == "0" and found and found[-1] == "0"):
            found.append(said)
    return found[:MAX_WORDS]


def skeleton(said: list[str]) -> list[str]:
    """What it is about becomes ``*``; begin and end are marked. Nothing said has no skeleton: a bare greeting tells nothing."""
    if not said:
        return []
    found = ["^"]
    for word in said:
        kept = word if word in FRAME else "*"
        if kept != "*" or found[-1] != "*":
            found.append(kept)
    return [*found, "$"]


def features(text: str) -> tuple[list[str], list[str]]:
    """Of one turn: its words, pairs and triples of words; and stretches of its skeleton. The two never look alike."""
    said = words(text)
    return _stretches(said, 1, WORD_N, "_"), _stretches(skeleton(said), SKELETON_MIN, SKELETON_MAX, "=")


def _stretches(parts: list[str], shortest: int, longest: int, mark: str) -> list[str]:
    return [mark + " ".join(parts[at : at + n]) for n in range(shortest, longest + 1) for at in range(len(parts) - n + 1)]
