"""What a turn's steps take: a message in, its turn begun, a piece of text, the turn's end.

Side by side: guarded as the services do them; without the fence; and as separate commands, with and without a look
at the token. Each has a conversation of its own, in a partition that no service reads.
"""

import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import uuid4

import orjson
from redis.asyncio import Redis

from bench.altered_steps import NoFence
from bench.plain_turn import Do, PlainTurn, in_pipelines, one_by_one
from services.shared.entries import Entry
from services.shared.events import ConversationStarted, MessageReceived, ReplyCompleted, new_id
from services.shared.frame_log import user_message
from services.shared.grants import Commit
from services.shared.steps import Steps
from services.shared.streams import CHAT_MESSAGES, CHAT_REPLIES, CHAT_SESSIONS

PARTITIONS = 999_983
GROUP = "bench"
TEXT = "You can return what you do not like within thirty days. " * 4
FRAME = orjson.dumps({"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": TEXT}).decode()
LEASE_MS = 3_500

Turn: TypeAlias = Callable[[], Awaitable[float]]
"""Makes one turn; returns the milliseconds that its steps took."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A message on its way, and the reply that will end its turn."""

    received: MessageReceived
    completed: ReplyCompleted
    transcript: tuple[str, ...]


def _asked(conversation_id: str) -> Asked:
    message_id = str(new_id())
    reply = {"id": f"reply-{message_id}", "role": "assistant", "content": TEXT}
    said = user_message(message_id, "what is your return policy?", message_id, 0, answered=True)
    return Asked(
        received=MessageReceived(
            conversation_id=conversation_id,
            message_id=message_id,
            client_id=message_id,
            text="what is your return policy?",
        ),
        completed=ReplyCompleted(
            conversation_id=conversation_id,
            message_id=reply["id"],
            in_reply_to=[message_id],
            text=TEXT,
            intent="policy_question",
            model="bench",
            duration_ms=0,
        ),
        transcript=tuple(orjson.dumps(message).decode() for message in (said, reply)),
    )


@dataclass(frozen=True, kw_only=True)
class Bench:
    """One conversation in one partition, with a group that reads its messages."""

    redis: Redis
    conversation_id: str
    stream: str

    async def read(self) -> Entry:
        [[_, [[entry_id, _]]]] = await self.redis.xreadgroup(GROUP, "me", {self.stream: ">"}, count=1)
        return Entry(stream=self.stream, group=GROUP, entry_id=entry_id.decode())

    def guarded(self, steps: Steps) -> Turn:
        async def turn() -> float:
            asked, clock = _asked(self.conversation_id), Stopwatch()
            with clock:
                await steps.accept_message(
                    asked.received, session_id="bench", frame=FRAME, inbox_limit=20, backlog_limit=10_000
                )
            entry = await self.read()
            with clock:
                token = uuid4().hex
                grant = await steps.begin(
                    self.conversation_id, entry, token=token, new_turn_id=token, lease_ms=LEASE_MS
                )
                assert grant is not None
                await steps.write_frames(grant, [FRAME], written=0, lease_ms=LEASE_MS)
                await steps.commit(
                    grant,
                    Commit(
                        state="{}",
                        events=[asked.completed],
                        frames=[FRAME],
                        transcript=asked.transcript,
                        reply_id=asked.completed.message_id,
                    ),
                )
            return clock.milliseconds

        return turn

    def plain(self, steps: PlainTurn) -> Turn:
        async def turn() -> float:
            asked, clock = _asked(self.conversation_id), Stopwatch()
            with clock:
                await steps.take_in(asked.received, FRAME)
            entry = await self.read()
            with clock:
                token = uuid4().hex
                await steps.begin(token)
                await steps.write(token, FRAME)
                await steps.commit(token, entry, asked.completed, FRAME, asked.transcript)
            return clock.milliseconds

        return turn


class Stopwatch:
    """Adds up what is done within it."""

    def __init__(self) -> None:
        self.milliseconds = 0.0

    def __enter__(self) -> None:
        self._started = time.perf_counter()

    def __exit__(self, *_: Any) -> None:
        self.milliseconds += (time.perf_counter() - self._started) * 1000


@contextlib.asynccontextmanager
async def turns(redis_url: str) -> AsyncIterator[dict[str, Turn]]:
    """Each way to make a turn, by its name. What they wrote is removed at the end."""
    async with Redis.from_url(redis_url) as redis, contextlib.AsyncExitStack() as stack:

        async def guarded(kind: type[Steps]) -> Turn:
            steps = kind(redis, partitions=PARTITIONS)
            await steps.load()
            bench = await stack.enter_async_context(_bench(redis))
            return bench.guarded(steps)

        async def plain(do: Do, *, fenced: bool) -> Turn:
            bench = await stack.enter_async_context(_bench(redis))
            keys = Steps(redis, partitions=PARTITIONS).keys(bench.conversation_id)
            return bench.plain(PlainTurn(do=do, keys=keys, fenced=fenced))

        yield {
            "fence, one atomic step (as the services)": await guarded(Steps),
            "no fence, one atomic step": await guarded(NoFence),
            "fence, commands in pipelines": await plain(in_pipelines(redis), fenced=True),
            "no fence, commands in pipelines": await plain(in_pipelines(redis), fenced=False),
            "fence, commands one by one": await plain(one_by_one(redis), fenced=True),
            "no fence, commands one by one": await plain(one_by_one(redis), fenced=False),
        }


@contextlib.asynccontextmanager
async def _bench(redis: Redis) -> AsyncIterator[Bench]:
    conversation_id = str(new_id())
    steps = Steps(redis, partitions=PARTITIONS)
    keys = steps.keys(conversation_id)
    stream = CHAT_MESSAGES.key(keys.partition)
    await redis.xgroup_create(stream, GROUP, id="0", mkstream=True)
    await steps.open_conversation(
        ConversationStarted(conversation_id=conversation_id, session_id="bench"), "epoch"
    )
    try:
        yield Bench(redis=redis, conversation_id=conversation_id, stream=stream)
    finally:
        streams = (stream, CHAT_REPLIES.key(keys.partition), CHAT_SESSIONS.key(keys.partition))
        await redis.delete(*keys, *streams)
