"""What the router does with each event."""

import asyncio
from dataclasses import dataclass, field
from typing import Protocol
from uuid import uuid4

import structlog

from services.router_worker.turn_writer import LEASE_MS
from services.router_worker.turns import Turns
from services.shared.delivery import Delivery
from services.shared.entries import Entry
from services.shared.events import ToolCompleted, new_id
from services.shared.grants import Grant

log = structlog.get_logger()


class Turnstile(Protocol):
    """Grants a conversation's turn to one worker at a time."""

    async def begin(
        self,
        conversation_id: str,
        entry: Entry,
        *,
        token: str,
        new_turn_id: str,
        lease_ms: int,
        tool_call_id: str = "",
    ) -> Grant | None: ...

    async def expire(
        self, conversation_id: str, entry: Entry, *, token: str, new_turn_id: str, lease_ms: int
    ) -> Grant | None: ...

    async def overdue(self, partition: int) -> list[str]: ...


@dataclass(frozen=True, kw_only=True)
class RouterHandlers:
    """The inbox has the order, so every event is a reason to look: whoever is granted the turn works on it."""

    turnstile: Turnstile
    turns: Turns
    _ending: set[asyncio.Task[None]] = field(default_factory=set)

    async def on_message_received(self, delivery: Delivery) -> None:
        await self._work(delivery.event.conversation_id, delivery.entry)

    async def on_stop_requested(self, delivery: Delivery) -> None:
        """A worker that is writing sees the request itself; a turn that waits for a tool is ended here."""
        await self._work(delivery.event.conversation_id, delivery.entry)

    async def on_action_answered(self, delivery: Delivery) -> None:
        await self._work(delivery.event.conversation_id, delivery.entry)

    async def on_tool_completed(self, delivery: Delivery) -> None:
        completed = delivery.event
        if isinstance(completed, ToolCompleted):
            await self._work(completed.conversation_id, delivery.entry, completed)

    async def on_dead_letter(self, delivery: Delivery) -> None:
        """The customer is told that this message cannot be answered."""
        completed = delivery.event if isinstance(delivery.event, ToolCompleted) else None
        grant = await self._begin(delivery.event.conversation_id, _no_entry(delivery.entry), completed)
        if grant is not None:
            outcome = await self.turns.fail(grant, "dead letter")
            await self._go_on(grant, outcome)

    async def end_overdue(self, partition: int, stream: str) -> None:
        """Have every turn past its deadline end in an apology; none of them waits for another."""
        for conversation_id in await self.turnstile.overdue(partition):
            task = asyncio.create_task(self._end(conversation_id, stream))
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    async def _end(self, conversation_id: str, stream: str) -> None:
        entry = Entry(stream=stream, group="router", entry_id="")
        try:
            grant = await self.turnstile.expire(
                conversation_id, entry, token=uuid4().hex, new_turn_id=str(new_id()), lease_ms=LEASE_MS
            )
            if grant is not None:
                await self._go_on(grant, await self.turns.fail(grant, "deadline"))
        except Exception:  # its deadline was moved on: it is tried again
            log.exception("an overdue turn could not be ended", conversation_id=conversation_id)

    async def _work(self, conversation_id: str, entry: Entry, completed: ToolCompleted | None = None) -> None:
        grant = await self._begin(conversation_id, entry, completed)
        if grant is not None:
            await self._go_on(grant, await self.turns.work(grant, completed))

    async def _go_on(self, grant: Grant, outcome: str) -> None:
        """Messages that came during the turn are the next turn, under the same entry."""
        while outcome == "more":
            following = await self._begin(grant.conversation_id, grant.entry)
            if following is None:
                return
            outcome = await self.turns.work(following)

    async def _begin(
        self, conversation_id: str, entry: Entry, completed: ToolCompleted | None = None
    ) -> Grant | None:
        return await self.turnstile.begin(
            conversation_id,
            entry,
            token=uuid4().hex,
            new_turn_id=str(new_id()),
            lease_ms=LEASE_MS,
            tool_call_id=completed.tool_call_id if completed else "",
        )


def _no_entry(entry: Entry) -> Entry:
    return Entry(stream=entry.stream, group=entry.group, entry_id="")
