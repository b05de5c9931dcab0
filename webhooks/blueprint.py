"""The whole front as one blueprint: every vendor's routes, timed, and refused in one shape."""

from flask import Blueprint
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException

from domain.callback_tokens import Refusal
from domain.errors import StoreUnavailable
from observability import answer_times
from webhooks import answers, timing
from webhooks.deepgram.routes import deepgram
from webhooks.refused import Refused
from webhooks.twilio.routes import twilio
from webhooks.twilio.voice import voice

webhooks = Blueprint("webhooks", __name__)
twilio.register_blueprint(voice)
webhooks.register_blueprint(twilio)
webhooks.register_blueprint(deepgram)

webhooks.register_error_handler(Refused, answers.refused)
webhooks.register_error_handler(ValidationError, answers.invalid)
webhooks.register_error_handler(StoreUnavailable, answers.unavailable)
webhooks.register_error_handler(HTTPException, answers.broken)
webhooks.before_request(timing.begin)
webhooks.after_request(timing.tell)

# what an alert asks after; every other status and reason is there once it has happened
for _vendor, _reasons in (
    (twilio.name, ("signature_missing", "signature_invalid", "account_unknown")),
    (deepgram.name, [refusal.value for refusal in Refusal]),
):
    answer_times.begin_at_zero(_vendor, (200, 204, 403, 500, 503), _reasons)
