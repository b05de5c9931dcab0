"""Takes out what identifies a person or opens a door, in whatever is about to reach a log, Sentry or another sink."""

import re
from collections.abc import Mapping
from functools import lru_cache

# Longer than any id, code, route or host name of ours. What is longer is somebody's words, or may hold them.
FREE_TEXT_CHARS = 200
# deeper than anything that we write; a structure below is cut off, never passed on unseen
MAX_DEPTH = 12

# the names of fields are the program's own and few, and each line has a dozen of them; whoever else's they are, no more are remembered
NAMES = 512

LEFT_OUT = "[left out]"

# The name of a field alone says that its value is none of a sink's business.
_SECRET_NAME = re.compile(
    r"authorization|cookie|password|passwd|secret|api_?key|auth_?token|\btoken\b|lease_token|signature|\bdsn\b"
    r"|^(body|text|words|transcript|utterances?|message_body|from|to|target|sender|caller|called|phone|(our|their|customer)_number|email)$",
    re.IGNORECASE,
)

_SHAPES = re.compile(
    r"""
      (?P<credentials>(?<=://)[^\s/@]+@)                                  # user and password in a URL
    | (?P<scheme>\b(?:Bearer|Basic)\s+[\w.~+/=:-]{6,} | \bToken\s+[\w.~+/=-]{16,})
    | (?P<key>\b(?:hk_[0-9a-f]{8,}_[\w-]+ | sk-[\w-]{8,} | ek_[\w-]{8,})) # our own API keys, OpenAI's, its client secrets
    | (?P<path>(?<=/deepgram/)[^\s/?\#"'<]+ | (?<=/callback/)[^\s/?\#"'<]+)  # the token in a callback's path
    | (?P<parameter>(?<=[?&;\s])(?:token|password|secret|api_?key|signature|sig)=[^\s&;"']+)
    | (?P<email>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)
    | (?P<plus>(?<!\w)\+\d[\d\s().-]{5,}\d)                               # +15005550199, +1 (500) 555-0199
    | (?P<number>
        (?<![\w.:/-])
        (?!\d{4}-\d{2}-\d{2}(?:\D|$))                                     # a date
        (?!(?:\d{1,3}\.){3}\d{1,3}(?![\w.]))                              # an IPv4 address
        (?: \(?\d(?:[\s().-]{0,2}\d){8,18} | \d{3}[-.\s]\d{4} )           # national numbers, cards; a local number
        (?![\w-])
      )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_NAMED = {"plus": "[number]", "number": "[number]", "email": "[email]", "credentials": "[secret]@"}

# most of what we log: names, codes, uuids and SIDs, in which no shape can hide
_PLAIN = re.compile(r"[a-z_ ]*|/[a-z_/<>-]*|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[A-Z]{2}[0-9a-f]{32}|(?=[^a-f]*[a-f])[0-9a-f]{32}")


def redact(text: str) -> str:
    """The text with phone numbers, card-like digits, e-mail addresses, credentials and tokens masked."""
    return text if _PLAIN.fullmatch(text) else _SHAPES.sub(lambda match: _NAMED.get(match.lastgroup or "", "[secret]"), text)


def clean(value: object, depth: int = 0) -> object:
    """A structure fit for a sink: text redacted, long text left out, fields with a telling name masked."""
    match value:
        case str():
            return redact(value) if len(value) <= FREE_TEXT_CHARS else f"[{len(value)} characters left out]"
        case None | bool() | int() | float():
            return value
        case BaseException():
            return type(value).__name__
        case bytes() | bytearray() | memoryview():
            return LEFT_OUT
    return _clean_parts(value, depth + 1) if depth < MAX_DEPTH else LEFT_OUT


def _clean_parts(value: object, depth: int) -> object:
    match value:
        case Mapping():
            return {str(name): clean_field(str(name), part, depth) for name, part in value.items()}
        case list() | tuple() | set() | frozenset():
            return [clean(part, depth) for part in value]
    return clean(str(value), depth)


def clean_field(name: str, value: object, depth: int = 0) -> object:
    """The value as it may stand under this name."""
    return LEFT_OUT if _is_telling(name) and value not in (None, "") else clean(value, depth)


@lru_cache(maxsize=NAMES)
def _is_telling(name: str) -> bool:
    return _SECRET_NAME.search(name) is not None
