"""The control calls under `/_twin/`: modes, log, clock, reset, what is heard, and what happens at the telephone."""

from dataclasses import MISSING, asdict, fields
from typing import Any, TypeVar
from urllib.parse import urlsplit

import orjson
from flask import Blueprint, Response, request

from scripts.twin import modes
from scripts.twin.post import is_here
from scripts.twin.sound import is_audio, probe
from scripts.twin.twilio import plays
from scripts.twin.twilio.caller import LiveCallPlan
from scripts.twin.twilio.store import Recording
from scripts.twin.twilio.telephone import Telephone
from scripts.twin.twilio.texting import Texting, ThreadPlan
from scripts.twin.world import here

bp = Blueprint("control", __name__, url_prefix="/_twin")
Plan = TypeVar("Plan", plays.CallPlan, LiveCallPlan, plays.MessagePlan, ThreadPlan)
Json = dict[str, Any]
_FIELDS = {"from": "from_"}  # a word that Python keeps for itself


@bp.before_request
def _only_from_this_machine() -> Response | None:
    """A web page that somebody has open here must not play calls: no Origin, and no name that was made to point at loopback."""
    if "Origin" in request.headers or not is_here(f"http://{request.host}"):
        return _json({"error": "control calls come from this machine, and not from a web page"}, 403)
    return None


@bp.errorhandler(ValueError)
@bp.errorhandler(TypeError)
def _told_wrongly(error: Exception) -> Response:
    return _json({"error": str(error)}, 400)


@bp.get("/")
def ready() -> Response:
    """Whether it answers."""
    return _json({"twin": "ready"})


@bp.post("/modes")
def misbehave() -> Response:
    """Set one more mode."""
    here().modes.add(modes.read(_told()))
    return _json({})


@bp.delete("/modes")
def behave() -> Response:
    """End all modes."""
    here().modes.clear()
    return _json({})


@bp.get("/log")
def log() -> Response:
    """What was asked and sent, oldest first; vendor, operation and direction of the query narrow it."""
    asked = request.args.to_dict()
    entries = here().journal.read()
    return _json({"entries": [entry for entry in entries if all(entry.get(name) == value for name, value in asked.items())]})


@bp.post("/reset")
def reset() -> Response:
    """As new."""
    here().reset()
    return _json({})


@bp.post("/clock")
def clock() -> Response:
    """Divide all of the twin's own delays by ``speed``."""
    here().clock.run_at(float(_told().get("speed", 0)))
    return _json({})


@bp.post("/sleep")
def sleep() -> Response:
    """Answers when so many ``seconds`` of the twin's time have passed."""
    here().clock.sleep(float(_told().get("seconds", 0)))
    return _json({})


@bp.post("/routes")
def route() -> Response:
    """Call ``local`` where a URL says ``public``; what is signed stays the public one."""
    told = _told()
    here().post.routes[str(told.get("public")).rstrip("/")] = str(told.get("local")).rstrip("/")
    return _json({})


@bp.post("/ears/<sha256>")
def hear(sha256: str) -> Response:
    """From now on the audio of that hash holds the document of the body."""
    _told()
    here().ears.learn(sha256, request.get_data())
    return _json({})


@bp.post("/recordings")
def add_recording() -> Response:
    """The body becomes a completed recording; ``account``, ``call`` and ``duration_s`` of the query say more about it."""
    audio, asked = request.get_data(), request.args
    if not is_audio(audio):
        raise ValueError("the body must be the bytes of a sound file, such as a WAV")
    sound = probe(audio)
    account = asked.get("account") or _first_account()
    duration_s = asked.get("duration_s", type=int, default=round(sound.seconds))
    recording = Recording(account, asked.get("call", ""), audio, sound.channels, duration_s)
    here().twilio.recordings.put(recording.sid, recording)
    return _json({"recording_sid": recording.sid})


@bp.post("/calls")
def play_call() -> Response:
    """A call rings. See CallPlan for what may be told."""
    played = plays.Played(here(), _plan(plays.CallPlan))
    here().twilio.endings.put(played.call.sid, played.end)
    played.begin()
    return _json({"call_sid": played.call.sid, "recording_sid": played.recording.sid if played.recording else None})


@bp.post("/calls/<sid>/end")
def end_call(sid: str) -> Response:
    """A held call ends."""
    end = here().twilio.endings.get(sid)
    if end is None:
        raise ValueError(f"no call {sid} was played")
    end()
    return _json({})


@bp.post("/live-calls")
def play_live_call() -> Response:
    """Somebody calls and talks. See LiveCallPlan for what may be told."""
    telephone = Telephone(here(), _plan(LiveCallPlan))
    telephone.begin()
    return _json({"call_sid": telephone.call.sid})


@bp.get("/calls/<sid>")
def show_call(sid: str) -> Response:
    """A call as Twilio has it, with the TwiML that it was told and what happened in it."""
    call = here().twilio.calls.get(sid)
    return _json(asdict(call) if call else {"error": f"no call {sid}"}, 200 if call else 404)


@bp.post("/messages")
def play_message() -> Response:
    """An SMS comes in. See MessagePlan for what may be told."""
    return _json({"message_sid": plays.play_message(here(), _plan(plays.MessagePlan)).sid})


@bp.post("/threads")
def play_thread() -> Response:
    """Somebody writes several messages. See ThreadPlan for what may be told."""
    texting = Texting(here(), _plan(ThreadPlan))
    texting.write()
    return _json({"message_sids": texting.sids})


@bp.get("/messages")
def show_messages() -> Response:
    """All messages, in and out, newest first."""
    return _json({"messages": [asdict(message) for message in here().twilio.messages.newest_first()]})


def _told() -> Json:
    told = request.get_json(silent=True)
    if not isinstance(told, dict):
        raise TypeError("the body must be a JSON object, with Content-Type: application/json")
    return told


def _plan(kind: type[Plan]) -> Plan:
    told = {"account": _first_account(), **{_FIELDS.get(name, name): value for name, value in _told().items()}}
    known = {each.name for each in fields(kind)}
    if unknown := set(told) - known:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}; it may have {', '.join(sorted(known))}")
    if missing := {each.name for each in fields(kind) if each.default is MISSING and each.default_factory is MISSING} - set(told):
        raise ValueError(f"missing: {', '.join(sorted(missing))}; base_url is the address of the web process")
    plan = kind(**told)
    if plan.account not in here().config.accounts:
        raise ValueError(f"no account {plan.account}; the twin has {', '.join(here().config.accounts)}")
    parts = urlsplit(plan.base_url)
    if not is_here(plan.base_url) and f"{parts.scheme}://{parts.netloc}" not in here().post.routes:
        raise ValueError(f"{plan.base_url} is not on this machine, and the twin calls nobody else: tell it the local URL, or a route to it")
    return plan


def _first_account() -> str:
    return next(iter(here().config.accounts))


def _json(body: Json, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, mimetype="application/json")
