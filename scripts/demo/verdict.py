"""Compares what came out with what is known to be true."""

from collections.abc import Mapping
from typing import Any

from scripts.demo.calls import Call

STEPS = ("transcribe", "classify_speakers", "generate_reply", "persist")
REASONS = {"status": "status_reason", "processing_status": "processing_reason"}

# the one whose label our intents have no word for (docs/decisions/0004)
KNOWN_MISS = "order checks"


def faults(call: Call, transcript: Mapping[str, Any] | None) -> list[str]:
    """What is wrong with it, in words; empty when all is well."""
    if transcript is None:
        return ["the API does not know it"]
    return [*_statuses(transcript), *_steps(transcript), *_roles(call, transcript)]


def is_intent_of_label(call: Call, transcript: Mapping[str, Any]) -> bool:
    """Whether the intent is the label's, true where there is no label. It is told and is no fault: the intents are not the corpus' own."""
    found = (transcript.get("analysis") or {}).get("intent")
    return not call.intent or found == call.intent.replace(" ", "_")


def _statuses(transcript: Mapping[str, Any]) -> list[str]:
    return [
        f"{name} is {transcript.get(name)} ({transcript.get(reason) or _standing(transcript.get('run') or {})})"
        for name, reason in REASONS.items()
        if transcript.get(name) != "completed"
    ]


def _standing(run: Mapping[str, Any]) -> str:
    """Why a run is where it is, and when it goes on."""
    why = run.get("last_error") or (f"waiting for {run['waiting_for']}" if run.get("waiting_for") else "no reason given")
    return f"{why}, looked at again at {run['next_look_at']}" if run.get("next_look_at") else str(why)


def _steps(transcript: Mapping[str, Any]) -> list[str]:
    run = transcript.get("run") or {}
    done = {step["stage"] for step in run.get("steps", []) if step.get("state") == "done"}
    missing = [stage for stage in STEPS if stage not in done]
    return [f"steps not done: {', '.join(missing)}"] if missing else []


def _roles(call: Call, transcript: Mapping[str, Any]) -> list[str]:
    found = (transcript.get("analysis") or {}).get("roles", {})
    if not call.roles or found == dict(call.roles):
        return []
    return [f"roles are {found}, the label says {dict(call.roles)}"]
