"""What a job is about: whose organization, what was said, and what is known beside the words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from db import organizations, spoken
from domain.errors import PermanentError
from domain.jobs import Job
from domain.organizations.organization import Organization
from domain.speech import Analysis, CallEvidence, Channel, Engine, Role, Utterance

NO_WORDS = "words_not_kept"


@dataclass(frozen=True, slots=True)
class Material:
    """``analysis`` is what counts of a stored transcript, if anything does."""

    organization: Organization
    utterances: tuple[Utterance, ...] = field(repr=False)
    evidence: CallEvidence
    analysis: Analysis | None = field(default=None, repr=False)


def organization_of(job: Job) -> Organization:
    """As it wants its callers answered now. Raises PermanentError, StoreUnavailable."""
    found = organizations.fetch(job.organization_id)
    if found is None:
        raise PermanentError(NO_WORDS)
    return found


def gathered(job: Job) -> Material:
    """A text, utterances, or those of a stored transcript. Raises PermanentError if nothing is kept of it any more, StoreUnavailable."""
    asked: Mapping[str, Any] = job.request
    organization, channel = organization_of(job), Channel(asked.get("channel") or Channel.VOICE)
    if asked.get("transcript_id"):
        found = spoken.find(job.organization_id, UUID(asked["transcript_id"]))
        if found is None or not found.utterances:
            raise PermanentError(NO_WORDS)
        return Material(organization, found.utterances, found.evidence, found.analysis)
    said = asked.get("utterances") or [{"text": asked["text"], "speaker": 0, "role": Role.CUSTOMER}]
    return Material(organization, _utterances(said), _evidence(said, channel))


def usage(*engines: Engine) -> dict[str, int]:
    """What these took together, in the words of the API: an answer that was paid for before takes nothing."""
    prompt, completion = (sum(by.usage.get(unit, 0) for by in engines) for unit in ("input_tokens", "output_tokens"))
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def _utterances(said: Sequence[Mapping[str, Any]]) -> tuple[Utterance, ...]:
    return tuple(Utterance(seq, each.get("speaker", 0), each["text"], seq, seq) for seq, each in enumerate(said))


def _evidence(said: Sequence[Mapping[str, Any]], channel: Channel) -> CallEvidence:
    told = {each.get("speaker", 0): Role(each["role"]) for each in said if each.get("role")}
    return CallEvidence(channel, None, None, customer_only=not told, told=told or None)
