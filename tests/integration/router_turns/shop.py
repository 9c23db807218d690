"""A turn's customer, gateway and router, with a scripted model."""

from typing import Any

from redis.asyncio import Redis

from services.router_worker.language_models.protocol import (
    IntentDecision,
)
from services.shared.bus import Bus
from services.shared.entries import Entry
from services.shared.events import ToolCompleted
from services.shared.streams import TOOL_REQUESTS
from tests.chat_client import ChatClient
from tests.eventually import eventually
from tests.fakes import Line, ScriptedModel
from tests.recorded import events_on


class Shop:
    """A client, a gateway and one router; the test is the tools worker."""

    def __init__(self, redis: Redis, client: ChatClient, model: ScriptedModel, bus: Bus) -> None:
        self.redis = redis
        self.client = client
        self.model = model
        self.bus = bus

    async def events(self, stream: str = "chat.replies.{0}") -> list[dict[str, Any]]:
        return await events_on(self.redis, stream)

    async def tool_request(self, number: int = 1) -> dict[str, Any]:
        """The `number`-th request for a tool, once it is there."""

        async def there() -> bool:
            return await self.redis.xlen(TOOL_REQUESTS.key(0)) >= number

        await eventually(there)
        return (await self.events(TOOL_REQUESTS.key(0)))[number - 1]

    async def complete(self, request: dict[str, Any], **fields: Any) -> None:
        """The end of a tool call."""
        completed = ToolCompleted(
            conversation_id=request["conversation_id"],
            tool_call_id=request["tool_call_id"],
            tool=request["tool"],
            duration_ms=1,
            **{"status": "ok", **fields},
        )
        entry = Entry(stream=TOOL_REQUESTS.key(0), group="tools", entry_id="")
        assert await self.bus.steps.complete_tool_call(entry, completed)


def routes_to(intent: str, **fields: Any) -> Any:
    return lambda _: IntentDecision(intent=intent, confidence=1.0, **fields)


def says(*lines: Line) -> Any:
    return lambda _: list(lines)


ORDER_1043 = {"order_id": "1043", "email": "ben@example.com"}
