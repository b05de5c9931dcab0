"""The whole front as one blueprint: every vendor's routes, timed, and refused in one shape."""

from flask import Blueprint
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException

from domain.errors import StoreUnavailable
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
