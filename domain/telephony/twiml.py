"""Renders what is said and done next as TwiML (twilio.com/docs/voice/twiml; wire/twilio.md §2.5, §2.7, §4, §5).

All URLs are absolute: Twilio refuses relative ones in TwiML that is pushed into a call. They carry what makes each request the same event
twice, and Twilio signs them.
"""

import re
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

from domain.telephony.call_flow import RINGS_S, Act, Dial, HangUp, Listen, Pause, Redirect, Say, Script, Transcribe

ROOT = "/webhooks/twilio"
MIMETYPE = "text/xml"
# the longest document that can be pushed (spec twilio_api_v2010.json)
MAX_CHARS = 4_000
# For Twilio alone, never sent: ask again for what met a 5xx, no connection or no answer (usage/webhooks/webhooks-connection-overrides). A
# caller whose turn could not be stored would else hear that an application error has occurred.
REPEAT = "#rc=3&rp=5xx,ct,rt"
# Twilio stars out what it takes for a curse unless it is told not to. The rules of safety have to read what was said: who is in danger
# swears, and some of what is done to them is such a word.
_ALL_WORDS = "false"
_HEADER = '<?xml version="1.0" encoding="UTF-8"?>'
# what no XML document may hold, escaped or not (XML 1.0 §2.2)
_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(script: Script, base_url: str) -> str:
    """The document; ``base_url`` is our public one, without a slash at its end. Nothing in it ends the call, as Twilio does."""
    response = ET.Element("Response")
    for act in script:
        _append(response, act, base_url)
    return _HEADER + ET.tostring(response, encoding="unicode")


def _append(parent: ET.Element, act: Act, base: str) -> None:
    match act:
        case Say(text, locale):
            ET.SubElement(parent, "Say", language=locale).text = _NO_XML.sub(" ", text)
        case Pause(seconds):
            ET.SubElement(parent, "Pause", length=str(seconds))
        case Listen():
            _listen(parent, act, base)
        case Dial(number, turn, is_emergency, shows):
            action = _url(base, "dialed", REPEAT, turn=turn, emergency=int(is_emergency))
            dial = ET.SubElement(parent, "Dial", {"callerId": shows} if shows else {}, action=action, timeout=str(RINGS_S))
            dial.text = number
        case Redirect(turn, waited):
            ET.SubElement(parent, "Redirect", method="POST").text = _url(base, "turn", REPEAT, turn=turn, waited=waited)
        case Transcribe(locale):
            _transcribe(parent, locale, base)
        case HangUp():
            ET.SubElement(parent, "Hangup")


def _listen(parent: ET.Element, act: Listen, base: str) -> None:
    proof = {"reply": str(act.reply)} if act.reply else {}
    gather = ET.SubElement(
        parent,
        "Gather",
        input="speech dtmf",
        action=_url(base, "gather", REPEAT, turn=act.turn, silent=act.silences, **proof),
        # without it silence would be told to nobody
        actionOnEmptyResult="true",
        partialResultCallback=_url(base, "gather-partial", turn=act.turn),
        timeout=str(act.timeout_s),
        speechTimeout="auto",
        language=act.locale,
        profanityFilter=_ALL_WORDS,
    )
    for said in act.says:
        _append(gather, said, base)


def _transcribe(parent: ET.Element, locale: str, base: str) -> None:
    start = ET.SubElement(parent, "Start")
    url = _url(base, "transcription", REPEAT)
    ET.SubElement(start, "Transcription", statusCallbackUrl=url, track="both_tracks", languageCode=locale, profanityFilter=_ALL_WORDS)


def _url(base: str, place: str, fragment: str = "", **query: int | str) -> str:
    told = f"?{urlencode(query)}" if query else ""
    return f"{base}{ROOT}/{place}{told}{fragment}"
