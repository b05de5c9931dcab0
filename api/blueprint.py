"""The whole API, put onto an application, or the part of it that every web process has."""

from flask import Flask

from api import headers
from api.audits import audits
from api.calls import calls
from api.conversations import conversations
from api.errors import unavailable
from api.keys import keys
from api.logins import logins
from api.metrics import metrics
from api.organization import organization
from api.probes import probes
from api.roles import roles
from api.smorest import CONFIG, Api
from api.transcripts import transcripts
from api.usage import usage
from domain.errors import StoreUnavailable


def register(app: Flask, *, to_customers: bool = True) -> None:
    """Add the routes, the OpenAPI document and the error shape; if not for customers, only health and figures, and no document."""
    app.config.update(CONFIG if to_customers else CONFIG | {"OPENAPI_URL_PREFIX": None})
    headers.follow(app)
    api = Api(app)
    api.register_blueprint(probes)
    api.register_blueprint(metrics)
    if to_customers:
        _register_for_customers(api)
    app.register_error_handler(StoreUnavailable, unavailable)
    # by its own number, so that a crash inside another blueprint gets the same shape
    app.register_error_handler(500, api.handle_http_exception)


def _register_for_customers(api: Api) -> None:
    api.register_blueprint(transcripts)
    api.register_blueprint(roles)
    api.register_blueprint(usage)
    api.register_blueprint(organization)
    api.register_blueprint(calls)
    api.register_blueprint(conversations)
    api.register_blueprint(logins)
    api.register_blueprint(keys)
    api.register_blueprint(audits)
