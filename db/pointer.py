"""Which run counts for a transcript, held still for whoever decides about it."""

from uuid import UUID

from sqlalchemy import Connection, text

# `persist` takes this lock first, too: whoever waited for it asks with new eyes whether a run is open
_HOLD = "SELECT current_run_id FROM transcripts WHERE organization_id = :org AND id = :transcript FOR NO KEY UPDATE"
_OPEN = """
SELECT id FROM runs WHERE organization_id = :org AND transcript_id = :transcript AND purpose = 'live' AND state IN ('ready', 'waiting')
"""


def hold(connection: Connection, organization_id: UUID, transcript_id: UUID) -> UUID | None:
    """Lock the transcript until this transaction ends; the run that counts."""
    counts: UUID | None = connection.scalar(text(_HOLD), {"org": organization_id, "transcript": transcript_id})
    return counts


def find_open_run(connection: Connection, organization_id: UUID, transcript_id: UUID) -> UUID | None:
    """The live run that is open, if there is one: it will decide itself what counts. Sure only while the transcript is held."""
    still_open: UUID | None = connection.scalar(text(_OPEN), {"org": organization_id, "transcript": transcript_id})
    return still_open
