"""The dead letters as an operator sees them: listed, looked at, replayed, dropped. Redis alone is asked."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast

from pydantic import ValidationError
from redis.asyncio import Redis

from services.shared import letter_steps
from services.shared.delivery import PAYLOAD_FIELD
from services.shared.events import DeadLettered, MessageReceived, ToolCompleted, ToolRequested, parse_event
from services.shared.letter_steps import Replayed, letter_mark
from services.shared.steps import Steps
from services.shared.streams import DEAD_LETTERS

State: TypeAlias = Literal["open", "replayed", "dropped"]
Page: TypeAlias = list[tuple[bytes, dict[bytes, bytes]]]

PAGE = 500


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One dead letter; `entry_id` is its own place, `event.entry_id` that of the entry that died."""

    entry_id: str
    event: DeadLettered
    state: State

    @property
    def place(self) -> tuple[int, int]:
        milliseconds, _, number = self.entry_id.partition("-")
        return int(milliseconds), int(number)


@dataclass(frozen=True, kw_only=True)
class LetterBox:
    """The dead letters of all partitions."""

    redis: Redis
    steps: Steps
    partitions: int

    async def letters(self) -> list[Letter]:
        """All that are kept, the newest first."""
        partitions = await asyncio.gather(*map(self._of_partition, range(self.partitions)))
        found = [letter for letters in partitions for letter in letters]
        return sorted(found, key=lambda letter: letter.place, reverse=True)

    async def find(self, letter_id: str) -> list[Letter]:
        """The letter with this event id or entry id; several when partitions share the entry id."""
        return [
            letter
            for letter in await self.letters()
            if letter_id in {letter.entry_id, str(letter.event.event_id)}
        ]

    async def replay(self, letter: Letter) -> Replayed:
        """Have the group that gave up try the entry again, once.

        What a router gave up ended in an apology, so the messages of that turn go back into the inbox; they
        are answered together, as the next turn.
        """
        match _entry_of(letter.event):
            case MessageReceived(message_id=message_id) if letter.event.group == "router":
                return await letter_steps.replay_turn(self.steps, letter.event, message_id=message_id)
            case ToolCompleted() if letter.event.group == "router":
                return await letter_steps.replay_turn(self.steps, letter.event)
            case ToolRequested(tool_call_id=call_id) if letter.event.group == "tools":
                return await letter_steps.replay(self.steps, letter.event, tool_call_id=call_id)
            case _:
                return await letter_steps.replay(self.steps, letter.event)

    async def drop(self, letter: Letter) -> bool:
        """Settle the letter for good; False when it was replayed or dropped before."""
        return await letter_steps.drop(self.redis, letter.event)

    async def _of_partition(self, partition: int) -> list[Letter]:
        found = [entry async for entry in self._entries(DEAD_LETTERS.key(partition))]
        marks: Any = []
        if found:
            marks = await self.redis.mget([letter_mark(event) for _, event in found])
        return [
            Letter(entry_id=entry_id, event=event, state=_state(mark))
            for (entry_id, event), mark in zip(found, marks, strict=True)
        ]

    async def _entries(self, key: str) -> AsyncIterator[tuple[str, DeadLettered]]:
        end = "+"
        while page := cast("Page", await self.redis.xrevrange(key, max=end, count=PAGE)):
            for entry_id, fields in page:
                event = _event(fields)
                if isinstance(event, DeadLettered):
                    yield entry_id.decode(), event
            end = f"({page[-1][0].decode()}"


def _state(mark: bytes | None) -> State:
    match mark:
        case b"replayed":
            return "replayed"
        case b"dropped":
            return "dropped"
        case _:
            return "open"


def _entry_of(letter: DeadLettered) -> Any:
    """The event that died, or None for an entry that is none of ours."""
    try:
        return parse_event(letter.entry)
    except ValidationError:
        return None


def _event(fields: dict[bytes, bytes]) -> Any:
    try:
        return parse_event(fields.get(PAYLOAD_FIELD, b""))
    except ValidationError:
        return None
