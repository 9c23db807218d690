"""What a turn does to Redis, as separate commands: the same reads and writes, of which any may be the last.

In pipelines a step is two round trips, what it must know and what it changes; one by one, each command is one.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import orjson
from redis.asyncio import Redis

from services.shared.conversation_keys import ConversationKeys
from services.shared.entries import Entry
from services.shared.events import MessageReceived, ReplyCompleted, dump_event
from services.shared.streams import CHAT_MESSAGES, CHAT_REPLIES

Command: TypeAlias = tuple[str | bytes | int | float, ...]
Do: TypeAlias = Callable[[Sequence[Command]], Awaitable[list[Any]]]

MONTH, DAY = 2_592_000, 86_400


def in_pipelines(redis: Redis) -> Do:
    async def do(commands: Sequence[Command]) -> list[Any]:
        pipe = redis.pipeline(transaction=False)
        for command in commands:
            pipe.execute_command(*command)
        return list(await pipe.execute())

    return do


def one_by_one(redis: Redis) -> Do:
    async def do(commands: Sequence[Command]) -> list[Any]:
        return [await redis.execute_command(*command) for command in commands]

    return do


@dataclass(kw_only=True)
class PlainTurn:
    """One conversation whose steps hold nothing together. Fenced, it looks at the token before it writes."""

    do: Do
    keys: ConversationKeys
    fenced: bool
    cursor: bytes = b"0-0"
    number: int = 0

    async def take_in(self, event: MessageReceived, frame: str) -> None:
        keys = self.keys
        await self.do(
            [
                ("HGET", keys.conversation, "session_id"),
                ("HGET", keys.accepted, event.client_id),
                ("LLEN", keys.inbox),
                ("ZCARD", keys.deadlines),
                ("HMGET", keys.conversation, "attempt", "n", "last_frame"),
            ]
        )
        item = orjson.dumps({"message_id": event.message_id, "text": event.text})
        await self.do(
            [
                ("HSET", keys.accepted, event.client_id, event.message_id),
                ("XADD", CHAT_MESSAGES.key(keys.partition), "*", "__data__", dump_event(event)),
                ("RPUSH", keys.inbox, item),
                *self._frames([frame]),
                ("ZADD", keys.deadlines, "NX", 0, event.conversation_id),
                *self._kept(),
            ]
        )

    async def begin(self, token: str) -> None:
        keys = self.keys
        await self.do(
            [
                ("HMGET", keys.conversation, "turn", "until", "entry", "waiting_for", "token", "stop"),
                ("LRANGE", keys.inbox, 0, -1),
                ("LRANGE", keys.transcript, -40, -1),
                ("HMGET", keys.conversation, "state", "customer_id", "session_id", "language"),
            ]
        )
        changes = ("token", token, "turn", token, "taken", 1, "until", 0)
        await self.do([("HSET", keys.conversation, *changes), ("HINCRBY", keys.conversation, "attempt", 1)])

    async def write(self, token: str, frame: str) -> None:
        await self._know(token)
        await self.do(
            [
                *self._frames([frame]),
                ("HSET", self.keys.conversation, "until", 0),
                ("HINCRBY", self.keys.conversation, "wrote", 1),
            ]
        )

    async def commit(
        self, token: str, entry: Entry, event: ReplyCompleted, frame: str, transcript: Sequence[str]
    ) -> None:
        keys = self.keys
        await self._know(token)
        await self.do(
            [
                ("HSET", keys.conversation, "state", "{}"),
                ("XADD", CHAT_REPLIES.key(keys.partition), "*", "__data__", dump_event(event)),
                *self._frames([frame]),
                *(("RPUSH", keys.transcript, message) for message in transcript),
                ("LTRIM", keys.transcript, -1000, -1),
                (
                    "HDEL",
                    keys.conversation,
                    "token",
                    "until",
                    "entry",
                    "waiting_for",
                    "turn",
                    "taken",
                    "stop",
                ),
                ("HSETNX", keys.votes, event.message_id, ""),
                ("LTRIM", keys.inbox, 1, -1),
                ("ZREM", keys.deadlines, event.conversation_id),
                *self._kept(),
                ("XACK", entry.stream, entry.group, entry.entry_id),
            ]
        )

    async def _know(self, token: str) -> None:
        """What must be known before a write; whether the token is still ours only when there is a fence."""
        found = await self.do(
            [
                ("HMGET", self.keys.conversation, "attempt", "n", "last_frame"),
                *([("HGET", self.keys.conversation, "token")] if self.fenced else ()),
            ]
        )
        assert not self.fenced or found[1].decode() == token

    def _frames(self, frames: Sequence[str]) -> list[Command]:
        keys, commands = self.keys, list[Command]()
        for frame in frames:
            self.number += 1
            previous, self.cursor = self.cursor, f"1-{self.number}".encode()
            commands += [
                ("XADD", keys.frames, "MAXLEN", "~", 4000, self.cursor, "f", frame, "p", previous),
                ("PUBLISH", keys.channel, b"%b %b %b" % (self.cursor, previous, frame.encode())),
            ]
        return [
            *commands,
            ("HSET", keys.conversation, "n", self.number, "last_frame", self.cursor),
            ("EXPIRE", keys.frames, DAY),
        ]

    def _kept(self) -> list[Command]:
        keys = self.keys
        kept = (keys.conversation, keys.inbox, keys.transcript, keys.accepted, keys.votes)
        return [("EXPIRE", key, MONTH) for key in kept]
