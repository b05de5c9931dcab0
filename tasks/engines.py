"""Who is asked for a run, and what: the same for a step that does it and for a plan that only says what it would take."""

from datetime import UTC, datetime, timedelta

from domain import effects
from domain.answering import replies
from domain.answering.replies import ReplyRequest
from domain.chain import Purpose, Stage
from domain.errors import PermanentError
from domain.ports import Classifier, ReplyWriter
from domain.runs import Run
from domain.speech import Urgency
from domain.telephony.line import Line
from domain.telephony.opt_outs import ANSWERED_ELSEWHERE
from providers import registry
from providers.basis import digest

# how payloads are read: another number whenever the same one would become other words
READING = "transcribe-1"


def words_key(run: Run) -> bytes:
    """What the words of a run depend on: a transcript has one payload, and it does not change."""
    return digest(READING, run.source, run.source_ref, run.claim.transcript_id)


def classifier(run: Run) -> Classifier:
    """Who tells roles and intent."""
    if run.variant is None:
        return registry.classifier()
    stage = Stage.CLASSIFY_SPEAKERS
    return registry.classifier_as(run.variant.prompt_at(stage), run.variant.model_at(stage))


def reply_writer(run: Run) -> ReplyWriter:
    """Who writes the reply: no model is paid in danger, for what the network answers itself, nor for what nobody will hear."""
    is_urgent = run.analysis is not None and run.analysis.urgency is not Urgency.NORMAL
    if is_urgent or effects.keyword(run) in ANSWERED_ELSEWHERE or run.is_unheard:
        return registry.offline_reply_writer()
    if run.variant is None:
        return registry.reply_writer()
    stage = Stage.GENERATE_REPLY
    return registry.reply_writer_as(run.variant.prompt_at(stage), run.variant.model_at(stage))


def reply_request(run: Run) -> ReplyRequest:
    """What the writer is told. Raises PermanentError without an analysis."""
    if run.analysis is None:
        raise PermanentError("analysis_missing")
    channel = run.evidence.channel  # who is on the line is answered there
    if not run.is_live_turn:
        channel = replies.channel_for(run.organization, run.evidence, run.customer_number, run.utterances)
    return ReplyRequest(
        run.organization,
        run.utterances,
        run.analysis,
        channel,
        run.history,
        run.media,
        is_live=run.is_live_turn,
        is_hidden=Line(run.our_number, run.customer_number).is_hidden,
        at=_at(run),
    )


def _at(run: Run) -> datetime:
    """Who answers again, to compare, answers as of when it was said: whether it is open now is no matter of today."""
    ago_s = run.age_s if run.claim.purpose is Purpose.REPROCESS else 0.0
    return datetime.now(UTC) - timedelta(seconds=ago_s)
