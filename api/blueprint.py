"""All that customers call, and the probes and figures, put onto an application."""

from flask import Flask

from api import headers
from api.act_schemas import EXACTLY_ONE
from api.acts import acts
from api.audits import audits
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
from api.keys import keys
from api.lifecycle import lifecycle
from api.logins import logins
from api.metrics import metrics
from api.models import models
from api.orders import reused, too_much_audio
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
from domain.errors import KeyReusedError, StoreUnavailable, TooMuchAudioError

READ = (transcripts, conversations, calls, runs, replies, escalations, effects, events, search, exports, usage)
ACT = (roles, acts, jobs, streaming_turn, hearing, models)
TALK = (streaming, lifecycle, said, tools, realtime)
ADMINISTER = (organization, keys, audits, logins)


def register(app: Flask, *, to_customers: bool = True) -> None:
    """Add the routes, the OpenAPI document and the error shape; if not for customers, only health and figures, and no document."""
    app.config.update(CONFIG if to_customers else CONFIG | {"OPENAPI_URL_PREFIX": None})
    headers.follow(app)
    api = Api(app, EXACTLY_ONE)
    for blueprint in (probes, metrics, *((*READ, *ACT, *TALK, *ADMINISTER) if to_customers else ())):
        api.register_blueprint(blueprint)
    if to_customers:
        # a page is no part of what it describes
        app.register_blueprint(docs_page)
    app.register_error_handler(StoreUnavailable, unavailable)
    app.register_error_handler(KeyReusedError, reused)
    app.register_error_handler(TooMuchAudioError, too_much_audio)
    # by its own number, so that a crash inside another blueprint gets the same shape
    app.register_error_handler(500, api.handle_http_exception)
