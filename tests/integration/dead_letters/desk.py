"""One conversation, its router as far as the steps go, and the box of dead letters."""

from typing import Any
from uuid import uuid4

import orjson
from redis.asyncio import Redis

from services.shared.dead_letters import DeadLetters
from services.shared.delivery import RawEntry
from services.shared.entries import Entry
from services.shared.events import (
    ConversationStarted,
    Envelope,
    MessageReceived,
    dump_event,
    new_id,
)
from services.shared.frame_log import user_message
from services.shared.grants import Commit, Grant, reply_id_of
from services.shared.letter_box import Letter, LetterBox
from services.shared.steps import Steps
from services.shared.streams import CHAT_MESSAGES, Stream, stream_keys
from tests.builders import an_event

CONVERSATION, SESSION = "c1", "s1"
MESSAGES = CHAT_MESSAGES.key(0)


class Desk:
    """One conversation, its router as far as the steps go, and the box of dead letters."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self.steps = Steps(redis)
        self.box = LetterBox(redis=redis, steps=self.steps, partitions=1)

    async def open(self) -> None:
        await self.steps.load()
        for stream, key in stream_keys(1):
            for group in stream.groups:
                await self.redis.xgroup_create(key, group, id="0", mkstream=True)
        event = an_event(ConversationStarted, conversation_id=CONVERSATION, session_id=SESSION)
        await self.steps.open_conversation(event, epoch="e")

    async def say(self, text: str) -> str:
        event_id = new_id()
        event = MessageReceived(
            event_id=event_id,
            conversation_id=CONVERSATION,
            message_id=str(event_id),
            client_id=f"client {text}",
            text=text,
        )
        outcome, message_id = await self.steps.accept_message(
            event, session_id=SESSION, frame="{}", inbox_limit=20, backlog_limit=100
        )
        assert outcome == "accepted"
        return message_id

    async def add(self, event: Envelope, stream: Stream) -> None:
        await self.redis.xadd(stream.key(0), {"__data__": dump_event(event)})

    async def delivered(self, stream: str = MESSAGES, group: str = "router") -> RawEntry:
        found: Any = await self.redis.xreadgroup(group, "worker", {stream: ">"}, count=1)
        [(entry_id, fields)] = found[0][1]
        at = Entry(stream=stream, group=group, entry_id=entry_id.decode())
        return RawEntry(at=at, fields=fields, deliveries=1)

    async def buried(self, stream: str = MESSAGES, group: str = "router") -> Letter:
        """The next entry as a dead letter."""
        await DeadLetters(steps=self.steps).bury(await self.delivered(stream, group), "boom")
        return (await self.box.letters())[0]

    async def begin(self, entry: Entry) -> Grant | None:
        return await self.steps.begin(
            CONVERSATION, entry, token=uuid4().hex, new_turn_id=str(new_id()), lease_ms=5000
        )

    async def answer(self, *, failed: bool = False, entry: Entry | None = None) -> Grant:
        """End the conversation's next turn as the router does, in an answer or in an apology."""
        grant = await self.begin(entry or Entry(stream=MESSAGES, group="router", entry_id=""))
        assert grant is not None
        said = [
            user_message(message.message_id, message.text, message.client_id, message.at_ms, answered=True)
            for message in grant.inbox
            if not message.again
        ]
        metadata = {"in_reply_to": [message.message_id for message in grant.inbox]}
        reply = {
            "id": reply_id_of(grant.turn_id),
            "role": "assistant",
            "content": "Sorry" if failed else "Here you are",
            "metadata": {**metadata, "failed": True} if failed else metadata,
        }
        transcript = [orjson.dumps(message).decode() for message in (*said, reply)]
        assert await self.steps.commit(grant, Commit(state="{}", transcript=transcript)) != "fenced"
        return grant

    async def abandoned(self, stream: str = MESSAGES, group: str = "router") -> list[tuple[str, int]]:
        """Entries that a reader would take over now, with their deliveries so far."""
        pending: Any = await self.redis.xpending_range(stream, group, "-", "+", 100, idle=5000)
        return [(entry["message_id"].decode(), entry["times_delivered"]) for entry in pending]

    async def inbox(self) -> list[str]:
        items: Any = await self.redis.lrange(self.steps.keys(CONVERSATION).inbox, 0, -1)
        return [orjson.loads(item.partition(b" ")[2])["text"] for item in items]
