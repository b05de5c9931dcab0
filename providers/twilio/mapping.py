"""Twilio's form bodies → our words. Pure."""

from urllib.parse import parse_qs

from domain.errors import PermanentError
from domain.speech import Utterance


def message(body: bytes) -> Utterance:
    """The text of an incoming SMS as one utterance of speaker 0. Raises PermanentError if the body is not a form in UTF-8."""
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True)
    except UnicodeDecodeError:
        raise PermanentError("twilio:unreadable_payload") from None
    text = fields.get("Body", [""])[0].replace("\0", "\N{REPLACEMENT CHARACTER}")
    return Utterance(seq=0, speaker=0, text=text, start_ms=0, end_ms=0)
