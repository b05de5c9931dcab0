"""The whole read side, put onto an application."""

from flask import Flask

from api.act_schemas import EXACTLY_ONE
from api.acts import acts
from api.calls import calls
from api.conversations import conversations
from api.errors import unavailable
from api.hearing import hearing
from api.jobs import jobs
from api.metrics import metrics
from api.models import models
from api.orders import reused
from api.organization import organization
from api.probes import probes
from api.roles import roles
from api.smorest import CONFIG, Api
from api.streaming_turn import streaming_turn
from api.transcripts import transcripts
from api.usage import usage
from domain.errors import KeyReusedError, StoreUnavailable


def register(app: Flask) -> None:
    """Add the routes, the OpenAPI document and the error shape."""
    app.config.update(CONFIG)
    api = Api(app)
    api.register_blueprint(probes)
    api.register_blueprint(metrics)
    api.register_blueprint(transcripts)
    api.register_blueprint(roles)
    api.register_blueprint(usage)
    api.register_blueprint(organization)
    api.register_blueprint(calls)
    api.register_blueprint(conversations)
    api.register_blueprint(acts)
    api.register_blueprint(jobs)
    api.register_blueprint(streaming_turn)
    api.register_blueprint(hearing)
    api.register_blueprint(models)
    api.tell_of_alternatives(EXACTLY_ONE)
    app.register_error_handler(StoreUnavailable, unavailable)
    app.register_error_handler(KeyReusedError, reused)
    # by its own number, so that a crash inside another blueprint gets the same shape
    app.register_error_handler(500, api.handle_http_exception)
