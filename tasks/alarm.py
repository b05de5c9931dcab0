"""Calls for a person as soon as the words are there, before any vendor is asked about them."""

from functools import lru_cache

import structlog

from db.results import escalate
from domain import effects
from domain.chain import Purpose
from domain.emergencies import escalation, safety
from domain.runs import Run
from domain.speech import SafetyFinding, Urgency, Utterance
from observability.alarm import tell_somebody
from tasks.dispatch import announce_effects

log = structlog.get_logger()

SEE = "celery -A tasks organization --on-call NUMBER"


def raise_alarm(run: Run, utterances: tuple[Utterance, ...]) -> tuple[SafetyFinding, ...]:
    """What the safety rules find. An emergency is escalated in a commit of its own, once however often it is found, here or in the front.

    Raises LeaseLost, StoreUnavailable.
    """
    findings = _found(utterances, run.organization.alarm_words)
    emergency = next((finding for finding in findings if finding.urgency is Urgency.EMERGENCY), None)
    if emergency:
        calls = effects.escalations(run, emergency.rule)
        announce_effects(escalate(run.claim, emergency.rule, calls, escalation.calls_again_after_s(run.evidence.channel)))
        tell_if_nobody_is_there(run, emergency.rule)
    return findings


@lru_cache(maxsize=1)
def _found(utterances: tuple[Utterance, ...], alarm_words: tuple[str, ...]) -> tuple[SafetyFinding, ...]:
    """Of the last conversation only: the step that reads the words and the one that assesses them mostly follow each other."""
    return safety.find(utterances, alarm_words)


def forget() -> None:
    """Let go of the last conversation: nobody's words stay in a process beyond the task that they came with."""
    _found.cache_clear()


def tell_if_nobody_is_there(run: Run, reason: str) -> None:
    """Say it loudly that a person is needed and the organization named none: else nobody but the customer knows."""
    if run.organization.helper is not None or run.claim.purpose is not Purpose.LIVE:
        return
    told = {"organization": str(run.claim.organization_id), "conversation": str(run.claim.conversation_id), "see": SEE}
    log.critical("nobody_to_call", reason=reason, **told)
    tell_somebody("nobody_to_call", reason, told, seldom=True)
