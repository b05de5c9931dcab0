"""The whole read side, put onto an application."""

from flask import Flask

from api.act_schemas import EXACTLY_ONE
from api.acts import acts
from api.calls import calls
from api.conversations import conversations
from api.docs_page import docs_page
from api.effects import effects
from api.errors import unavailable
from api.escalations import escalations
from api.events import events
from api.exports import exports
from api.hearing import hearing
from api.jobs import jobs
from api.lifecycle import lifecycle
from api.metrics import metrics
from api.models import models
from api.orders import reused
from api.organization import organization
from api.probes import probes
from api.realtime import realtime
from api.replies import replies
from api.roles import roles
from api.runs import runs
from api.said import said
from api.search import search
from api.smorest import CONFIG, Api
from api.streaming import streaming
from api.streaming_turn import streaming_turn
from api.tools import tools
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
    api.register_blueprint(runs)
    api.register_blueprint(replies)
    api.register_blueprint(escalations)
    api.register_blueprint(effects)
    api.register_blueprint(events)
    api.register_blueprint(search)
    api.register_blueprint(exports)
    api.register_blueprint(streaming)
    api.register_blueprint(lifecycle)
    api.register_blueprint(said)
    api.register_blueprint(tools)
    api.register_blueprint(realtime)
    api.register_blueprint(acts)
    api.register_blueprint(jobs)
    api.register_blueprint(streaming_turn)
    api.register_blueprint(hearing)
    api.register_blueprint(models)
    api.tell_of_alternatives(EXACTLY_ONE)
    # a page is no part of what it describes
    app.register_blueprint(docs_page)
    app.register_error_handler(StoreUnavailable, unavailable)
    app.register_error_handler(KeyReusedError, reused)
    # by its own number, so that a crash inside another blueprint gets the same shape
    app.register_error_handler(500, api.handle_http_exception)
