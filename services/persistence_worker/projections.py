"""The tables for reading, each as one statement over new events.

A projection adds what the new events say to what stands, and comes to the same rows in whatever order events
arrive: streams are read independently, so a reply may be seen before its message. Over all events, into empty
tables, the same statements rebuild them. Rows are written in the order of their keys, so that two transactions
never wait for each other in a circle.
"""

from dataclasses import dataclass

from services.shared import events
from services.shared.events import EVENT_TYPES, Envelope


@dataclass(frozen=True, kw_only=True)
class Projection:
    """A statement that takes the new events' ids as `:new`, and the classes it reads."""

    reads: tuple[type[Envelope], ...]
    statement: str


CONVERSATIONS = Projection(
    reads=tuple(event for event in EVENT_TYPES if event is not events.DeadLettered),
    statement="""
        INSERT INTO conversations AS known (
            conversation_id, session_id, channel, customer_id, started_at, last_event_at,
            events, messages, replies, failures,
            last_intent_at, last_intent, handoff_at, handoff_reason
        )
        SELECT
            conversation_id,
            max(payload->>'session_id'),
            max(payload->>'channel'),
            max(customer_id),
            min(occurred_at),
            max(occurred_at),
            count(*),
            count(*) FILTER (WHERE type = 'MessageReceived'),
            count(*) FILTER (WHERE type = 'ReplyCompleted'),
            count(*) FILTER (WHERE type = 'ReplyFailed'),
            max(occurred_at) FILTER (WHERE type = 'IntentRouted'),
            (array_agg(payload->>'intent' ORDER BY occurred_at DESC, payload->>'intent' DESC)
                FILTER (WHERE type = 'IntentRouted'))[1],
            min(occurred_at) FILTER (WHERE type = 'HandoffRequested'),
            (array_agg(payload->>'reason' ORDER BY occurred_at, payload->>'reason')
                FILTER (WHERE type = 'HandoffRequested'))[1]
        FROM events
        WHERE event_id = ANY(CAST(:new AS uuid[])) AND type <> 'DeadLettered'
        GROUP BY conversation_id
        ORDER BY conversation_id
        ON CONFLICT (conversation_id) DO UPDATE SET
            session_id = greatest(known.session_id, excluded.session_id),
            channel = greatest(known.channel, excluded.channel),
            customer_id = greatest(known.customer_id, excluded.customer_id),
            started_at = least(known.started_at, excluded.started_at),
            last_event_at = greatest(known.last_event_at, excluded.last_event_at),
            events = known.events + excluded.events,
            messages = known.messages + excluded.messages,
            replies = known.replies + excluded.replies,
            failures = known.failures + excluded.failures,
            last_intent_at = greatest(known.last_intent_at, excluded.last_intent_at),
            last_intent = CASE
                WHEN known.last_intent_at IS NULL THEN excluded.last_intent
                WHEN (excluded.last_intent_at, excluded.last_intent) > (known.last_intent_at, known.last_intent)
                THEN excluded.last_intent
                ELSE known.last_intent
            END,
            handoff_at = least(known.handoff_at, excluded.handoff_at),
            handoff_reason = CASE
                WHEN known.handoff_at IS NULL THEN excluded.handoff_reason
                WHEN (excluded.handoff_at, excluded.handoff_reason) < (known.handoff_at, known.handoff_reason)
                THEN excluded.handoff_reason
                ELSE known.handoff_reason
            END
    """,
)

MESSAGES = Projection(
    reads=(events.MessageReceived, events.ReplyCompleted, events.ReplyFailed),
    statement="""
        INSERT INTO messages (
            message_id, conversation_id, turn_id, role, text, occurred_at, client_id, in_reply_to,
            intent, citations, model, duration_ms, stopped, failure
        )
        SELECT
            payload->>'message_id',
            conversation_id,
            turn_id,
            CASE type WHEN 'MessageReceived' THEN 'customer' ELSE 'assistant' END,
            payload->>'text',
            occurred_at,
            payload->>'client_id',
            CASE WHEN payload ? 'in_reply_to'
                THEN ARRAY(SELECT jsonb_array_elements_text(payload->'in_reply_to'))
            END,
            payload->>'intent',
            payload->'citations',
            payload->>'model',
            (payload->>'duration_ms')::bigint,
            coalesce((payload->>'stopped')::boolean, false),
            payload->>'reason'
        FROM events
        WHERE event_id = ANY(CAST(:new AS uuid[])) AND type IN ('MessageReceived', 'ReplyCompleted', 'ReplyFailed')
        ORDER BY payload->>'message_id', occurred_at
        ON CONFLICT (message_id) DO NOTHING
    """,
)

FEEDBACK = Projection(
    reads=(events.FeedbackGiven,),
    statement="""
        INSERT INTO feedback AS known (message_id, conversation_id, rating, reason, rated_at)
        SELECT DISTINCT ON (payload->>'message_id')
            payload->>'message_id', conversation_id, payload->>'rating', payload->>'reason', occurred_at
        FROM events
        WHERE event_id = ANY(CAST(:new AS uuid[])) AND type = 'FeedbackGiven'
        ORDER BY payload->>'message_id', occurred_at DESC, payload->>'rating' DESC
        ON CONFLICT (message_id) DO UPDATE SET
            rating = excluded.rating, reason = excluded.reason, rated_at = excluded.rated_at
        WHERE (excluded.rated_at, excluded.rating) > (known.rated_at, known.rating)
    """,
)

TOOL_REQUESTS = Projection(
    reads=(events.ToolRequested,),
    statement="""
        INSERT INTO tool_calls (tool_call_id, conversation_id, turn_id, tool, arguments, requested_at)
        SELECT DISTINCT ON (payload->>'tool_call_id')
            payload->>'tool_call_id', conversation_id, turn_id, payload->>'tool', payload->'arguments', occurred_at
        FROM events
        WHERE event_id = ANY(CAST(:new AS uuid[])) AND type = 'ToolRequested'
        ORDER BY payload->>'tool_call_id', occurred_at
        ON CONFLICT (tool_call_id) DO UPDATE SET
            arguments = excluded.arguments, requested_at = excluded.requested_at
    """,
)

TOOL_RESULTS = Projection(
    reads=(events.ToolCompleted,),
    statement="""
        INSERT INTO tool_calls (
            tool_call_id, conversation_id, turn_id, tool, status, result, error, completed_at, duration_ms
        )
        SELECT DISTINCT ON (payload->>'tool_call_id')
            payload->>'tool_call_id', conversation_id, turn_id, payload->>'tool',
            payload->>'status', payload->'result', payload->'error', occurred_at,
            (payload->>'duration_ms')::bigint
        FROM events
        WHERE event_id = ANY(CAST(:new AS uuid[])) AND type = 'ToolCompleted'
        ORDER BY payload->>'tool_call_id', occurred_at
        ON CONFLICT (tool_call_id) DO UPDATE SET
            status = excluded.status, result = excluded.result, error = excluded.error,
            completed_at = excluded.completed_at, duration_ms = excluded.duration_ms
    """,
)

PROJECTIONS = (CONVERSATIONS, MESSAGES, FEEDBACK, TOOL_REQUESTS, TOOL_RESULTS)
