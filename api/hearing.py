"""/v1/transcribe and /v1/jobs/transcribe: what is said in a piece of audio, or in a recording that Twilio keeps."""

from collections.abc import Mapping
from typing import Any

from flask import Response, request
from marshmallow import ValidationError
from werkzeug.exceptions import Conflict, Forbidden, NotFound, RequestEntityTooLarge, UnprocessableEntity, UnsupportedMediaType

import settings
from api.auth import organization_id
from api.errors import refusal
from api.hearing_schemas import CONTENT_TYPE, MAX_AUDIO_BYTES, RECORDING_URL, WAV, AudioFormV1, TranscribedV1, TranscribeV1
from api.orders import Answer, accepted, answered, place
from api.smorest import Blueprint
from api.strict import naming_what_is_known
from api.waiting import USUAL_S
from db import organizations
from domain.access import Scope
from domain.jobs import JobKind, JobView

# base64 takes a third more, and a form some lines
MAX_BODY_BYTES = MAX_AUDIO_BYTES * 4 // 3 + 64 * 1024
FORM = "multipart/form-data"
ADVICE = (
    "nobody turns audio into words here: set DEEPGRAM_API_KEY, or WHISPER_MODEL_PATH for an engine on your own machine (docs/vendors.md)"
)
RETRY_AFTER_S = 300

hearing = Blueprint("hearing", __name__, url_prefix="/v1", description="Audio into words")

_BODY = {
    "required": True,
    "content": {"application/json": {"schema": TranscribeV1}, FORM: {"schema": AudioFormV1}},
}


@hearing.post("/transcribe")
@hearing.allows(Scope.OPERATOR, 400, 409, 415, 422)
@hearing.doc(requestBody=_BODY)
@hearing.answers_or_later(TranscribedV1)
@hearing.at_most(MAX_BODY_BYTES)
def transcribe() -> Answer:
    """Audio is answered at once if it does not take long; a recording of Twilio's is fetched and heard while you look at its job."""
    if not _somebody_hears():
        return _nobody_hears()
    asked, audio = _asked()
    return answered(_placed(asked, audio), USUAL_S if audio else 0)


@hearing.post("/jobs/transcribe")
@hearing.allows(Scope.OPERATOR, 400, 409, 415, 422)
@hearing.doc(requestBody=_BODY)
@hearing.later()
@hearing.at_most(MAX_BODY_BYTES)
def ask_for_words() -> Response:
    """As /v1/transcribe, without waiting."""
    if not _somebody_hears():
        return _nobody_hears()
    return accepted(_placed(*_asked()))


def _somebody_hears() -> bool:
    current = settings.current()
    return bool(current.deepgram.api_key or current.whisper_model_path)


def _nobody_hears() -> Response:
    return refusal(503, "no_transcriber", ADVICE, headers={"Retry-After": str(RETRY_AFTER_S)})


def _asked() -> tuple[Mapping[str, Any], bytes | None]:
    """What is to be heard, and the audio if it came along. Raises HTTPException."""
    if request.mimetype == FORM:
        return _form()
    if not request.is_json:
        raise UnsupportedMediaType(f"send JSON, or the file `audio` as {FORM}")
    try:
        asked = naming_what_is_known(TranscribeV1()).load(hearing.ARGUMENTS_PARSER.load_json(request, TranscribeV1()))
    except ValidationError as error:
        raise _wrong(error.messages) from None
    audio = asked.pop("audio", None)
    return asked, audio


def _form() -> tuple[Mapping[str, Any], bytes]:
    files, others = request.files, [*request.form, *(name for name in request.files if name != "audio")]
    if others or len(files.getlist("audio")) != 1:
        raise _wrong({"audio": ["send one file of this name, and nothing else"]})
    file = files["audio"]
    audio = file.read()
    if len(audio) > MAX_AUDIO_BYTES:
        raise RequestEntityTooLarge(f"send {MAX_AUDIO_BYTES} bytes of audio at most")
    if not audio:
        raise _wrong({"audio": [f"must be 1 to {MAX_AUDIO_BYTES} bytes"]})
    return {"content_type": file.mimetype if CONTENT_TYPE.match(file.mimetype) else WAV}, audio


def _placed(asked: Mapping[str, Any], audio: bytes | None) -> JobView:
    if audio is not None:
        return place(JobKind.TRANSCRIBE, asked, audio=audio)
    organization = organizations.fetch(organization_id())
    if organization is None:
        raise NotFound
    if organization.twilio_account is None:
        raise Conflict("this organization has no account at Twilio to fetch a recording from")
    url = RECORDING_URL.match(asked.get("recording_url") or "")
    if url and url[1].lower() != organization.twilio_account.lower():
        raise Forbidden("this recording is of another account than this organization's")
    return place(JobKind.TRANSCRIBE, {"recording_sid": url[2] if url else asked["recording_sid"]})


def _wrong(messages: object) -> UnprocessableEntity:
    error = UnprocessableEntity()
    error.data = {"messages": {"json": messages}}  # type: ignore[attr-defined]  # where webargs puts it, and api/errors.py finds it
    return error
