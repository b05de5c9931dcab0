"""Lets the results of a batch count, one transcript after the other, and takes that back the same way."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from db import promotions, work
from db.ledger import entered
from db.one_trip import Statement
from db.promotions import Candidate
from domain import effects
from domain.batches import Batch
from domain.chain import EffectKind, Purpose, Stage
from domain.errors import RefusedError
from domain.runs import Claim

NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Move:
    """What became of one transcript: it was moved, or why not."""

    transcript_id: UUID
    left: str | None = None


def promote(batch: Batch, found: list[Candidate], by: str, *, with_effects: bool) -> Iterator[Move]:
    """Let each count whose transcript stands as it did when the batch was begun; with its reply, if it was never answered.

    Each is a commit of its own, so whoever is cut off goes on where they were. Raises StoreUnavailable.
    """
    for each in found:
        try:
            enter = _reply(batch, each) if with_effects else None
            moved = promotions.promote_of_batch(batch.organization_id, each, by, enter)
        except RefusedError as refusal:
            yield Move(each.transcript_id, str(refusal))
        else:
            yield Move(each.transcript_id, None if moved else "another run came to count since, or a person chose the one that does")


def undo(batch: Batch, transcripts: list[UUID], by: str) -> Iterator[Move]:
    """Let each transcript be counted by what counted before the batch, unless that changed since. Raises StoreUnavailable."""
    for each in transcripts:
        try:
            moved = promotions.undo_of_batch(batch.organization_id, each, batch.id, by)
        except RefusedError as refusal:
            yield Move(each, str(refusal))
        else:
            yield Move(each, None if moved else "another run came to count since")


def _reply(batch: Batch, of: Candidate) -> Statement | None:
    """What enters the reply by SMS, under the key that every reply to this transcript has: what was answered once is not answered again."""
    claim = Claim(
        of.run_id, batch.organization_id, of.conversation_id, of.transcript_id, of.turn, Stage.PERSIST, Purpose.REPROCESS, 0, NOBODY,
        of.trace_id, of.organization_version, batch_id=batch.id,
    )  # fmt: skip
    planned = tuple(each for each in effects.replies(work.load(claim)) if each.kind is EffectKind.SMS)
    return entered(claim, planned) if planned else None
