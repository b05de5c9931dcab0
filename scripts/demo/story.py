"""Tells what became of one call."""

import textwrap
from collections.abc import Mapping
from typing import Any

from scripts.demo import verdict
from scripts.demo.calls import Call
from scripts.demo.vendors import Posted
from scripts.stack.console import paint, say

SHOWN_UTTERANCES = 6
WIDTH = 100
ROLE_COLOURS = {"agent": "blue", "customer": "green"}


def tell(posted: Posted, transcript: Mapping[str, Any] | None, faults: list[str]) -> None:
    """Who said what, what they wanted, what we answered, and how long it all took."""
    say()
    say(paint(posted.call.title, "bold") + paint(f"  {posted.call.ref}", "dim"))
    _answer(posted)
    if transcript is not None:
        _talk(transcript)
        _findings(posted.call, transcript)
        _steps(transcript)
    for fault in faults:
        say(f"  {paint('wrong', 'red', 'bold')}     {fault}")
    if not faults:
        _praise(posted, transcript or {})


def tell_life(call: Call, transcript: Mapping[str, Any], faults: list[str]) -> None:
    """The same for a call that the twin played: how its webhooks were answered stands in the twin's log."""
    say()
    say(paint(call.title, "bold") + paint(f"  {call.ref}", "dim"))
    if transcript:
        _talk(transcript)
        _findings(call, transcript)
        _steps(transcript)
        for effect in transcript.get("effects", []):
            say(f"  sent      {effect['kind']} by {effect['provider']}: {effect['state']}, {effect['delivery'] or 'no report yet'}")
    for fault in faults:
        say(f"  {paint('wrong', 'red', 'bold')}     {fault}")
    if not faults:
        say(f"  {paint('as it should be', 'green')}: one paid transcription, one SMS, the roles are those of the label")


def _praise(posted: Posted, transcript: Mapping[str, Any]) -> None:
    if not verdict.is_intent_of_label(posted.call, transcript):
        why = (
            "a known miss, docs/decisions/0004"
            if posted.call.intent == verdict.KNOWN_MISS
            else "the organization may have intents of its own"
        )
        say(f"  {paint('intent differs from the label', 'yellow')} ({why}); the roles are those of the label")
        return
    say(f"  {paint('as it should be', 'green')}{': roles and intent are those of the label' if posted.call.roles else ''}")


def _answer(posted: Posted) -> None:
    phases = ", ".join(f"{name} {taken:.1f}" for name, taken in posted.server_ms.items())
    say(f"  webhook   answered {posted.status} in {posted.answer_ms:.0f} ms{f' (of it in the front: {phases} ms)' if phases else ''}")


def _talk(transcript: Mapping[str, Any]) -> None:
    utterances = transcript.get("utterances", [])
    for utterance in utterances[:SHOWN_UTTERANCES]:
        role = utterance.get("role") or f"speaker {utterance.get('speaker')}"
        words = textwrap.shorten(utterance.get("text", ""), WIDTH - 16, placeholder=" …")
        say(f"    {paint(f'{role:<10}', ROLE_COLOURS.get(role, 'yellow'))}{words}")
    if len(utterances) > SHOWN_UTTERANCES:
        say(paint(f"    …         {len(utterances) - SHOWN_UTTERANCES} more", "dim"))


def _findings(call: Call, transcript: Mapping[str, Any]) -> None:
    analysis, reply = transcript.get("analysis") or {}, transcript.get("reply") or {}
    known = f"   (label: {call.intent})" if call.intent else ""
    say(f"  intent    {analysis.get('intent')}, sure to {_share(analysis.get('intent_confidence'))}{known}")
    roles = ", ".join(f"speaker {speaker} {role}" for speaker, role in sorted((analysis.get("roles") or {}).items()))
    say(f"  roles     {roles or 'none'}, sure to {_share(analysis.get('role_confidence'))} (engine {analysis.get('engine')})")
    told = ", ".join(f"{name} {value}" for name, value in sorted((analysis.get("intake") or {}).items()) if value is not None)
    if told:
        say(f"  intake    {told}")
    text = textwrap.wrap(reply.get("text") or "none", WIDTH - 12)
    say(f"  reply     {f'{chr(10)}            '.join(text)}" + paint(f"  [{reply.get('channel')}, {reply.get('engine')}]", "dim"))
    say(f"  status    speech {_status(transcript, 'status')}, AI {_status(transcript, 'processing_status')}")


def _steps(transcript: Mapping[str, Any]) -> None:
    for step in (transcript.get("run") or {}).get("steps", []):
        waited, ran = _ms(step.get("queue_wait_ms")), _ms(step.get("run_ms"))
        error = f"  {step['error_code']}" if step.get("error_code") else ""
        by = paint(f"  {_by(step)}", "dim")
        say(f"  step      {step['stage']:<18} {step.get('state') or '':<8} waited {waited}  ran {ran}{by}{error}".rstrip())


def _by(step: Mapping[str, Any]) -> str:
    kept = any(unit.startswith("saved_") for unit in step.get("usage") or {})
    return f"{step.get('provider') or ''}{', an answer that was kept from before' if kept else ''}"


def _status(transcript: Mapping[str, Any], name: str) -> str:
    value = str(transcript.get(name))
    return paint(value, "green" if value == "completed" else "red")


def _share(value: float | None) -> str:
    return "?" if value is None else f"{value:.2f}"


def _ms(value: float | None) -> str:
    return "      ?" if value is None else f"{value:>5.0f} ms"
