"""The job ``classify_intent``: what the customer wants, and whether anybody is in danger."""

from collections.abc import Mapping

import settings
from domain.emergencies import safety
from domain.jobs import Job
from domain.speech import Analysis
from domain.understanding import talk
from providers import registry
from tasks.jobs.asking import ask_or_stand_in
from tasks.jobs.material import Material, gathered, usage


def classify_intent(job: Job) -> Mapping[str, object]:
    """As ``ClassifiedV1`` (api/act_schemas.py) has it. Raises StepError, LeaseLost, StoreUnavailable."""
    found = understood(job, gathered(job))
    meant, by = found.understanding, found.understanding.engine
    return {
        "intent": meant.intent.name,
        "confidence": meant.intent.confidence,
        "sentiment": meant.sentiment,
        "summary": meant.summary,
        "roles": {str(speaker): role.value for speaker, role in meant.verdict.roles.items()},
        "role_confidence": meant.verdict.confidence,
        "intake": dict(meant.intake),
        "urgency": found.urgency.value,
        "safety": [{"rule": item.rule, "urgency": item.urgency.value, "seq": item.seq} for item in found.safety],
        "engine": by.provider,
        "model": by.model,
        "cached": by.cached,
        "stands_in_for": by.stands_in_for,
        "usage": usage(by),
    }


def understood(job: Job, said: Material) -> Analysis:
    """Safety rules first, which need no vendor; then whoever tells intents. Raises StepError, LeaseLost, StoreUnavailable."""
    findings = safety.find(said.utterances, said.organization.alarm_words)
    meant = ask_or_stand_in(
        job,
        registry.classifier(),
        registry.offline_classifier(),
        lambda it: it.classify(said.organization, said.utterances, said.evidence),
        when_down="degrade" if findings else settings.current().classify_when_down,
    )
    return Analysis(meant, findings, talk.figures(said.utterances, meant.verdict))
