"""The second step: safety first, then who is who and what they want."""

import settings
from db import earlier
from domain.chain import Stage
from domain.runs import Assessment, Run
from domain.speech import Analysis
from domain.understanding import talk
from domain.vendors import Vendor
from providers import registry
from tasks import engines
from tasks.alarm import raise_alarm
from tasks.standing_in import Question, ask_or_stand_in
from tasks.step import step


def _classifier() -> Vendor | None:
    return registry.classifier().vendor


@step(Stage.CLASSIFY_SPEAKERS, asks=_classifier)
def classify_speakers(run: Run) -> Assessment:
    """Who is the agent, what do they want, is anyone in danger. The safety rules need no vendor and cannot be switched off."""
    findings = raise_alarm(run, run.utterances)
    understanding = ask_or_stand_in(
        run,
        engines.classifier(run),
        registry.offline_classifier(),
        Question(
            lambda it: it.classify(run.organization, run.utterances, run.evidence),
            lambda it: it.basis(run.organization, run.utterances, run.evidence),
            earlier.find_understanding,
        ),
        when_down=settings.current().classify_when_down,
        urgent=bool(findings),
    )
    return Assessment(Analysis(understanding, findings, talk.figures(run.utterances, understanding.verdict)))
