"""A TwiML document as Twilio reads it: its verbs in their order, what does not belong there, and where its URLs lead.

Verbs and attributes are those of twilio.com/docs/voice/twiml that a talk needs; the numbers of faults are from twilio.com/docs/api/errors.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree as ET

MAX_BYTES = 64 * 1024
BAD_URL, FETCH_FAILED, NO_CONNECTION, TOO_LARGE = 11100, 11200, 11205, 11750
UNREADABLE, NOT_IN_SCHEMA, BAD_NUMBER = 12100, 12200, 13223

_POSTED = ("action", "method")
# what Twilio knows, whether the twin makes use of it or not: a misspelt attribute is what nobody notices
KNOWN: Mapping[str, frozenset[str]] = {
    "Say": frozenset({"voice", "language", "loop"}),
    "Play": frozenset({"loop", "digits"}),
    "Pause": frozenset({"length"}),
    "Redirect": frozenset({"method"}),
    "Hangup": frozenset(),
    "Start": frozenset(_POSTED),
    "Number": frozenset({"sendDigits", "url", "method", "statusCallback", "statusCallbackEvent", "statusCallbackMethod"}),
    "Dial": frozenset(
        {*_POSTED, "timeout", "timeLimit", "callerId", "record", "trim", "hangupOnStar", "answerOnBridge", "ringTone", "sequential"}
    ),
    "Gather": frozenset(
        {*_POSTED, "input", "timeout", "speechTimeout", "maxSpeechTime", "profanityFilter", "finishOnKey", "numDigits", "language"}
        | {"partialResultCallback", "partialResultCallbackMethod", "hints", "bargeIn", "actionOnEmptyResult", "speechModel", "enhanced"}
    ),
    "Transcription": frozenset(
        {"name", "track", "statusCallbackUrl", "statusCallbackMethod", "inboundTrackLabel", "outboundTrackLabel", "partialResults"}
        | {"languageCode", "transcriptionEngine", "profanityFilter", "speechModel", "hints", "enableAutomaticPunctuation"}
        | {"intelligenceService", "conversationConfiguration", "enableProviderData"}
    ),
}
_INSIDE: Mapping[str, frozenset[str]] = {
    "Gather": frozenset({"Say", "Play", "Pause"}),
    "Dial": frozenset({"Number"}),
    "Start": frozenset({"Transcription"}),
    "Response": frozenset({"Say", "Play", "Pause", "Gather", "Redirect", "Dial", "Hangup", "Start"}),
}
_NUMBERS = frozenset({"timeout", "timeLimit", "length", "loop", "numDigits", "maxSpeechTime"})


class TwimlError(Exception):
    """Twilio cannot go on with the call, which it ends. ``code`` is the number of its error."""

    def __init__(self, code: int, why: str) -> None:
        """Say what is the matter."""
        super().__init__(f"{code} {why}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing to be done. ``text`` is what it holds, such as words or a number; SSML is read without its marks."""

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    nested: tuple["Verb", ...] = ()

    def number(self, name: str, default: float) -> float:
        """A whole number, or the default where there is none."""
        told = self.attributes.get(name, "")
        return int(told) if told.isdigit() else default

    def is_set(self, name: str) -> bool:
        """Whether it is ``true``."""
        return self.attributes.get(name) == "true"


@dataclass(frozen=True, slots=True)
class Document:
    """What a call shall do. ``url`` is where it was read, None for TwiML that was pushed; ``faults`` are what Twilio warns of and skips."""

    verbs: tuple[Verb, ...]
    url: str | None = None
    faults: tuple[str, ...] = ()

    def resolve(self, told: str | None) -> str:
        """Where a URL of this document leads: none leads to the document itself. Raises TwimlError if it leads nowhere from here.

        Pushed TwiML has no address that a relative URL could start from (twilio.com/docs/voice/twiml/gather: must be absolute).
        """
        target = urljoin(self.url or "", told or "")
        if urlsplit(target).scheme not in {"http", "https"}:
            raise TwimlError(BAD_URL, f"Invalid URL format: {told or 'no action, and no document that it could go to'}")
        return target


def read(body: bytes, url: str | None) -> Document:
    """The document. Raises TwimlError if it is none."""
    if len(body) > MAX_BYTES:
        raise TwimlError(TOO_LARGE, f"the TwiML has {len(body)} bytes, Twilio takes {MAX_BYTES}")
    try:
        root = ET.fromstring(body)  # noqa: S314 - from the product beside us, and Python's expat resolves no entity from outside
    except ET.ParseError as error:
        raise TwimlError(UNREADABLE, f"Document parse failure: {error}") from None
    if root.tag != "Response":
        raise TwimlError(UNREADABLE, f"Document parse failure: it begins with <{root.tag}>, not with <Response>")
    faults = tuple(f"{NOT_IN_SCHEMA} {why}" for why in _faults(root, "Response"))
    return Document(_verbs(root), url, faults)


def _verbs(parent: ET.Element) -> tuple[Verb, ...]:
    return tuple(_verb(element) for element in parent if element.tag in _INSIDE[parent.tag])


def _verb(element: ET.Element) -> Verb:
    text = " ".join("".join(element.itertext()).split())
    return Verb(element.tag, dict(element.attrib), text, _verbs(element) if element.tag in _INSIDE else ())


def _faults(parent: ET.Element, name: str) -> Iterator[str]:
    for element in parent:
        if element.tag not in _INSIDE[name]:
            yield f"there is no <{element.tag}> in <{name}>, as far as the twin knows"
            continue
        for attribute, value in element.attrib.items():
            yield from _faults_of(element.tag, attribute, value)
        if element.tag in _INSIDE:
            yield from _faults(element, element.tag)


def _faults_of(tag: str, name: str, value: str) -> Iterator[str]:
    if name not in KNOWN[tag]:
        yield f"<{tag}> has no {name}"
    elif name in _NUMBERS and not value.isdigit():
        yield f"<{tag}> wants a whole number of {name}, not {value!r}"
    elif name.lower().endswith("method") and value.upper() != "POST":
        yield f"<{tag}> {name}={value!r}: the twin only posts"
