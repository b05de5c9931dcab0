"""What each verb of TwiML does in a live call. A verb that ends its document brings the next one; the others say nothing."""

import re
from collections.abc import Callable, Mapping
from functools import partial

from scripts.twin.twilio import twiml
from scripts.twin.twilio.caller import Line, seconds_of
from scripts.twin.twilio.stage import Get, HungUp, Stage
from scripts.twin.twilio.store import new_sid
from scripts.twin.twilio.transcription import OURS, THEIRS, Transcription
from scripts.twin.twilio.twiml import Document, TwimlError, Verb

# twilio.com/docs/voice/twiml: what holds where an attribute is left out
PAUSE_S, GATHER_TIMEOUT_S, DIAL_TIMEOUT_S = 1, 5, 30
# how much silence ends what somebody says, where that is left to Twilio; not documented
AUTO_S = 1.0
PLAY_S = 5.0
KEY_S = 0.3
PARTIAL_WORDS = 4
# with one of these at the beginning it still rings
RINGS = frozenset({"Pause", "Redirect"})
_E164 = re.compile(r"\+[1-9]\d{6,14}\Z")


def perform(stage: Stage, document: Document) -> Get | None:
    """Do all of a document, or as much of it as leads to the next one; None at its end, where Twilio hangs up."""
    for fault in document.faults:
        stage.happened("fault", fault)
    for verb in document.verbs:
        stage.look_up()
        if verb.name not in RINGS:
            answer(stage)
        following = VERBS[verb.name](stage, document, verb)
        if following is not None:
            return following
    answer(stage)
    stage.look_up()
    return None


def answer(stage: Stage) -> None:
    """Pick up, if it still rings."""
    if stage.call.status == "ringing":
        stage.progress.become("in-progress")
        stage.caller.begin(stage.world.clock.now())


def say(stage: Stage, words: str, times: int = 1) -> None:
    """Let the caller hear it."""
    if stage.transcription:
        stage.transcription.heard(OURS, words)
    _for_as_long_as(stage, seconds_of(words) * times, "said", words)


def _say(stage: Stage, _document: Document, verb: Verb) -> None:
    say(stage, verb.text, max(1, int(verb.number("loop", 1))))


def _play(stage: Stage, document: Document, verb: Verb) -> None:
    what = verb.attributes.get("digits") or document.resolve(verb.text)
    _for_as_long_as(stage, PLAY_S, "played", what)


def _pause(stage: Stage, _document: Document, verb: Verb) -> None:
    stage.wait(verb.number("length", PAUSE_S))


def _redirect(stage: Stage, document: Document, verb: Verb) -> Get:
    return partial(stage.ask, "redirect", document.resolve(verb.text), {})


def _hangup(_stage: Stage, _document: Document, _verb: Verb) -> None:
    raise HungUp("twilio")


def _start(stage: Stage, document: Document, verb: Verb) -> None:
    for nested in verb.nested:
        url = nested.attributes.get("statusCallbackUrl")
        if url and stage.transcription is None:
            stage.transcription = Transcription(stage.world, stage.call, nested, document.resolve(url))


def _gather(stage: Stage, document: Document, verb: Verb) -> Get | None:
    action = document.resolve(verb.attributes.get("action"))
    for prompt in verb.nested:
        VERBS[prompt.name](stage, document, prompt)
    line = stage.caller.asked(stage.world.clock.now())
    timeout_s = verb.number("timeout", GATHER_TIMEOUT_S)
    by_speech, by_keys = (kind in verb.attributes.get("input", "dtmf").split() for kind in ("speech", "dtmf"))
    wait_s = max(0.0, (stage.caller.due or 0.0) - stage.world.clock.now())
    if line is None or wait_s > timeout_s or not ((line.says and by_speech) or (line.presses and by_keys)):
        stage.wait(timeout_s)
        return _unheard(stage, verb, line, action)
    stage.wait(wait_s)
    fields = _spoken(stage, document, verb, line) if line.says and by_speech else _pressed(stage, verb, line)
    stage.caller.done(stage.world.clock.now())
    return partial(stage.ask, "gather", action, fields)


