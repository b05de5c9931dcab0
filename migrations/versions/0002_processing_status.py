"""The AI's status apart from the speech status; transcripts that are there get theirs from their latest live run.

Revision: 0002, after 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

# a run that has not come past its words has given the AI nothing to do yet
_BACKFILL = """
UPDATE transcripts SET
    processing_status = CASE
        WHEN latest.state = 'done' THEN 'completed'
        WHEN latest.state = 'dead' AND latest.stage <> 'transcribe' THEN 'failed'
        WHEN latest.stage <> 'transcribe' THEN 'processing'
        ELSE 'pending' END,
    processing_reason = CASE WHEN latest.state = 'dead' AND latest.stage <> 'transcribe' THEN latest.last_error END
FROM (
    SELECT DISTINCT ON (transcript_id) transcript_id, state, stage, last_error
    FROM runs WHERE purpose = 'live' ORDER BY transcript_id, created_at DESC
) AS latest
WHERE latest.transcript_id = transcripts.id
"""


def upgrade() -> None:
    """Expand: code of the release before goes on working, the defaults fill in for it."""
    op.add_column("transcripts", sa.Column("processing_status", sa.String(), server_default="pending", nullable=False))
    op.add_column("transcripts", sa.Column("processing_reason", sa.String(), nullable=True))
    op.execute(_BACKFILL)
    op.create_check_constraint(
        op.f("ck_transcripts_processing_status"),
        "transcripts",
        "processing_status IN ('pending', 'processing', 'completed', 'failed')",
    )


def downgrade() -> None:
    """Back to one status."""
    op.drop_constraint(op.f("ck_transcripts_processing_status"), "transcripts", type_="check")
    op.drop_column("transcripts", "processing_reason")
    op.drop_column("transcripts", "processing_status")
