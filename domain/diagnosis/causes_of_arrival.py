"""What became of a delivery that no run works on: it was refused, never came, or is only noted."""

from domain.diagnosis import repairs
from domain.diagnosis.causes_of_calls import dials, only_sent
from domain.diagnosis.causes_of_shapes import unread
from domain.diagnosis.evidence import Evidence
from domain.diagnosis.finding import Finding, Weight
from domain.diagnosis.repairs import command_in
from domain.statuses import TranscriptStatus


def refused(it: Evidence) -> Finding | None:
    """It came, and was turned away."""
    if not it.refused or it.transcript or it.run:
        return None
    if any(delivery.received_at > it.refused[0].received_at for delivery in it.deliveries):
        return None
    last = it.refused[0]
    times = f"{len(it.refused)} times" if len(it.refused) > 1 else "once"
    if last.cause:
        sentence = f"{it.asked} came {times} and was refused. {last.cause.sentence}"
        return Finding(last.cause.code, Weight.BROKEN, sentence, fix=_and_taken_in(last.cause, "was refused"))
    why = f"{last.reason}. {last.why}" if last.why else f"{last.reason}."
    sentence = f"{it.asked} came {times} and was refused: {why}"
    fix = f"Mend what is named, so that the next one is taken; then take in what was refused: {repairs.RECONCILE}"
    return Finding("refused", Weight.BROKEN, sentence, fix=fix)


def never_had_a_run(it: Evidence) -> Finding | None:
    """The vendor says that there is nothing to hear."""
    if it.run or it.transcript is None or it.transcript.status != TranscriptStatus.FAILED:
        return None
    sentence = f"{it.it} was never worked on: {it.transcript.status_reason}. There is nothing to be heard."
    return Finding("nothing_to_hear", Weight.FINE, sentence)


def still_heard(it: Evidence) -> Finding | None:
    """People are talking."""
    if it.run or it.transcript is None or it.transcript.status != TranscriptStatus.PROCESSING:
        return None
    return Finding("still_heard", Weight.FINE, f"{it.it} is heard while people talk; it is worked on when they have ended.")


def rows_missing(it: Evidence) -> Finding | None:
    """It is stored, and nobody was told to work on it."""
    if it.run or it.transcript is None:
        return None
    sentence = f"{it.it} was received and stored, but nothing works on it: its run is missing."
    return Finding(
        "run_missing",
        Weight.BROKEN,
        sentence,
        fix=f"Open it anew: {repairs.replay(it.deliveries[0].id if it.deliveries else it.transcript.id)}",
    )


def not_entered(it: Evidence) -> Finding | None:
    """It brings words, and what it says was never entered."""
    told = [delivery for delivery in it.deliveries if delivery.is_unheard]
    if it.run or it.effects or it.transcript or not told:
        return None
    sentence = f"{it.asked} was received and stored, but what it says was never entered: its transcript is missing."
    return Finding("run_missing", Weight.BROKEN, sentence, fix=f"Enter it anew: {repairs.replay(told[-1].id)}")


def noted(it: Evidence) -> Finding | None:
    """It says nothing that anybody would have to work on."""
    if it.run or not it.deliveries:
        return None
    last = it.deliveries[-1]
    told = "; ".join([f"{it.asked} was received and noted ({last.provider} {last.kind})", *dials(it), "nothing has to be done for it"])
    return Finding("noted", Weight.FINE, f"{told}.")


def not_received(it: Evidence) -> Finding | None:
    """Nobody has heard of it; why it may not have reached us is told, if `doctor` knows."""
    if it.run or it.transcript or it.deliveries or it.effects:
        return None
    since = f"since {it.looked_back:%Y-%m-%d}" if it.looked_back else "ever"
    unknown = (
        f"{it.asked} is unknown: no delivery, call, recording, message, run, effect or API job of this organization has this id (such a "
        f"job is forgotten after a day), no trace or vendor's job {since}, and nothing in the quarantine"
    )
    trouble = it.house.database or next(iter(it.house.outside), None)
    if trouble:
        sentence = f"{unknown}; it may have been missed. {trouble.sentence}"
        return Finding(trouble.code, Weight.BROKEN, sentence, fix=_and_taken_in(trouble, "we missed"))
    sentence = f"{unknown}; no vendor told us of it, or it belongs to another organization (--org)."
    fix = f"If the vendor has it, take in what we missed: {repairs.RECONCILE}"
    return Finding("not_received", Weight.BROKEN, sentence, fix=fix)


ARRIVAL_CAUSES = (refused, unread, never_had_a_run, still_heard, rows_missing, only_sent, not_entered, noted, not_received)


def _and_taken_in(trouble: Finding, what: str) -> str:
    """Its own fix; where that is no command, then the one that asks the vendor for what did not come in."""
    act = f"{trouble.fix[0].upper()}{trouble.fix[1:]}" if trouble.fix else "Mend that"
    return act if command_in(act) else f"{act}. Then take in what {what}: {repairs.RECONCILE}"
