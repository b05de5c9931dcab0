"""Whoever may stand behind a port: the offline engine, a language model as it was recorded, and one that the twin plays."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

from domain.ports import Classifier, ReplyWriter
from providers.local.classifier import LocalClassifier
from providers.local.replies import LocalReplyWriter
from providers.openai.classifier import OpenAIClassifier
from providers.openai.client import LanguageModel
from providers.openai.replies import OpenAIReplyWriter
from scripts import twin
from scripts.twin.config import OPENAI_KEY
from tests.support import recorded_server
from tests.support.openai import SETTINGS, Shelf, model_at, says
from tests.support.recorded_server import answer

Port = TypeVar("Port")

ENGINES = ("local", "recorded responses", "recorded chat", "twin responses", "twin chat")


@contextmanager
def classifier(engine: str, recorded: object) -> Iterator[Classifier]:
    """The classifier of this engine; a recorded one always gives the answer ``recorded``."""
    offline: Classifier = LocalClassifier()
    with _engine(engine, recorded, offline, OpenAIClassifier) as found:
        yield found


@contextmanager
def reply_writer(engine: str, recorded: object) -> Iterator[ReplyWriter]:
    """The writer of replies of this engine."""
    offline: ReplyWriter = LocalReplyWriter()
    with _engine(engine, recorded, offline, lambda model: OpenAIReplyWriter(model, offline)) as found:
        yield found


@contextmanager
def _engine(engine: str, recorded: object, offline: Port, asking: Callable[[LanguageModel], Port]) -> Iterator[Port]:
    kind, _, api = engine.partition(" ")
    if kind == "local":
        yield offline
    elif kind == "twin":
        with twin.running() as running:
            yield asking(LanguageModel(replace(SETTINGS, api=api, base_url=running.openai_url, api_key=OPENAI_KEY), 10.0, Shelf()))
    else:
        with recorded_server.running() as server:
            server.will(answer(200, says(recorded, api)))
            yield asking(model_at(server, api=api))
