"""Tells from evidence the one thing that matters about something: why it stands where it stands, and what to do."""

from collections.abc import Iterator
from dataclasses import replace

from domain.chain import EffectState, RunState
from domain.diagnosis import repairs
from domain.diagnosis.causes_of_arrival import ARRIVAL_CAUSES
from domain.diagnosis.causes_of_effects import EFFECT_CAUSES
from domain.diagnosis.causes_of_jobs import JOB_CAUSES
from domain.diagnosis.causes_of_runs import RUN_CAUSES
from domain.diagnosis.evidence import Evidence, Run
from domain.diagnosis.facts import lines
from domain.diagnosis.finding import Finding, Weight

_GRAVITY = {Weight.FINE: 0, Weight.WARNING: 1, Weight.BROKEN: 2}
NOT_FOUND = "not_received"


def diagnose(it: Evidence) -> Finding:
    """The cause that matters most, with all that it is told from."""
    return replace(_told(it), evidence=tuple(lines(it)))


def gravest(findings: list[Finding]) -> Finding:
    """The first of those that matter most."""
    return max(findings, key=lambda finding: _GRAVITY[finding.weight])


def _told(it: Evidence) -> Finding:
    if it.job:
        return next(finding for cause in JOB_CAUSES if (finding := cause(it, it.job)))
    effects = [*_called_nobody(it), *_of_effects(it)]
    if it.run:
        of_run = next((finding for cause in RUN_CAUSES if (finding := cause(it, it.run))), None)
        if of_run:
            return gravest([of_run, *effects])
    grave = [finding for finding in effects if finding.weight is not Weight.FINE]
    if grave:
        return gravest(grave)
    if it.run:
        return _broken_promise(it) or _finished(it, it.run, effects)
    return next(finding for cause in ARRIVAL_CAUSES if (finding := cause(it)))


def _of_effects(it: Evidence) -> Iterator[Finding]:
    for effect in it.effects:
        found = next((finding for cause in EFFECT_CAUSES if (finding := cause(it, effect))), None)
        if found:
            yield replace(found, sentence=f"{it.it}: {found.sentence[0].lower()}{found.sentence[1:]}" if it.run else found.sentence)


def _called_nobody(it: Evidence) -> Iterator[Finding]:
    if it.transcript and it.transcript.called_nobody:
        sentence = f"{it.it} asks for a person ({it.transcript.called_nobody}), and nobody was called: its organization had named nobody."
        fix = "See to it yourself now. Then name somebody: celery -A tasks organization --on-call NUMBER"
        yield Finding("nobody_called", Weight.BROKEN, sentence, fix=fix)


def _broken_promise(it: Evidence) -> Finding | None:
    if not it.broken:
        return None
    sentence = f"{it.it} breaks a promise of the house: {it.broken[0]}."
    return Finding("promise_broken", Weight.BROKEN, sentence, fix="What to do stands beside it: celery -A tasks invariants")


def _finished(it: Evidence, run: Run, effects: list[Finding]) -> Finding:
    if run.state != RunState.DONE:
        return Finding(
            "unclear", Weight.BROKEN, f"{it.it} is {run.state} at {run.stage}, and nothing says why.", fix=repairs.replay(run.id)
        )
    if effects:
        return Finding(effects[0].code, Weight.FINE, effects[0].sentence.replace(f"{it.it}: ", f"{it.it} is done; "))
    sent = [effect for effect in it.effects if effect.state == EffectState.SENT]
    how = f", {sent[0].delivery} by what the network says" if sent and sent[0].delivery else ""
    said = f"{it.it} is done and answered: {sent[0].kind} was sent{how}." if sent else f"{it.it} is done; nothing was to be sent."
    return Finding("answered" if sent else "done", Weight.FINE, said)
