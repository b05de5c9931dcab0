"""Calls for a person as soon as the words are there, before any vendor is asked about them."""

from db.results import escalate
from domain import effects, safety
from domain.runs import Run
from domain.speech import SafetyFinding, Urgency, Utterance
from tasks.dispatch import announce_effects


def raise_alarm(run: Run, utterances: tuple[Utterance, ...]) -> tuple[SafetyFinding, ...]:
    """What the safety rules find. An emergency is escalated in a commit of its own, once per conversation however often it is found.

    Raises LeaseLost, StoreUnavailable.
    """
    findings = safety.find(utterances)
    emergency = next((finding for finding in findings if finding.urgency is Urgency.EMERGENCY), None)
    if emergency:
        announce_effects(escalate(run.claim, emergency.rule, effects.escalations(run, Urgency.EMERGENCY)))
    return findings
