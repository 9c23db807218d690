"""A scripted server with OpenAI's chat completions, for tests: `python -m tests.scripted_openai --port 9100`.

It routes and replies by a few plain rules, streams text and tool calls in small pieces, keeps a journal of every
request, and fails on demand in every way in which a real server was seen to fail: `POST /script/next` with a list
of modes, one for each request to come; `GET /script/journal` tells what was asked.
"""

import argparse
import asyncio
import json
import re
import socket
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

Mode: TypeAlias = Literal[
    "ok", "no_usage", "http_401", "http_429", "http_500", "slow_down", "html", "broken_json", "error_in_200",
    "no_choices", "unknown_intent", "prose", "hang", "drop", "cut", "cut_early", "garbage_in_stream",
    "error_in_stream", "empty", "bad_tool_arguments", "length",
]  # fmt: skip
Message: TypeAlias = dict[str, Any]

_ERROR = '{"error": {"message": "scripted", "type": "scripted"}}'
_NO_CHOICES = '{"id": "x", "object": "chat.completion", "created": 0, "model": "m", "choices": null}'
# Status, content type, body and headers of the answers that are no completions.
_FAILED: dict[str, tuple[int, str, str, dict[str, str]]] = {
    "http_401": (401, "application/json", _ERROR, {}),
    "http_429": (429, "application/json", _ERROR, {}),
    "http_500": (500, "application/json", _ERROR, {}),
    "slow_down": (429, "application/json", _ERROR, {"retry-after": "120"}),
    "html": (200, "text/html", "<html><body>Bad gateway</body></html>", {}),
    "broken_json": (200, "application/json", '{"id": "x", "choices": [', {}),
    "error_in_200": (200, "application/json", _ERROR, {}),
    "no_choices": (200, "application/json", _NO_CHOICES, {}),
}
USAGE = {"prompt_tokens": 120, "completion_tokens": 30, "total_tokens": 150}
_HANG_SECONDS = 600
_ASK = "What is your order number?"
_UNSURE = "I am not sure about that. A person can help you."
_FIXED = {
    "greeting": "Hello! How can I help you today?",
    "out_of_scope": "I am sorry, I cannot help with that.",
}


@dataclass
class Answer:
    text: str = ""
    tool: str | None = None
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass
class Script:
    """What the server will do, and what it was asked. `reply` may be replaced by a test."""

    reply: Callable[[dict[str, Any]], Answer] = field(default_factory=lambda: reply_by_rules)
    next_modes: deque[Mode] = field(default_factory=deque)
    journal: list[dict[str, Any]] = field(default_factory=list)

    def take_mode(self) -> Mode:
        return self.next_modes.popleft() if self.next_modes else "ok"


# The rules


def route_by_rules(body: dict[str, Any]) -> Answer:
    """A decision as structured output, from key words in the last message and the question that is pending."""
    schema = body["response_format"]["json_schema"]["schema"]["properties"]
    last = _last_user_text(body["messages"]).lower()
    number = re.search(r"\b(?:w\d{7}|\d{4})\b", last)
    pending = "has just asked for order_id" in body["messages"][0]["content"]
    rules = [
        ("talk_to_person", r"human|person|agent"),
        ("out_of_scope", r"weather|president|recipe"),
        ("refund_or_return", r"return|refund"),
        ("shipping", r"shipping|deliver"),
        ("order_status", r"order|package|parcel"),
        ("greeting", r"\b(?:hi|hello|hey)\b"),
    ]
    intent = next((name for name, pattern in rules if re.search(pattern, last)), None)
    if intent is None:
        intent = "order_status" if pending or number else "out_of_scope"
    slots = {
        name: number[0].upper() if number and name == "order_id" else None
        for name in schema["slots"]["properties"]
    }
    decision = {
        "intent": intent if intent in schema["intent"]["enum"] else "out_of_scope",
        "confidence": 0.97,
        "slots": slots,
        "action": "handoff" if intent == "talk_to_person" else "answer",
    }
    return Answer(text=json.dumps(decision))


def reply_by_rules(body: dict[str, Any]) -> Answer:
    """Text from the tools' results; while there are none, a tool call, or a question for the number."""
    messages: list[Message] = body["messages"]
    results = [message["content"] for message in messages if message["role"] == "tool"]
    if results:
        return Answer(text=_told(results[-1]))
    tools = {tool["function"]["name"] for tool in body.get("tools", ())}
    intent = _first(r"intent is (\w+)", messages[0]["content"])
    if intent == "order_status":
        number = _first(r"order_id: (\S+)", messages[0]["content"])
        return Answer(tool="get_order", arguments={"order_id": number}) if number else Answer(text=_ASK)
    if intent in _FIXED:
        return Answer(text=_FIXED[intent])
    if "knowledge_search" in tools:
        return Answer(tool="knowledge_search", arguments={"query": _last_user_text(messages)})
    return Answer(text=_UNSURE)


