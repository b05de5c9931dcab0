"""The second step: safety first, then who is who and what they want."""

from domain import effects, safety
from domain.chain import Stage
from domain.runs import Assessment, Run
from domain.speech import Analysis
from providers import registry
from providers.resilience import bounded
from tasks.step import step


@step(Stage.CLASSIFY_SPEAKERS)
def classify_speakers(run: Run) -> Assessment:
    """Who is the agent, what do they want, is anyone in danger. The safety rules need no vendor and cannot be switched off."""
    findings = safety.find(run.utterances)
    understanding = bounded(lambda: registry.classifier().classify(run.utterances, run.evidence))
    analysis = Analysis(understanding, findings)
    return Assessment(analysis, effects.escalations(run, analysis.urgency))
