"""A model behind OpenAI's chat completions, at OpenAI or at any compatible server."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any, Literal

from openai import AsyncOpenAI
from openai.types.chat import ChatCompletion

from services.router_worker import prompts
from services.router_worker.intents import IntentCatalogue
from services.router_worker.language_models.completion_stream import CompletionStream, usage_of
from services.router_worker.language_models.decisions import read_decision
from services.router_worker.language_models.failures import bad_answer
from services.router_worker.language_models.fencing import Fence
from services.router_worker.language_models.prices import UNKNOWN, Prices
from services.router_worker.language_models.protocol import (
    IntentDecision,
    Limits,
    ReplyPart,
    ReplyRequest,
    Routed,
    RouteRequest,
    TextDelta,
)
from services.router_worker.language_models.tries import Tries

_MOST_OUTPUT_TOKENS = 1_024


class OpenAIModel:
    """Routes by one structured-output call and replies by one streamed call with tools.

    `timeout` bounds a routing call with its second try, the wait for a reply's first text, and every silence
    after that.
    """

    def __init__(
        self,
        *,
        client: AsyncOpenAI,
        model: str,
        catalogue: IntentCatalogue,
        tools: Sequence[dict[str, Any]],
        timeout: timedelta = timedelta(seconds=20),
        prices: Prices = UNKNOWN,
    ) -> None:
        self.name = model
        self._client = client
        self._catalogue = catalogue
        self._tools = prompts.tool_definitions(tools)
        self._seconds = timeout.total_seconds()
        self._prices = prices

    async def route(self, request: RouteRequest) -> Routed:
        tries = self._tries("route", request.limits)
        decision = await tries.run(lambda: self._decide(request, tries))
        tries.end()
        return Routed(decision=decision, usage=tuple(tries.usage))

    async def reply(self, request: ReplyRequest) -> AsyncIterator[ReplyPart]:
        """Once text was yielded there is no second try: the customer has seen it."""
        tries = self._tries("reply", request.limits)
        completion, text = await tries.run(lambda: self._begin_reply(request, tries))
        try:
            with tries.watching():
                while text is not None:
                    yield TextDelta(text=text)
                    text = await completion.next_text()
                    tries.tokens = completion.usage
                for call in completion.tool_calls():
                    yield call
        finally:
            await completion.close()
        tries.tokens = completion.usage
        tries.end("length" if completion.finish_reason == "length" else "ok")
        for usage in tries.usage:
            yield usage

    def _tries(self, purpose: Literal["route", "reply"], limits: Limits) -> Tries:
        seconds = limits.seconds(self._seconds)
        return Tries(
            purpose=purpose, model=self.name, seconds=seconds, most=limits.calls, prices=self._prices
        )

    async def _decide(self, request: RouteRequest, tries: Tries) -> IntentDecision:
        body: dict[str, Any] = {
            "messages": prompts.route_messages(self._catalogue, request),
            "response_format": prompts.decision_schema(self._catalogue),
        }
        completion = await self._client.chat.completions.create(
            model=self.name, max_completion_tokens=_MOST_OUTPUT_TOKENS, **body
        )
        tries.tokens = usage_of(completion)
        return read_decision(_content(completion), request, self._catalogue)

    async def _begin_reply(self, request: ReplyRequest, tries: Tries) -> tuple[CompletionStream, str | None]:
        """The stream, read up to its first text; to its end when it has no text but tool calls."""
        body: dict[str, Any] = {"messages": prompts.reply_messages(self._catalogue, request, Fence())}
        if request.may_call_tools and self._tools:
            body["tools"] = self._tools
        stream = await self._client.chat.completions.create(
            model=self.name,
            max_completion_tokens=_MOST_OUTPUT_TOKENS,
            stream=True,
            stream_options={"include_usage": True},
            **body,
        )
        completion = CompletionStream(stream, silence=self._seconds, until=request.limits.until)
        try:
            return completion, await completion.first_text()
        except BaseException:
            tries.tokens = completion.usage
            await completion.close()
            raise


def _content(completion: ChatCompletion) -> str:
    """The text of an answer that may be no completion at all, whatever the SDK takes it for."""
    content = completion.choices[0].message.content if completion.choices else None
    if not content:
        raise bad_answer()
    return content
