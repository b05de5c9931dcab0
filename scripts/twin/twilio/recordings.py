"""Fetch a recording's media, read it, list them."""

from flask import Blueprint, Response, request

from scripts.twin import gate
from scripts.twin.sound import mono, silent_mp3
from scripts.twin.twilio import bodies, errors
from scripts.twin.twilio.store import Recording, newest_first
from scripts.twin.world import here

bp = Blueprint("twilio_recordings", __name__, url_prefix=f"/{bodies.API}/Accounts/<account>")
_DUAL = "2"


@bp.get("/Recordings/<sid>")
@bp.get("/Recordings/<sid>.wav")
@gate.guarded(errors.VENDOR, "recording.fetch")
def fetch_wav(account: str, sid: str) -> Response:
    """The file as it was recorded, or mixed into one channel if that is asked for; 404 until the recording is completed."""
    return _media(account, sid, "audio/x-wav")


@bp.get("/Recordings/<sid>.mp3")
@gate.guarded(errors.VENDOR, "recording.fetch")
def fetch_mp3(account: str, sid: str) -> Response:
    """An MP3 of the same length; only the format is real, there is silence in it."""
    return _media(account, sid, "audio/mpeg")


@bp.get("/Recordings/<sid>.json")
@gate.guarded(errors.VENDOR, "recording.read")
def read(account: str, sid: str) -> Response:
    """One recording, without its media."""
    recording = _find(account, sid)
    return bodies.answer(bodies.recording(recording)) if recording else errors.not_found()


@bp.get("/Recordings.json")
@gate.guarded(errors.VENDOR, "recording.list")
def list_(account: str) -> Response:
    """Those that the filters CallSid and DateCreated leave, newest first."""
    if bodies.bad_dates(["DateCreated"]):
        return errors.error(400, 20001, "DateCreated must be YYYY-MM-DD or ISO 8601")
    found = [
        bodies.recording(recording)
        for recording in newest_first(here().twilio.recordings)
        if recording.account == account and bodies.is_asked_for({"CallSid": recording.call}, {"DateCreated": recording.created})
    ]
    return bodies.page("recordings", found)


def _media(account: str, sid: str, mimetype: str) -> Response:
    gate.note(recording_sid=sid)
    recording = _find(account, sid)
    if recording is None or recording.status != "completed":
        return errors.not_found()
    asked = request.args.get("RequestedChannels")
    if asked == _DUAL and recording.channels == 1:
        return errors.error(400, 20001, "Requested channels exceed the channels of this recording")
    if mimetype == "audio/mpeg":
        return Response(silent_mp3(recording.duration_s), mimetype=mimetype)
    return Response(mono(recording.audio) if asked == "1" else recording.audio, mimetype=mimetype)


def _find(account: str, sid: str) -> Recording | None:
    recording = here().twilio.recordings.get(sid)
    return recording if recording and recording.account == account else None
