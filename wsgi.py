"""The web application: settings, observability, webhooks, api; nothing else. ``gunicorn wsgi:app`` serves it."""

import gc
from collections.abc import Callable
from typing import Any

import settings

# Nothing of what is imported and made here is garbage: to look for it again and again takes a fifth of the start. Frozen, it is not
# looked through afterwards either, and stays shared with the processes that a server forks from this one.
gc.disable()

# before all other imports: they read the settings too, and a missing variable shall stop the start by its name, not by a traceback
settings.current_or_exit()

from flask import Flask  # noqa: E402 - see above
from sqlalchemy.orm import configure_mappers  # noqa: E402 - see above

from api.blueprint import register as register_api  # noqa: E402 - see above
from db.engine import FRONT, use  # noqa: E402 - see above
from domain.access import Surface  # noqa: E402 - see above
from observability import requests  # noqa: E402 - see above
from observability.setup import setup  # noqa: E402 - see above
from tasks import dispatch  # noqa: E402 - see above
from webhooks.blueprint import webhooks  # noqa: E402 - see above


class Application(Flask):
    """Flask, whose views and hooks are plain functions here, all of them."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is: Flask would find out again, for each of a request's seven, that it is no coroutine."""
        return func


def create_app() -> Flask:
    """The application; opens no connection."""
    setup("web")
    use(FRONT)
    dispatch.publish_from_front()
    # a server that imports us once and forks shall not do it in each process
    configure_mappers()
    app = Application(__name__, static_folder=None)
    requests.follow(app)
    surface = settings.current().access.surface
    if surface is not Surface.API:
        app.register_blueprint(webhooks)
    register_api(app, to_customers=surface is not Surface.WEBHOOKS)
    return app


app = create_app()
gc.freeze()
gc.enable()
