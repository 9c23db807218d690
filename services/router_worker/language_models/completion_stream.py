"""A streamed chat completion: its text as it comes, and at its end the tool calls and the account."""

import asyncio
import json
import math
import time
from dataclasses import dataclass
from typing import Any

from openai import AsyncStream
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletionChunk

from services.router_worker.language_models.failures import CallError, bad_answer
from services.router_worker.language_models.protocol import ToolCallWanted


@dataclass
class _CallInParts:
    name: str = ""
    arguments: str = ""


class CompletionStream:
    """Reads a stream and keeps what only its end tells.

    A wait for text ends after `silence` seconds, and at `until` on the monotonic clock.
    """

    def __init__(
        self, stream: AsyncStream[ChatCompletionChunk], *, silence: float, until: float = math.inf
    ) -> None:
        self.usage: CompletionUsage | None = None
        self.finish_reason: str | None = None
        self._stream = stream
        self._chunks = aiter(stream)
        self._silence = silence
        self._until = until
        self._calls: dict[int, _CallInParts] = {}

    async def first_text(self) -> str | None:
        """The first text; None when the model asks for tools instead. Raises CallError when it does neither."""
        text = await self.next_text()
        if text is None and not self.tool_calls():
            raise bad_answer("empty")
        return text

    async def next_text(self) -> str | None:
        """The next piece of text, None at the end. Raises CallError when the stream stops before its end."""
        async with asyncio.timeout(max(0.0, min(self._silence, self._until - time.monotonic()))):
            async for chunk in self._chunks:
                if text := self._take(chunk):
                    return text
        if self.finish_reason is None:
            raise bad_answer("cut")
        if self.finish_reason == "content_filter":
            raise CallError("content_filter", retry=False)
        return None

    def tool_calls(self) -> list[ToolCallWanted]:
        """The calls the model asked for, in its order. Raises CallError when one makes no sense."""
        return [_wanted(self._calls[index]) for index in sorted(self._calls)]

    async def close(self) -> None:
        await self._stream.close()

    def _take(self, chunk: ChatCompletionChunk) -> str | None:
        self.usage = usage_of(chunk) or self.usage
        choices = chunk.choices
        if not choices:
            return None
        choice = choices[0]
        self.finish_reason = choice.finish_reason or self.finish_reason
        for part in choice.delta.tool_calls or ():
            call = self._calls.setdefault(part.index, _CallInParts())
            if part.function is not None:
                call.name += part.function.name or ""
                call.arguments += part.function.arguments or ""
        return choice.delta.content


def usage_of(answer: object) -> CompletionUsage | None:
    """The token counts of a completion or a chunk, when the server gave them."""
    usage = getattr(answer, "usage", None)
    return usage if isinstance(usage, CompletionUsage) else None


def _wanted(call: _CallInParts) -> ToolCallWanted:
    try:
        arguments: Any = json.loads(call.arguments or "{}")
    except json.JSONDecodeError:
        raise bad_answer("bad_tool_call") from None
    if not call.name or not isinstance(arguments, dict):
        raise bad_answer("bad_tool_call")
    return ToolCallWanted(tool=call.name, arguments=arguments)
