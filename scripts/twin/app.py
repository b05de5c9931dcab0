"""The twin's Flask application: three vendors without a path prefix, and the control calls."""

from flask import Flask

from scripts.twin import control
from scripts.twin.config import Config
from scripts.twin.deepgram import routes as deepgram
from scripts.twin.openai import routes as openai
from scripts.twin.twilio import accounts, calls, messages, recordings
from scripts.twin.world import EXTENSION, World


def create_app(config: Config) -> tuple[Flask, World]:
    """The application and the world that it answers from."""
    app = Flask("twin", static_folder=None)
    world = app.extensions[EXTENSION] = World(config)
    for blueprint in (accounts.bp, calls.bp, messages.bp, recordings.bp, deepgram.bp, openai.bp, control.bp):
        app.register_blueprint(blueprint)
    return app, world
