"""The job ``generate_reply``: what we would answer. Nothing is sent: whoever asked has the words, and does with them what they like."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import settings
from domain.answering import replies
from domain.answering.replies import ReplyRequest
from domain.emergencies import safety
from domain.jobs import Job
from domain.ports import ReplyWriter
from domain.speech import Analysis, Channel, Engine, Intent, Reply, Role, RoleVerdict, Understanding, Urgency, Utterance
from domain.telephony.threads import Message, recent
from domain.understanding import roles
from providers import registry
from tasks.jobs.asking import ask_or_stand_in
from tasks.jobs.classifying import understood
from tasks.jobs.material import Material, gathered, usage

# who asks knows what the customer wants
TOLD = Engine("caller", "told")


def generate_reply(job: Job) -> Mapping[str, object]:
    """As ``GeneratedReplyV1`` (api/act_schemas.py) has it. Raises StepError, LeaseLost, StoreUnavailable."""
    said, asked = gathered(job), job.request
    meant, paid = _analysis(job, said)
    channel = Channel(str(asked.get("channel") or said.evidence.channel))
    told: Any = asked.get("history") or []
    history = recent([Message(Role(message["role"]), message["text"]) for message in told])
    request = ReplyRequest(
        said.organization, _with_roles(said, meant), meant, channel, history, is_live=said.evidence.is_live, at=datetime.now(UTC)
    )
    return answer(written(job, request), meant, *paid)


def written(job: Job, request: ReplyRequest) -> Reply:
    """The reply within all rules; no model is paid in danger. Raises StepError, LeaseLost, StoreUnavailable."""
    reply = ask_or_stand_in(
        job,
        _writer(request),
        registry.offline_reply_writer(),
        lambda it: it.write(request),
        when_down=settings.current().reply_when_down,
    )
    # writers look themselves; here is the last look, whoever wrote it
    return replies.checked(reply, request)


def answer(reply: Reply, meant: Analysis, *others: Engine) -> dict[str, object]:
    """A reply in the words of the API; ``others`` were asked for it, too."""
    by = reply.engine
    return {
        "text": reply.text,
        "channel": reply.channel.value,
        "template": reply.template,
        "fault": reply.fault,
        "escalate": reply.escalates or meant.urgency is not Urgency.NORMAL,
        "intent": meant.understanding.intent.name,
        "confidence": meant.understanding.intent.confidence,
        "urgency": meant.urgency.value,
        "engine": by.provider,
        "model": by.model,
        "cached": by.cached,
        "stands_in_for": by.stands_in_for,
        "usage": usage(by, *others),
    }


def _analysis(job: Job, said: Material) -> tuple[Analysis, tuple[Engine, ...]]:
    """What the customer wants, and who was paid for saying so: nobody if the caller told, or if a stored transcript has it already."""
    if said.analysis:
        return replace(said.analysis, safety=safety.find(said.utterances, said.organization.alarm_words)), ()
    if job.request.get("intent"):
        verdict = roles.known(said.utterances, said.evidence) or RoleVerdict({}, 0.0)
        told = Understanding(verdict, Intent(str(job.request["intent"]), 1.0), TOLD)
        return Analysis(told, safety.find(said.utterances, said.organization.alarm_words)), ()
    found = understood(job, said)
    return found, (found.understanding.engine,)


def _with_roles(said: Material, meant: Analysis) -> tuple[Utterance, ...]:
    told = meant.understanding.verdict.roles
    return tuple(replace(each, role=each.role or told.get(each.speaker, Role.UNSURE)) for each in said.utterances)


def _writer(request: ReplyRequest) -> ReplyWriter:
    return registry.offline_reply_writer() if request.analysis.urgency is not Urgency.NORMAL else registry.reply_writer()
