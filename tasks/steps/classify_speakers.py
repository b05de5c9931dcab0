"""The second step: safety first, then who is who and what they want."""

import settings
from db.results import escalate
from domain import effects, safety
from domain.chain import Stage
from domain.runs import Assessment, Run
from domain.speech import Analysis, SafetyFinding, Urgency
from providers import registry
from tasks.dispatch import announce_effects
from tasks.standing_in import ask_or_stand_in
from tasks.step import step


@step(Stage.CLASSIFY_SPEAKERS)
def classify_speakers(run: Run) -> Assessment:
    """Who is the agent, what do they want, is anyone in danger. The safety rules need no vendor and cannot be switched off."""
    findings = safety.find(run.utterances)
    _raise_alarm(run, findings)
    understanding = ask_or_stand_in(
        run.claim,
        registry.classifier(),
        registry.offline_classifier(),
        lambda it: it.classify(run.organization, run.utterances, run.evidence),
        when_down=settings.current().classify_when_down,
    )
    return Assessment(Analysis(understanding, findings))


def _raise_alarm(run: Run, findings: tuple[SafetyFinding, ...]) -> None:
    # committed before the classifier is asked: its outage must not keep a person from being called
    emergency = next((finding for finding in findings if finding.urgency is Urgency.EMERGENCY), None)
    if emergency:
        announce_effects(escalate(run.claim, emergency.rule, effects.escalations(run, Urgency.EMERGENCY)))