def _told(result: str) -> str:
    if "order_not_found" in result:
        return "I cannot find that order. Could you check the number and send it again?"
    if order := re.search(r'"order_id": ?"(\w+)".*?"status": ?"(\w+)"', result, re.DOTALL):
        return f"Your order **{order[1]}** is {order[2].replace('_', ' ')}."
    if "[1]" in result:
        sentence = re.search(r"\[1\][^\n]*\n+([^\n]+)", result)
        return f"{sentence[1] if sentence else 'See our articles.'} [1]"
    return _UNSURE


def _first(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return found[1] if found else ""


def _last_user_text(messages: list[Message]) -> str:
    return next((message["content"] for message in reversed(messages) if message["role"] == "user"), "")


# The wire


def create_app(script: Script) -> FastAPI:
    app = FastAPI()

    @app.post("/v1/chat/completions")
    async def complete(request: Request) -> Response:
        body = await request.json()
        mode = script.take_mode()
        script.journal.append({"mode": mode, "body": body})
        if failure := await _failure(mode, stream=bool(body.get("stream"))):
            return failure
        if not body.get("stream"):
            return _whole(route_by_rules(body) if "response_format" in body else script.reply(body), mode)
        return StreamingResponse(_events(script.reply(body), mode), media_type="text/event-stream")

    @app.post("/script/next")
    async def set_next(modes: list[Mode]) -> None:
        script.next_modes.extend(modes)

    @app.get("/script/journal")
    async def read_journal() -> list[dict[str, Any]]:
        return script.journal

    return app


async def _failure(mode: Mode, *, stream: bool) -> Response | None:
    if mode == "hang":
        await asyncio.sleep(_HANG_SECONDS)
    if mode == "drop":
        return StreamingResponse(_dropped(), media_type="text/event-stream" if stream else "application/json")
    if mode in _FAILED:
        status, content_type, content, headers = _FAILED[mode]
        return Response(content, status, headers, content_type)
    return None


async def _dropped() -> AsyncIterator[str]:
    yield "{"
    raise ConnectionResetError


def _whole(answer: Answer, mode: Mode) -> Response:
    content = answer.text
    if mode == "unknown_intent":
        content = json.dumps({**json.loads(content), "intent": "sell_the_shop"})
    elif mode == "prose":
        content = f"Sure! Here is the decision:\n```json\n{content}\n```\nAnything else?"
    elif mode == "empty":
        content = ""
    message = {"role": "assistant", "content": content}
    body: dict[str, Any] = {
        "id": "chatcmpl-scripted",
        "object": "chat.completion",
        "created": 0,
        "model": "scripted",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
    }
    return JSONResponse(body if mode == "no_usage" else body | {"usage": USAGE})


async def _events(answer: Answer, mode: Mode) -> AsyncIterator[str]:
    deltas = [{"role": "assistant", "content": ""}, *([] if mode == "empty" else _deltas(answer, mode))]
    if mode == "cut_early":
        deltas = deltas[:1]
    for number, delta in enumerate(deltas):
        if number == 2 and mode == "garbage_in_stream":
            yield "data: {not json\n\n"
        if number == 2 and mode == "error_in_stream":
            yield 'data: {"error": {"message": "scripted"}}\n\n'
        yield _event({"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
        await asyncio.sleep(0)
    if mode in {"cut", "cut_early"}:
        return
    finish_reason = "length" if mode == "length" else "tool_calls" if answer.tool else "stop"
    yield _event({"choices": [{"index": 0, "delta": {}, "finish_reason": finish_reason}]})
    if mode != "no_usage":
        yield _event({"choices": [], "usage": USAGE})
    yield "data: [DONE]\n\n"


def _deltas(answer: Answer, mode: Mode) -> Iterator[dict[str, Any]]:
    for piece in re.findall(r"\s*\S+", answer.text):
        yield {"content": piece}
    if answer.tool is None:
        return
    arguments = "{broken" if mode == "bad_tool_arguments" else json.dumps(answer.arguments)
    yield _call_delta(id="call_1", type="function", function={"name": answer.tool, "arguments": ""})
    for start in range(0, len(arguments), 5):
        yield _call_delta(function={"arguments": arguments[start : start + 5]})


def _call_delta(**fields: Any) -> dict[str, Any]:
    return {"tool_calls": [{"index": 0, **fields}]}


def _event(fields: dict[str, Any]) -> str:
    chunk = {
        "id": "chatcmpl-scripted",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": "scripted",
        **fields,
    }
    return f"data: {json.dumps(chunk)}\n\n"


@asynccontextmanager
async def running(script: Script, *, port: int = 0) -> AsyncIterator[str]:
    """The server while the block runs; gives the base URL for OPENAI_BASE_URL."""
    listener = socket.create_server(("127.0.0.1", port))
    server = uvicorn.Server(uvicorn.Config(create_app(script), log_level="critical", lifespan="off"))
    task = asyncio.create_task(server.serve([listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    finally:
        server.should_exit = server.force_exit = True
        await task


def main() -> None:
    parser = argparse.ArgumentParser(description="A scripted server with OpenAI's chat completions")
    parser.add_argument("--port", type=int, default=9100)
    port = parser.parse_args().port
    uvicorn.run(create_app(Script()), host="127.0.0.1", port=port, log_level="warning", lifespan="off")


if __name__ == "__main__":
    main()
