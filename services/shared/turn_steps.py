"""The guarded steps of a turn: how the router takes it up, works on it and ends it."""

from collections.abc import Sequence
from typing import Any, cast

import orjson

from services.shared.entries import Entry
from services.shared.events import dump_event
from services.shared.function_library import FunctionLibrary
from services.shared.grants import Commit, Committed, Fence, Grant, read_grant
from services.shared.streams import stream_of


class TurnSteps(FunctionLibrary):
    """A turn begun, kept, shown as it grows, committed, or taken away when its time is over."""

    async def begin(
        self,
        conversation_id: str,
        entry: Entry,
        *,
        token: str,
        new_turn_id: str,
        lease_ms: int,
        tool_call_id: str = "",
    ) -> Grant | None:
        """Take up the conversation's turn, or None when there is nothing for this entry to do."""
        keys = self.keys(conversation_id)
        answer = await self.call(
            "sb_begin",
            [*keys, entry.stream],
            [entry.group, entry.entry_id, token, new_turn_id, lease_ms, tool_call_id],
        )
        return read_grant(answer, conversation_id, token, entry)

    async def expire(
        self, conversation_id: str, entry: Entry, *, token: str, new_turn_id: str, lease_ms: int
    ) -> Grant | None:
        """Take a turn whose deadline has passed away from whoever holds it; None while it has not."""
        answer = await self.call(
            "sb_expire",
            [*self.keys(conversation_id)],
            [conversation_id, token, new_turn_id, lease_ms],
        )
        return read_grant(answer, conversation_id, token, entry)

    async def overdue(self, partition: int) -> list[str]:
        """Conversations whose deadline has passed, by the server's clock, the oldest first, at most 100."""
        seconds, microseconds = await self._redis.time()
        now_ms = seconds * 1000 + microseconds // 1000
        found: Any = await self._redis.zrangebyscore(
            f"deadlines:{{{partition}}}", "-inf", now_ms, start=0, num=100
        )
        return [conversation_id.decode() for conversation_id in found]

    async def renew(self, grant: Grant, *, lease_ms: int) -> Fence:
        """Keep the turn for another lease."""
        keys = [*self.keys(grant.conversation_id)]
        answer = await self.call("sb_renew", keys, [grant.token, lease_ms])
        return cast("Fence", answer.decode())

    async def write_frames(
        self, grant: Grant, frames: Sequence[str], *, written: int, lease_ms: int
    ) -> Fence:
        """Append frames to the log and push them, if the turn is still ours, after the `written` before."""
        keys = self.keys(grant.conversation_id)
        answer = await self.call(
            "sb_write_frames", [*keys], [grant.token, lease_ms, written, keys.channel, *frames]
        )
        return cast("Fence", answer.decode())

    async def commit(self, grant: Grant, step: Commit) -> Committed:
        """Make a step: state, events, frames, transcript and acknowledgement, together, under the fence."""
        keys = self.keys(grant.conversation_id)
        streams = sorted({stream_of(event).key(keys.partition) for event in step.events})
        events = [
            [streams.index(stream_of(event).key(keys.partition)) + 1, dump_event(event)]
            for event in step.events
        ]
        document = {
            "conversation_id": grant.conversation_id,
            "group": grant.entry.group,
            "entry": grant.entry.entry_id,
            "channel": keys.channel,
            "state": step.state,
            "events": events,
            "frames": list(step.frames),
            "transcript": list(step.transcript),
            "proposals": [[each.action_id, each.lifetime_ms, each.to_json()] for each in step.proposals],
            "reply_id": step.reply_id,
            "waiting_for": step.waiting_for,
            "limit_ms": self.time_limit_ms,
        }
        answer = await self.call(
            "sb_commit",
            [*keys, grant.entry.stream, *streams],
            [grant.token, orjson.dumps(document).decode()],
        )
        return cast("Committed", answer.decode())
