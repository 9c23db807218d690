"""Every event, and the projections that are read most."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

revision = "20261122_events"
down_revision = None
branch_labels = None
depends_on = None

TIMESTAMP = sa.DateTime(timezone=True)
SEARCH = "to_tsvector('simple'::regconfig, \"left\"(text, 20000))"


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("version", sa.SmallInteger, nullable=False),
        sa.Column("conversation_id", sa.Text, nullable=False),
        sa.Column("turn_id", sa.Text),
        sa.Column("occurred_at", TIMESTAMP, nullable=False),
        sa.Column("causation_id", sa.Uuid),
        sa.Column("trace", sa.Text),
        sa.Column("customer_id", sa.Text),
        sa.Column("stream", sa.Text, nullable=False, comment="Redis key of the stream, partition included"),
        sa.Column("entry_id", sa.Text, nullable=False, comment="Id of the entry on the stream"),
        sa.Column("payload", JSONB, nullable=False, comment="The whole event, fields unknown to us included"),
        sa.Column("recorded_at", TIMESTAMP, nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("event_id", name="events_pkey"),
    )
    op.create_index(
        "events_conversation_id_occurred_at_event_id_idx",
        "events",
        ["conversation_id", "occurred_at", "event_id"],
    )
    op.create_index("events_type_occurred_at_idx", "events", ["type", "occurred_at"])
    op.create_index(
        "events_customer_id_idx",
        "events",
        ["customer_id"],
        postgresql_where=sa.text("customer_id IS NOT NULL"),
    )

    op.create_table(
        "conversations",
        sa.Column("conversation_id", sa.Text, nullable=False),
        sa.Column("session_id", sa.Text),
        sa.Column("channel", sa.Text),
        sa.Column("customer_id", sa.Text),
        sa.Column("started_at", TIMESTAMP, nullable=False, comment="When its first event occurred"),
        sa.Column("last_event_at", TIMESTAMP, nullable=False),
        sa.Column("events", sa.BigInteger, nullable=False),
        sa.Column("messages", sa.BigInteger, nullable=False, comment="Messages of the customer"),
        sa.Column("replies", sa.BigInteger, nullable=False, comment="Answers and questions of the bot"),
        sa.Column("failures", sa.BigInteger, nullable=False, comment="Apologies instead of an answer"),
        sa.Column("last_intent", sa.Text),
        sa.Column("last_intent_at", TIMESTAMP),
        sa.Column("handoff_reason", sa.Text, comment="Of the first handoff"),
        sa.Column("handoff_at", TIMESTAMP),
        sa.PrimaryKeyConstraint("conversation_id", name="conversations_pkey"),
    )
    op.create_index(
        "conversations_last_event_at_conversation_id_idx",
        "conversations",
        ["last_event_at", "conversation_id"],
    )
    op.create_index(
        "conversations_last_intent_last_event_at_idx", "conversations", ["last_intent", "last_event_at"]
    )
    op.create_index(
        "conversations_handoff_reason_last_event_at_idx",
        "conversations",
        ["handoff_reason", "last_event_at"],
        postgresql_where=sa.text("handoff_reason IS NOT NULL"),
    )
    op.create_index(
        "conversations_customer_id_last_event_at_idx",
        "conversations",
        ["customer_id", "last_event_at"],
        postgresql_where=sa.text("customer_id IS NOT NULL"),
    )

    op.create_table(
        "messages",
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("conversation_id", sa.Text, nullable=False),
        sa.Column("turn_id", sa.Text),
        sa.Column("role", sa.Text, nullable=False, comment="customer or assistant"),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("occurred_at", TIMESTAMP, nullable=False),
        sa.Column("client_id", sa.Text, comment="Of the customer's messages"),
        sa.Column("in_reply_to", sa.ARRAY(sa.Text), comment="Of replies: the message ids answered, in order"),
        sa.Column("intent", sa.Text),
        sa.Column("citations", JSONB),
        sa.Column("model", sa.Text),
        sa.Column("duration_ms", sa.BigInteger),
        sa.Column("stopped", sa.Boolean, nullable=False),
        sa.Column("failure", sa.Text, comment="Why there was an apology instead of an answer"),
        sa.Column("search", TSVECTOR, sa.Computed(SEARCH, persisted=True), comment="For full-text search"),
        sa.PrimaryKeyConstraint("message_id", name="messages_pkey"),
    )
    op.create_index(
        "messages_conversation_id_occurred_at_message_id_idx",
        "messages",
        ["conversation_id", "occurred_at", "message_id"],
    )
    op.create_index("messages_occurred_at_idx", "messages", ["occurred_at"])
    op.create_index("messages_search_idx", "messages", ["search"], postgresql_using="gin")

    op.create_table(
        "feedback",
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("conversation_id", sa.Text, nullable=False),
        sa.Column("rating", sa.Text, nullable=False, comment="up, down, or none: the vote was taken back"),
        sa.Column("reason", sa.Text),
        sa.Column("rated_at", TIMESTAMP, nullable=False),
        sa.PrimaryKeyConstraint("message_id", name="feedback_pkey"),
    )
    op.create_index("feedback_conversation_id_idx", "feedback", ["conversation_id"])
    op.create_index("feedback_rating_rated_at_idx", "feedback", ["rating", "rated_at"])

    op.create_table(
        "tool_calls",
        sa.Column("tool_call_id", sa.Text, nullable=False),
        sa.Column("conversation_id", sa.Text, nullable=False),
        sa.Column("turn_id", sa.Text),
        sa.Column("tool", sa.Text, nullable=False),
        sa.Column("arguments", JSONB, comment="Null until the request is seen"),
        sa.Column("requested_at", TIMESTAMP),
        sa.Column("status", sa.Text, comment="ok, refused or failed; null while it runs"),
        sa.Column("result", JSONB),
        sa.Column("error", JSONB),
        sa.Column("completed_at", TIMESTAMP),
        sa.Column("duration_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("tool_call_id", name="tool_calls_pkey"),
    )
    op.create_index(
        "tool_calls_conversation_id_requested_at_idx", "tool_calls", ["conversation_id", "requested_at"]
    )
    op.create_index("tool_calls_tool_completed_at_idx", "tool_calls", ["tool", "completed_at"])


def downgrade() -> None:
    for table in ("tool_calls", "feedback", "messages", "conversations", "events"):
        op.drop_table(table)