def _unheard(stage: Stage, verb: Verb, line: Line | None, action: str) -> Get | None:
    """Nobody said anything that this could hear: Twilio goes on, and asks only if it was told to."""
    stage.happened("silence")
    if line and line.silent:
        stage.caller.done(stage.world.clock.now())
    empty = {"SpeechResult": "", "msg": "Gather End"}
    return partial(stage.ask, "gather", action, empty) if verb.is_set("actionOnEmptyResult") else None


def _spoken(stage: Stage, document: Document, verb: Verb, line: Line) -> Mapping[str, str]:
    moment = stage.happened("spoke", line.says, is_cut=True)
    callback = verb.attributes.get("partialResultCallback")
    words = line.says.split()
    for number, place in enumerate(range(0, len(words), PARTIAL_WORDS)):
        stage.wait(seconds_of(line.says) * len(words[place : place + PARTIAL_WORDS]) / len(words))
        if callback:
            told = {"StableSpeechResult": " ".join(words[:place]), "UnstableSpeechResult": " ".join(words[: place + PARTIAL_WORDS])}
            stage.tell("gather_partial", document.resolve(callback), {**told, "Stability": "0.89", "SequenceNumber": str(number)})
    if stage.transcription:
        stage.transcription.heard(THEIRS, line.says)
    stage.wait(verb.number("speechTimeout", AUTO_S))
    moment.is_cut = False
    heard = {"SpeechResult": line.says, "Language": verb.attributes.get("language", "en-US")}
    return heard if line.confidence is None else {**heard, "Confidence": str(line.confidence)}


def _pressed(stage: Stage, verb: Verb, line: Line) -> Mapping[str, str]:
    """Keys up to ``finishOnKey`` or ``numDigits``; then, or after the time-out, they are told."""
    stage.happened("pressed", line.presses)
    end = verb.attributes.get("finishOnKey", "#")
    digits, finished, _ = line.presses.partition(end) if end else (line.presses, "", "")
    most = int(verb.number("numDigits", len(line.presses)))
    stage.wait(KEY_S * len(line.presses))
    if not finished and not ("numDigits" in verb.attributes and len(digits) >= most):
        stage.wait(verb.number("timeout", GATHER_TIMEOUT_S))
    return {"Digits": digits[:most], "msg": "Gather End", **({"FinishedOnKey": finished} if finished else {})}


def _dial(stage: Stage, document: Document, verb: Verb) -> Get | None:
    number = next((nested.text for nested in verb.nested), verb.text)
    action = document.resolve(verb.attributes["action"]) if "action" in verb.attributes else None
    if not _E164.fullmatch(number):
        raise TwimlError(twiml.BAD_NUMBER, "Dial: Invalid phone number format")
    stage.happened("dialed", number)
    result = {"DialCallSid": new_sid("CA"), **_rung(stage, verb)}
    return partial(stage.ask, "dialed", action, result) if action else None


def _rung(stage: Stage, verb: Verb) -> Mapping[str, str]:
    plan, timeout_s = stage.plan, verb.number("timeout", DIAL_TIMEOUT_S)
    ends_as = "no-answer" if plan.dial_rings_s > timeout_s else plan.dial_ends_as
    stage.wait(timeout_s if ends_as == "no-answer" else plan.dial_rings_s)
    if ends_as == "completed":
        _for_as_long_as(stage, plan.dial_talks_s, "connected")
        return {"DialCallStatus": ends_as, "DialCallDuration": str(round(plan.dial_talks_s)), "DialBridged": "true"}
    stage.happened("not connected", ends_as)
    return {"DialCallStatus": ends_as, "DialBridged": "false"}


def _for_as_long_as(stage: Stage, seconds: float, kind: str, what: str = "") -> None:
    """Let it take its time."""
    moment = stage.happened(kind, what, is_cut=True)
    stage.wait(seconds)
    moment.is_cut = False


VERBS: Mapping[str, Callable[[Stage, Document, Verb], Get | None]] = {
    "Say": _say,
    "Play": _play,
    "Pause": _pause,
    "Gather": _gather,
    "Redirect": _redirect,
    "Dial": _dial,
    "Hangup": _hangup,
    "Start": _start,
}
