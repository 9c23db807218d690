"""One conversation on a real server, spoken to through its guarded steps as the gateway and the router would."""

from typing import Any
from uuid import uuid4

import orjson
from redis.asyncio import Redis

from services.shared.customer_steps import Intake
from services.shared.entries import Entry
from services.shared.events import ConversationStarted, MessageReceived, new_id
from services.shared.frame_log import FrameLog
from services.shared.grants import Grant
from services.shared.steps import Steps
from services.shared.streams import CHAT_MESSAGES, TOOL_REQUESTS, TOOL_RESULTS
from tests.builders import an_event
from tests.recorded import events_on

CONVERSATION = "c1"
SESSION = "s1"
LEASE_MS = 5_000
MESSAGES, GROUP = CHAT_MESSAGES.key(0), "router"


class Desk:
    """One conversation with its steps, spoken to as the gateway and the router would."""

    def __init__(self, redis: Redis, *, time_limit_ms: int = 45_000) -> None:
        self.redis = redis
        self.steps = Steps(redis, time_limit_ms=time_limit_ms)
        self.frames = FrameLog(redis, partitions=1)

    async def set_up(self) -> "Desk":
        """The functions and groups that the steps need, and the conversation, open."""
        await self.steps.load()
        for stream, group in (
            (MESSAGES, GROUP),
            (TOOL_REQUESTS.key(0), "tools"),
            (TOOL_RESULTS.key(0), GROUP),
        ):
            await self.redis.xgroup_create(stream, group, id="0", mkstream=True)
        await self.open()
        return self

    async def open(self, conversation_id: str = CONVERSATION, session_id: str = SESSION) -> None:
        event = an_event(
            ConversationStarted, conversation_id=conversation_id, session_id=session_id, customer_id="cust-7"
        )
        await self.steps.open_conversation(event, epoch=f"epoch of {conversation_id}")

    async def say(
        self,
        text: str,
        *,
        client_id: str | None = None,
        conversation_id: str = CONVERSATION,
        session_id: str = SESSION,
        inbox_limit: int = 20,
        backlog_limit: int = 100,
    ) -> tuple[Intake, str]:
        event_id = new_id()
        event = MessageReceived(
            event_id=event_id,
            conversation_id=conversation_id,
            message_id=str(event_id),
            client_id=client_id or f"c-{text}",
            text=text,
        )
        frame = orjson.dumps({"accepted": text}).decode()
        return await self.steps.accept_message(
            event, session_id=session_id, frame=frame, inbox_limit=inbox_limit, backlog_limit=backlog_limit
        )

    async def delivered(self, stream: str = MESSAGES, group: str = GROUP) -> Entry:
        """The next entry of the stream, as a worker gets it: pending until it is acknowledged."""
        found: Any = await self.redis.xreadgroup(group, "worker", {stream: ">"}, count=1)
        return Entry(stream=stream, group=group, entry_id=found[0][1][0][0].decode())

    async def begin(
        self, entry: Entry, *, token: str | None = None, tool_call_id: str = "", lease_ms: int = LEASE_MS
    ) -> Grant | None:
        return await self.steps.begin(
            CONVERSATION,
            entry,
            token=token or uuid4().hex,
            new_turn_id=str(new_id()),
            lease_ms=lease_ms,
            tool_call_id=tool_call_id,
        )

    async def granted(self, entry: Entry, *, tool_call_id: str = "", lease_ms: int = LEASE_MS) -> Grant:
        grant = await self.begin(entry, tool_call_id=tool_call_id, lease_ms=lease_ms)
        assert grant is not None
        return grant

    async def expire(self, *, token: str | None = None) -> Grant | None:
        entry = Entry(stream=MESSAGES, group=GROUP, entry_id="")
        return await self.steps.expire(
            CONVERSATION, entry, token=token or uuid4().hex, new_turn_id=str(new_id()), lease_ms=LEASE_MS
        )

    async def pending(self, stream: str = MESSAGES, group: str = GROUP) -> int:
        return int((await self.redis.xpending(stream, group))["pending"])

    async def events(self, stream: str) -> list[dict[str, Any]]:
        return await events_on(self.redis, stream)

    async def logged(self) -> list[str]:
        frames = await self.frames.since(CONVERSATION, "0-0")
        assert frames is not None
        return [frame.event for frame in frames]

    async def tool_result(self, call_id: str) -> Entry:
        """The entry of a tool's result."""
        await self.redis.xadd(TOOL_RESULTS.key(0), {"__data__": call_id})
        return await self.delivered(TOOL_RESULTS.key(0))


def texts(grant: Grant) -> list[str]:
    """What the turn is to answer."""
    return [message.text for message in grant.inbox]
