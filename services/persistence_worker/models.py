"""The tables: every event as it came, and what is read most, projected from them.

There are no foreign keys: streams are read independently, so a reply may arrive before its message.
"""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Computed,
    DateTime,
    Index,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    }
)

Timestamp = DateTime(timezone=True)

events = Table(
    "events",
    metadata,
    Column("event_id", Uuid, primary_key=True),
    Column("type", Text, nullable=False),
    Column("version", SmallInteger, nullable=False),
    Column("conversation_id", Text, nullable=False),
    Column("turn_id", Text),
    Column("occurred_at", Timestamp, nullable=False),
    Column("causation_id", Uuid),
    Column("trace", Text),
    Column("customer_id", Text),
    Column("stream", Text, nullable=False, comment="Redis key of the stream, partition included"),
    Column("entry_id", Text, nullable=False, comment="Id of the entry on the stream"),
    Column("payload", JSONB, nullable=False, comment="The whole event, fields unknown to us included"),
    Column("recorded_at", Timestamp, nullable=False, server_default=func.now()),
    # The timeline of one conversation; counting by type over time; one customer's data.
    Index(None, "conversation_id", "occurred_at", "event_id"),
    Index(None, "type", "occurred_at"),
    Index(None, "customer_id", postgresql_where=text("customer_id IS NOT NULL")),
)

conversations = Table(
    "conversations",
    metadata,
    Column("conversation_id", Text, primary_key=True),
    Column("session_id", Text),
    Column("channel", Text),
    Column("customer_id", Text),
    Column("started_at", Timestamp, nullable=False, comment="When its first event occurred"),
    Column("last_event_at", Timestamp, nullable=False),
    Column("events", BigInteger, nullable=False),
    Column("messages", BigInteger, nullable=False, comment="Messages of the customer"),
    Column("replies", BigInteger, nullable=False, comment="Answers and questions of the bot"),
    Column("failures", BigInteger, nullable=False, comment="Apologies instead of an answer"),
    Column("last_intent", Text),
    Column("last_intent_at", Timestamp),
    Column("handoff_reason", Text, comment="Of the first handoff"),
    Column("handoff_at", Timestamp),
    Index(None, "last_event_at", "conversation_id"),
    Index(None, "last_intent", "last_event_at"),
    Index(None, "handoff_reason", "last_event_at", postgresql_where=text("handoff_reason IS NOT NULL")),
    Index(None, "customer_id", "last_event_at", postgresql_where=text("customer_id IS NOT NULL")),
)

messages = Table(
    "messages",
    metadata,
    Column("message_id", Text, primary_key=True),
    Column("conversation_id", Text, nullable=False),
    Column("turn_id", Text),
    Column("role", Text, nullable=False, comment="customer or assistant"),
    Column("text", Text, nullable=False),
    Column("occurred_at", Timestamp, nullable=False),
    Column("client_id", Text, comment="Of the customer's messages"),
    Column("in_reply_to", ARRAY(Text), comment="Of replies: the message ids answered, in order"),
    Column("intent", Text),
    Column("citations", JSONB),
    Column("model", Text),
    Column("duration_ms", BigInteger),
    Column("stopped", Boolean, nullable=False),
    Column("failure", Text, comment="Why there was an apology instead of an answer"),
    Column(
        "search",
        TSVECTOR,
        Computed("to_tsvector('simple'::regconfig, \"left\"(text, 20000))", persisted=True),
        comment="For full-text search",
    ),
    Index(None, "conversation_id", "occurred_at", "message_id"),
    Index(None, "occurred_at"),
    Index(None, "search", postgresql_using="gin"),
)

feedback = Table(
    "feedback",
    metadata,
    Column("message_id", Text, primary_key=True),
    Column("conversation_id", Text, nullable=False),
    Column("rating", Text, nullable=False, comment="up, down, or none: the vote was taken back"),
    Column("reason", Text),
    Column("rated_at", Timestamp, nullable=False),
    Index(None, "conversation_id"),
    Index(None, "rating", "rated_at"),
)

tool_calls = Table(
    "tool_calls",
    metadata,
    Column("tool_call_id", Text, primary_key=True),
    Column("conversation_id", Text, nullable=False),
    Column("turn_id", Text),
    Column("tool", Text, nullable=False),
    Column("arguments", JSONB, comment="Null until the request is seen"),
    Column("requested_at", Timestamp),
    Column("status", Text, comment="ok, refused or failed; null while it runs"),
    Column("result", JSONB),
    Column("error", JSONB),
    Column("completed_at", Timestamp),
    Column("duration_ms", BigInteger),
    Index(None, "conversation_id", "requested_at"),
    Index(None, "tool", "completed_at"),
)
