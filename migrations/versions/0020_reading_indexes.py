"""Indexes for what is read page by page, and for the words that were said: built beside the traffic, safe to begin again.

Revision: 0020, after 0019
"""

from migrations import indexes

revision = "0020"
down_revision = "0019"

_INDEXES = {
    "ix_utterances_lexemes": "utterances USING gin (utterance_lexemes(organization_id, text)) WHERE text <> ''",
    "ix_conversations_organization_id_started_at_id": "conversations (organization_id, started_at, id)",
    "ix_conversations_escalated": "conversations (organization_id, escalated_at, id) WHERE escalated_at IS NOT NULL",
    "ix_transcripts_current_run_id": "transcripts (current_run_id)",
    "ix_analyses_organization_id_intent": "analyses (organization_id, intent)",
    "ix_analyses_organization_id_role_confidence": "analyses (organization_id, role_confidence)",
    "ix_replies_organization_id_created_at_run_id": "replies (organization_id, created_at, run_id)",
    "ix_effects_organization_id_created_at_id": "effects (organization_id, created_at, id)",
    "ix_webhook_events_organization_id_received_at_id": "webhook_events (organization_id, received_at, id)",
}


def upgrade() -> None:
    """Expand: nobody waits for it, so it may take as long as it takes."""
    indexes.build(_INDEXES)


def downgrade() -> None:
    """Drop the indexes."""
    indexes.drop(_INDEXES)
