"""The tables of the house.

Revision: 0001, after nothing
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Expand: from nothing."""
    op.create_table(
        "organizations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("plan", sa.String(), server_default="free", nullable=False),
        sa.Column("vertical", sa.String(), server_default="general", nullable=False),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("twilio_account_sid", sa.String(), nullable=True),
        sa.Column("intake_version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organizations")),
        sa.UniqueConstraint("slug", name=op.f("uq_organizations_slug")),
        sa.UniqueConstraint("twilio_account_sid", name=op.f("uq_organizations_twilio_account_sid")),
    )
    op.create_table(
        "periodic_tasks",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("last_run_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_periodic_tasks")),
    )
    op.create_table(
        "quarantine",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("body_size", sa.Integer(), nullable=False),
        sa.Column("trace_id", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
    )
    op.create_table(
        "vendor_health",
        sa.Column("vendor", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("open_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.PrimaryKeyConstraint("vendor", name=op.f("pk_vendor_health")),
    )
    op.create_table(
        "workers",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("queues", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("last_claim_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_progress_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_workers")),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("secret_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_api_keys_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
    )
    op.create_index(op.f("ix_api_keys_organization_id"), "api_keys", ["organization_id"], unique=False)
    op.create_table(
        "conversations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("provider_ref", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=True),
        sa.Column("our_number", sa.String(), nullable=True),
        sa.Column("their_number", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_reason", sa.String(), nullable=True),
        sa.Column("ended", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("sequence", sa.Integer(), server_default="-1", nullable=False),
        sa.Column("vendor_status", sa.String(), server_default="", nullable=False),
        sa.Column("phase", sa.String(), server_default="greeting", nullable=False),
        sa.Column("turns", sa.Integer(), server_default="0", nullable=False),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("escalation_reason", sa.String(), nullable=True),
        sa.Column("duration_seconds", sa.Integer(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.CheckConstraint("channel IN ('voice', 'sms')", name=op.f("ck_conversations_channel")),
        sa.CheckConstraint(
            "phase IN ('greeting', 'intake', 'clarification', 'escalation', 'completed')", name=op.f("ck_conversations_phase")
        ),
        sa.CheckConstraint("status IN ('pending', 'ringing', 'in_progress', 'completed', 'failed')", name=op.f("ck_conversations_status")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_conversations_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        sa.UniqueConstraint(
            "organization_id", "provider", "provider_ref", name=op.f("uq_conversations_organization_id_provider_provider_ref")
        ),
    )
    op.create_table(
        "transcripts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_ref", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_reason", sa.String(), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=True),
        sa.Column("channels", sa.Integer(), nullable=True),
        sa.Column("current_run_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.CheckConstraint("source IN ('twilio_recording', 'deepgram', 'sms')", name=op.f("ck_transcripts_source")),
        sa.CheckConstraint("status IN ('pending', 'processing', 'completed', 'failed')", name=op.f("ck_transcripts_status")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_transcripts_conversation_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_transcripts_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transcripts")),
        sa.UniqueConstraint("organization_id", "source", "source_ref", name=op.f("uq_transcripts_organization_id_source_source_ref")),
    )
    op.create_index(op.f("ix_transcripts_conversation_id_turn"), "transcripts", ["conversation_id", "turn"], unique=False)
    op.create_index(
        op.f("ix_transcripts_organization_id_created_at_id"), "transcripts", ["organization_id", "created_at", "id"], unique=False
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("transcript_id", sa.Uuid(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(), server_default="live", nullable=False),
        sa.Column("state", sa.String(), server_default="ready", nullable=False),
        sa.Column("stage", sa.String(), server_default="transcribe", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("next_publish_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waiting_for", sa.String(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("predecessor_id", sa.Uuid(), nullable=True),
        sa.Column("prompt_version", sa.String(), nullable=True),
        sa.Column("model", sa.String(), nullable=True),
        sa.Column("engine", sa.String(), nullable=True),
        sa.Column("degraded", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("trace_id", sa.String(), nullable=False),
        sa.Column("stage_since", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("purpose IN ('live', 'reprocess')", name=op.f("ck_runs_purpose")),
        sa.CheckConstraint("stage IN ('transcribe', 'classify_speakers', 'generate_reply', 'persist')", name=op.f("ck_runs_stage")),
        sa.CheckConstraint("state IN ('ready', 'waiting', 'done', 'dead')", name=op.f("ck_runs_state")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_runs_conversation_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_runs_organization_id")),
        sa.ForeignKeyConstraint(["predecessor_id"], ["runs.id"], name=op.f("fk_runs_predecessor_id")),
        sa.ForeignKeyConstraint(["transcript_id"], ["transcripts.id"], name=op.f("fk_runs_transcript_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    op.create_index("ix_runs_due", "runs", ["purpose", "stage", "next_publish_at"], unique=False, postgresql_where=sa.text("state IN ('ready', 'waiting')"))
    op.create_index(
        "ix_runs_open_turns",
        "runs",
        ["conversation_id", "turn"],
        unique=False,
        postgresql_where=sa.text("purpose = 'live' AND state IN ('ready', 'waiting')"),
    )
    op.create_index(op.f("ix_runs_organization_id_created_at"), "runs", ["organization_id", "created_at"], unique=False)
    op.create_index(op.f("ix_runs_transcript_id"), "runs", ["transcript_id"], unique=False)
    op.create_index(
        "uq_runs_one_open_live_run",
        "runs",
        ["organization_id", "transcript_id"],
        unique=True,
        postgresql_where=sa.text("purpose = 'live' AND state IN ('ready', 'waiting')"),
    )
    op.create_table(
        "webhook_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("dedupe_key", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column("transcript_id", sa.Uuid(), nullable=True),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("body_size", sa.Integer(), nullable=False),
        sa.Column("body_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("trace_id", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("duplicate_count", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_webhook_events_conversation_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_webhook_events_organization_id")),
        sa.ForeignKeyConstraint(["transcript_id"], ["transcripts.id"], name=op.f("fk_webhook_events_transcript_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_events")),
        sa.UniqueConstraint(
            "organization_id", "provider", "kind", "dedupe_key", name=op.f("uq_webhook_events_organization_id_provider_kind_dedupe_key")
        ),
    )
    op.create_index(op.f("ix_webhook_events_conversation_id"), "webhook_events", ["conversation_id"], unique=False)
    op.create_index(op.f("ix_webhook_events_organization_id_subject"), "webhook_events", ["organization_id", "subject"], unique=False)
    op.create_index(op.f("ix_webhook_events_transcript_id_kind"), "webhook_events", ["transcript_id", "kind"], unique=False)
    op.create_table(
        "analyses",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("roles", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("role_confidence", sa.Double(), nullable=False),
        sa.Column("intent", sa.String(), nullable=False),
        sa.Column("intent_confidence", sa.Double(), nullable=False),
        sa.Column("sentiment", sa.String(), nullable=True),
        sa.Column("summary", sa.String(), nullable=True),
        sa.Column("intake", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("safety", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("engine", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_analyses_organization_id")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_analyses_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_analyses")),
    )
    op.create_index(op.f("ix_analyses_intake"), "analyses", ["intake"], unique=False, postgresql_using="gin")
    op.create_table(
        "effects",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("transcript_id", sa.Uuid(), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("effect_key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=True),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("state", sa.String(), server_default="pending", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("next_publish_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("provider", sa.String(), nullable=True),
        sa.Column("provider_ref", sa.String(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("trace_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('sms', 'escalation')", name=op.f("ck_effects_kind")),
        sa.CheckConstraint(
            "state IN ('pending', 'sending', 'sent', 'failed', 'unknown', 'superseded', 'suppressed')", name=op.f("ck_effects_state")
        ),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_effects_conversation_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_effects_organization_id")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_effects_run_id")),
        sa.ForeignKeyConstraint(["transcript_id"], ["transcripts.id"], name=op.f("fk_effects_transcript_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_effects")),
        sa.UniqueConstraint("organization_id", "effect_key", name=op.f("uq_effects_organization_id_effect_key")),
    )
    op.create_index(op.f("ix_effects_conversation_id"), "effects", ["conversation_id"], unique=False)
    op.create_index(
        "ix_effects_due", "effects", ["next_publish_at"], unique=False, postgresql_where=sa.text("state IN ('pending', 'sending')")
    )
    op.create_table(
        "promotions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("transcript_id", sa.Uuid(), nullable=False),
        sa.Column("from_run_id", sa.Uuid(), nullable=True),
        sa.Column("to_run_id", sa.Uuid(), nullable=False),
        sa.Column("promoted_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.ForeignKeyConstraint(["from_run_id"], ["runs.id"], name=op.f("fk_promotions_from_run_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_promotions_organization_id")),
        sa.ForeignKeyConstraint(["to_run_id"], ["runs.id"], name=op.f("fk_promotions_to_run_id")),
        sa.ForeignKeyConstraint(["transcript_id"], ["transcripts.id"], name=op.f("fk_promotions_transcript_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotions")),
    )
    op.create_index(op.f("ix_promotions_transcript_id_created_at"), "promotions", ["transcript_id", "created_at"], unique=False)
    op.create_table(
        "replies",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("template", sa.String(), nullable=True),
        sa.Column("engine", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("usage", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_replies_organization_id")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_replies_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_replies")),
    )
    op.create_table(
        "run_steps",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("worker", sa.String(), nullable=True),
        sa.Column("provider", sa.String(), nullable=True),
        sa.Column("model", sa.String(), nullable=True),
        sa.Column("usage", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("input_hash", sa.LargeBinary(), nullable=True),
        sa.Column("vendor_request_id", sa.String(), nullable=True),
        sa.Column("submission", sa.Integer(), server_default="0", nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error_code", sa.String(), nullable=True),
        sa.CheckConstraint("stage IN ('transcribe', 'classify_speakers', 'generate_reply', 'persist')", name=op.f("ck_run_steps_stage")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_run_steps_organization_id")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_steps_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "stage", name=op.f("pk_run_steps")),
    )
    op.create_table(
        "utterances",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("speaker", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=True),
        sa.Column("start_ms", sa.Integer(), nullable=False),
        sa.Column("end_ms", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=True),
        sa.Column("channel", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_utterances_organization_id")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_utterances_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "seq", name=op.f("pk_utterances")),
    )
    op.create_foreign_key("fk_transcripts_current_run_id", "transcripts", "runs", ["current_run_id"], ["id"])
    # our own compression is faster than PostgreSQL's: keep bodies out of the row and leave their bytes alone
    op.execute("ALTER TABLE webhook_events ALTER COLUMN body SET STORAGE EXTERNAL")
    op.execute("ALTER TABLE quarantine ALTER COLUMN body SET STORAGE EXTERNAL")
    op.execute("CREATE VIEW calls AS SELECT * FROM conversations WHERE channel = 'voice'")


def downgrade() -> None:
    """Take it back."""
    op.execute("DROP VIEW calls")
    op.drop_constraint("fk_transcripts_current_run_id", "transcripts", type_="foreignkey")
    op.drop_table("utterances")
    op.drop_table("run_steps")
    op.drop_table("replies")
    op.drop_index(op.f("ix_promotions_transcript_id_created_at"), table_name="promotions")
    op.drop_table("promotions")
    op.drop_index("ix_effects_due", table_name="effects", postgresql_where=sa.text("state IN ('pending', 'sending')"))
    op.drop_index(op.f("ix_effects_conversation_id"), table_name="effects")
    op.drop_table("effects")
    op.drop_index(op.f("ix_analyses_intake"), table_name="analyses", postgresql_using="gin")
    op.drop_table("analyses")
    op.drop_index(op.f("ix_webhook_events_transcript_id_kind"), table_name="webhook_events")
    op.drop_index(op.f("ix_webhook_events_organization_id_subject"), table_name="webhook_events")
    op.drop_index(op.f("ix_webhook_events_conversation_id"), table_name="webhook_events")
    op.drop_table("webhook_events")
    op.drop_index(
        "uq_runs_one_open_live_run", table_name="runs", postgresql_where=sa.text("purpose = 'live' AND state IN ('ready', 'waiting')")
    )
    op.drop_index(op.f("ix_runs_transcript_id"), table_name="runs")
    op.drop_index(op.f("ix_runs_organization_id_created_at"), table_name="runs")
    op.drop_index("ix_runs_open_turns", table_name="runs", postgresql_where=sa.text("purpose = 'live' AND state IN ('ready', 'waiting')"))
    op.drop_index("ix_runs_due", table_name="runs", postgresql_where=sa.text("state IN ('ready', 'waiting')"))
    op.drop_table("runs")
    op.drop_index(op.f("ix_transcripts_organization_id_created_at_id"), table_name="transcripts")
    op.drop_index(op.f("ix_transcripts_conversation_id_turn"), table_name="transcripts")
    op.drop_table("transcripts")
    op.drop_table("conversations")
    op.drop_index(op.f("ix_api_keys_organization_id"), table_name="api_keys")
    op.drop_table("api_keys")
    op.drop_table("workers")
    op.drop_table("vendor_health")
    op.drop_table("quarantine")
    op.drop_table("periodic_tasks")
    op.drop_table("organizations")
