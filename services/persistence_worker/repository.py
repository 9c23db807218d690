"""Where events are recorded."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.persistence_worker.database import translated_errors
from services.persistence_worker.projections import PROJECTIONS
from services.persistence_worker.rows import event_columns
from services.shared.delivery import Delivery

# Sorted by key, so that two transactions with events in common never wait for each other in a circle.
_INSERT = text("""
    INSERT INTO events (
        event_id, type, version, conversation_id, turn_id, occurred_at, causation_id, trace, customer_id,
        stream, entry_id, payload
    )
    SELECT
        event_id, type, version, conversation_id, turn_id, occurred_at, causation_id, trace, customer_id,
        stream, entry_id, payload::jsonb
    FROM unnest(
        CAST(:event_ids AS uuid[]), CAST(:types AS text[]), CAST(:versions AS smallint[]),
        CAST(:conversation_ids AS text[]), CAST(:turn_ids AS text[]), CAST(:occurred_ats AS timestamptz[]),
        CAST(:causation_ids AS uuid[]), CAST(:traces AS text[]), CAST(:customer_ids AS text[]),
        CAST(:streams AS text[]), CAST(:entry_ids AS text[]), CAST(:payloads AS text[])
    ) AS batch (
        event_id, type, version, conversation_id, turn_id, occurred_at, causation_id, trace, customer_id,
        stream, entry_id, payload
    )
    ORDER BY event_id
    ON CONFLICT (event_id) DO NOTHING
    RETURNING event_id, type
""")

_PROJECTIONS = [
    ({event.model_fields["type"].default for event in projection.reads}, text(projection.statement))
    for projection in PROJECTIONS
]


class EventRepository:
    """Events and their projections in Postgres."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def record(self, deliveries: Sequence[Delivery]) -> int:
        """Store the events that are not there yet, and project those, in one transaction. Returns how many.

        Raises TransientError when the database cannot now, PermanentError when it refuses these events for ever.
        """
        async with translated_errors(), self._engine.begin() as connection:
            inserted = (await connection.execute(_INSERT, event_columns(deliveries))).all()
            new = [row.event_id for row in inserted]
            types = {row.type for row in inserted}
            for reads, statement in _PROJECTIONS:
                if types & reads:
                    await connection.execute(statement, {"new": new})
        return len(new)
