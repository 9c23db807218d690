"""The guarded steps of `commit.lua` in Python's words.

Every step is one atomic call on the server. A step may be sent again when its answer was lost: each is either
idempotent by an id or refused by the fence.
"""

from services.shared.conversation_keys import tool_call_mark
from services.shared.customer_steps import CustomerSteps
from services.shared.entries import Entry
from services.shared.events import ToolCompleted, dump_event
from services.shared.streams import TOOL_RESULTS, partition_of
from services.shared.turn_steps import TurnSteps

TOOL_CALL_MARK_SECONDS = 7 * 24 * 3600


class Steps(CustomerSteps, TurnSteps):
    """All steps over one Redis: those of customers and of turns, and those of tool calls and of readers."""

    async def complete_tool_call(self, entry: Entry, completed: ToolCompleted) -> bool:
        """Append the result once per tool call and acknowledge its request; False when it was there."""
        partition = partition_of(completed.conversation_id, self._partitions)
        answer = await self.call(
            "sb_complete_tool_call",
            [entry.stream, TOOL_RESULTS.key(partition), tool_call_mark(partition, completed.tool_call_id)],
            [entry.group, entry.entry_id, dump_event(completed), TOOL_CALL_MARK_SECONDS],
        )
        return bool(answer)

    async def forget_readers(self, stream: str, group: str, *, idle_ms: int) -> int:
        """Forget the group's readers that are gone: idle for so long, with nothing pending. Returns how many."""
        return int(await self.call("sb_forget_readers", [stream], [group, idle_ms]))
