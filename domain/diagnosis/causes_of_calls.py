"""What is told of a call beside what was said in it: what left the house about it, and whether a person took it."""

from collections.abc import Iterator

from domain.chain import EffectState
from domain.diagnosis.causes_of_effects import EFFECT_CAUSES, named
from domain.diagnosis.evidence import Effect, Evidence
from domain.diagnosis.finding import Finding, Weight
from domain.telephony.twilio_voice import TAKEN


def only_sent(it: Evidence) -> Finding | None:
    """Nothing is to be worked on for it; something left the house, or is to leave it."""
    if it.run or not it.effects:
        return None
    told = "; ".join([*(_stands(it, effect) for effect in it.effects), *dials(it)])
    return Finding("done", Weight.FINE, f"{it.asked}: {told}.")


def dials(it: Evidence) -> Iterator[str]:
    """A clause for each time that the call was put through to a person."""
    for delivery in it.deliveries:
        if delivery.dial:
            taken = "who answered, or their voicemail" if delivery.dial in TAKEN else "who did not answer"
            yield f"it was put through to a person, {taken} ({delivery.dial})"


def _stands(it: Evidence, effect: Effect) -> str:
    found = next((finding for cause in EFFECT_CAUSES if (finding := cause(it, effect))), None)
    if found:
        sentence = found.sentence.rstrip(".")
    elif effect.state == EffectState.SENT:
        network = f", {effect.delivery} by what the network says" if effect.delivery else ""
        sentence = f"{named(effect)} was sent{network}"
    else:
        sentence = f"{named(effect)} is {effect.state}"
    return f"{sentence[0].lower()}{sentence[1:]} (effect {effect.id})"
