"""A turn from the customer's message to its end: the gateway, the router and the client, with a scripted model."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from typing import Any

import orjson
import pytest
from redis.asyncio import Redis

from services.router_worker.language_models.protocol import (
    IntentDecision,
    ModelError,
    ReplyRequest,
    RouteRequest,
    TextDelta,
    ToolCallWanted,
)
from services.shared.bus import Bus
from services.shared.events import ToolCompleted, ToolError
from services.shared.steps import Entry
from services.shared.streams import CHAT_REPLIES, TOOL_REQUESTS
from tests.chat_client import ChatClient, chatting
from tests.eventually import eventually
from tests.fakes import Line, ScriptedModel
from tests.running import running_gateway, running_router


class Shop:
    """A client, a gateway and one router; the test is the tools worker."""

    def __init__(self, redis: Redis, client: ChatClient, model: ScriptedModel, bus: Bus) -> None:
        self.redis = redis
        self.client = client
        self.model = model
        self.bus = bus

    async def events(self, stream: str = "chat.replies.{0}") -> list[dict[str, Any]]:
        return [orjson.loads(fields[b"__data__"]) for _, fields in await self.redis.xrange(stream)]

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


@pytest.fixture
async def shop(redis_url: str, redis_client: Redis) -> AsyncIterator[Shop]:
    model = ScriptedModel()
    async with AsyncExitStack() as stack:
        address = await stack.enter_async_context(running_gateway(redis_url))
        bus = await stack.enter_async_context(running_router(redis_url, model))
        client = await stack.enter_async_context(chatting(address))
        yield Shop(redis_client, await client.start(), model, bus)


def routes_to(intent: str, **fields: Any) -> Any:
    return lambda _: IntentDecision(intent=intent, confidence=1.0, **fields)


def says(*lines: Line) -> Any:
    return lambda _: list(lines)


ORDER_1043 = {"order_id": "1043", "email": "ben@example.com"}
SECTIONS = [
    {"section_id": f"returns.md#{n}", "title": f"Part {n}", "heading_path": ["Returns"], "text": f"Text {n}"}
    for n in (1, 2)
]


async def test_a_run_is_shown_from_its_start_to_its_end(shop: Shop) -> None:
    assert await shop.client.ask("hello") == "You said: hello"

    kinds = [event.get("name", event["type"]) for event in shop.client.events]
    texts = kinds.count("TEXT_MESSAGE_CONTENT")
    assert kinds == [
        "message.accepted",
        "RUN_STARTED",
        "status",
        "TEXT_MESSAGE_START",
        *["TEXT_MESSAGE_CONTENT"] * texts,
        "TEXT_MESSAGE_END",
        "RUN_FINISHED",
    ]
    [accepted, started, *_, finished] = shop.client.events
    assert finished["runId"] == started["runId"]
    assert finished["result"]["in_reply_to"] == [accepted["value"]["message_id"]]


async def test_what_happened_in_a_turn_is_told_in_events(shop: Shop) -> None:
    await shop.client.ask("hello")

    calls, routed, replied, completed = [event["type"] for event in await shop.events()]
    assert [calls, routed, replied, completed] == [
        "ModelCalled",
        "IntentRouted",
        "ModelCalled",
        "ReplyCompleted",
    ]
    reply = (await shop.events())[-1]
    [message] = await shop.events("chat.messages.{0}")
    assert reply["text"] == "You said: hello"
    assert reply["in_reply_to"] == [message["message_id"]]
    assert reply["causation_id"] == message["event_id"]
    assert len({event["turn_id"] for event in await shop.events()}) == 1


async def test_the_model_is_told_what_was_said_before(shop: Shop) -> None:
    await shop.client.ask("one")
    await shop.client.ask("two")

    said = [(message.role, message.text) for message in shop.model.replied[-1].history]
    assert said == [("user", "one"), ("assistant", "You said: one")]


# tools


async def test_a_tool_is_called_and_the_reply_written_from_its_result(shop: Shop) -> None:
    shop.model.decide = routes_to("order_status", slots=ORDER_1043)
    await shop.client.say("where is order 1043")

    request = await shop.tool_request()
    assert (request["tool"], request["arguments"]) == ("get_order", ORDER_1043)
    await shop.complete(request, result={"order": {"order_id": "1043", "status": "shipped"}})
    await eventually(lambda: shop.client.finished)

    [step] = shop.model.replied[0].steps
    assert (step.status, step.result) == ("ok", {"order": {"order_id": "1043", "status": "shipped"}})
    kinds = [event["type"] for event in shop.client.events]
    order = ["TOOL_CALL_START", "TOOL_CALL_ARGS", "TOOL_CALL_END", "TOOL_CALL_RESULT", "ACTIVITY_SNAPSHOT"]
    assert [kind for kind in kinds if kind in order] == order
    [card] = [event for event in shop.client.events if event["type"] == "ACTIVITY_SNAPSHOT"]
    assert card["content"] == {"order": {"order_id": "1043", "status": "shipped"}}


async def test_the_customer_is_asked_again_when_a_tool_refuses_the_value(shop: Shop) -> None:
    shop.model.decide = routes_to("order_status", slots={**ORDER_1043, "order_id": "9999"})
    await shop.client.say("where is order 9999")
    refused = {"status": "refused", "error": ToolError(code="order_not_found", message="unknown")}
    await shop.complete(await shop.tool_request(), **refused)
    await eventually(lambda: shop.client.finished)

    await shop.client.say("1043")
    await eventually(lambda: len(shop.model.routed) == 2)
    pending = shop.model.routed[1].pending
    assert pending is not None
    assert (pending.intent, pending.slot) == ("order_status", "order_id")
    assert "order_id" not in shop.model.routed[1].slots


async def test_a_reply_may_cite_only_what_this_turn_has_found(shop: Shop) -> None:
    shop.model.decide = routes_to("product_or_policy")
    shop.model.script = says(TextDelta(text="Thirty days [2"), TextDelta(text="], free [9]."))
    await shop.client.say("may I return it?")
    await shop.complete(await shop.tool_request(), result={"results": SECTIONS})
    await eventually(lambda: shop.client.finished)

    assert list(shop.client.replies.values()) == ["Thirty days [2], free ."]
    [shown] = [event for event in shop.client.events if event["type"] == "ACTIVITY_SNAPSHOT"]
    assert shown["content"]["citations"] == [{"number": 2, **SECTIONS[1]}]
    reply = (await shop.events())[-1]
    assert reply["citations"] == [{"number": 2, "section_id": "returns.md#2", "title": "Part 2"}]


async def test_a_model_that_only_asks_for_tools_is_ended_politely(shop: Shop) -> None:
    """It may have four calls a turn; then a person is offered."""

    def greedy(request: ReplyRequest) -> Sequence[Line]:
        query = f"more {len(request.steps)}"
        return [ToolCallWanted(tool="knowledge_search", arguments={"query": query})]

    shop.model.script = greedy
    await shop.client.say("loop")
    for number in range(1, 5):
        await shop.complete(await shop.tool_request(number), result={"results": []})
    await eventually(lambda: shop.client.finished)

    assert await shop.redis.xlen(TOOL_REQUESTS.key(0)) == 4
    assert "person" in list(shop.client.replies.values())[-1]
    assert [e["reason"] for e in await shop.events() if e["type"] == "HandoffRequested"] == ["limit"]


# stop


async def test_stop_ends_the_answer_and_keeps_what_stands(shop: Shop) -> None:
    shop.model.script = says(TextDelta(text="Half of "), asyncio.Event(), TextDelta(text="it"))
    await shop.client.say("tell me")
    await eventually(lambda: list(shop.client.replies.values()) == ["Half of "])

    await shop.client.send(type="stop")
    await eventually(lambda: shop.client.finished, within=1)

    assert shop.client.finished[0]["outcome"]["type"] == "cancelled"
    [reply] = [event for event in await shop.events() if event["type"] == "ReplyCompleted"]
    assert (reply["text"], reply["stopped"]) == ("Half of ", True)
    shop.model.script = says(TextDelta(text="Again"))
    assert await shop.client.ask("go on") == "Again"


async def test_stop_ends_a_turn_that_waits_for_a_tool_and_its_result_comes_too_late(shop: Shop) -> None:
    shop.model.decide = routes_to("order_status", slots=ORDER_1043)
    await shop.client.say("where is order 1043")
    request = await shop.tool_request()
    await eventually(lambda: any(e["type"] == "TOOL_CALL_END" for e in shop.client.events))

    await shop.client.send(type="stop")
    await eventually(lambda: shop.client.finished, within=1)
    await shop.complete(request, result={})

    async def absorbed() -> bool:
        groups = await shop.redis.xinfo_groups("tool.results.{0}")
        return [group["entries-read"] for group in groups if group["name"] == b"router"] == [1]

    await eventually(absorbed)
    assert shop.model.replied == []
    assert shop.client.finished[0]["outcome"]["type"] == "cancelled"


async def test_stop_without_a_running_answer_changes_nothing(shop: Shop) -> None:
    await shop.client.ask("hello")
    await shop.client.send(type="stop")

    assert await shop.client.ask("still there?") == "You said: still there?"


# handing over and failing


@pytest.mark.parametrize(
    "decision", [{"intent": "talk_to_person"}, {"intent": "greeting", "action": "handoff"}]
)
async def test_a_person_is_brought_in_without_asking_the_model_for_words(
    shop: Shop, decision: dict[str, Any]
) -> None:
    shop.model.decide = lambda _: IntentDecision(confidence=1.0, **decision)

    assert "person" in await shop.client.ask("a human please")
    assert shop.model.replied == []
    [handoff] = [event for event in shop.client.events if event.get("name") == "handoff"]
    assert handoff["value"]["reason"] == "customer_asked"
    assert [e["reason"] for e in await shop.events() if e["type"] == "HandoffRequested"] == ["customer_asked"]


async def test_an_address_is_asked_for_when_nobody_is_there_and_told_to_the_team(shop: Shop) -> None:
    shop.model.decide = lambda request: IntentDecision(
        intent="talk_to_person",
        confidence=1.0,
        action="handoff",
        slots={"contact_email": "ada@example.com"} if request.pending else {},
    )

    assert "e-mail" in await shop.client.ask("a human please")
    assert "**ada@example.com**" in await shop.client.ask("ada@example.com")
    told = [e for e in await shop.events() if e["type"] in {"HandoffRequested", "ContactLeft"}]
    assert [event["type"] for event in told] == ["HandoffRequested", "ContactLeft"]
    assert told[0]["summary"].endswith("Last words: a human please")
    assert told[1]["email"] == "ada@example.com"


async def test_an_offered_person_comes_on_a_bare_yes_without_asking_the_model(shop: Shop) -> None:
    shop.model.decide = routes_to("product_or_policy")
    shop.model.script = says(TextDelta(text="I am not sure."))
    await shop.client.say("do you ship to the moon?")
    await shop.complete(await shop.tool_request(), result={"known": False, "results": []})
    await eventually(lambda: shop.client.finished)
    assert "Would you like me to bring in a person?" in next(iter(shop.client.replies.values()))

    await shop.client.ask("yes please")

    assert len(shop.model.routed) == 1
    [handoff] = [e for e in await shop.events() if e["type"] == "HandoffRequested"]
    assert handoff["reason"] == "missing_knowledge"
    assert "do you ship to the moon?" in handoff["summary"]


async def test_two_orders_of_one_message_are_looked_up_before_the_reply_is_written(shop: Shop) -> None:
    shop.model.decide = routes_to("order_status", slots=ORDER_1043)
    await shop.client.say("where are orders 1043 and 1052?")
    for number, order_id in ((1, "1043"), (2, "1052")):
        request = await shop.tool_request(number)
        assert request["arguments"]["order_id"] == order_id
        await shop.complete(request, result={"order": {"order_id": order_id, "status": "shipped"}})
    await eventually(lambda: shop.client.finished)

    assert [step.arguments["order_id"] for step in shop.model.replied[0].steps] == ["1043", "1052"]


async def test_a_slot_is_asked_for_three_times_and_then_a_person_is_brought_in(shop: Shop) -> None:
    shop.model.decide = routes_to("order_status")
    answers = [await shop.client.ask(f"try {number}") for number in range(4)]

    assert answers[0] != answers[1] == answers[2]
    assert "person" in answers[3]
    assert [e["reason"] for e in await shop.events() if e["type"] == "HandoffRequested"] == [
        "unresolved_slot"
    ]


@pytest.mark.parametrize(
    "script",
    [
        says(TextDelta(text="Your refund is"), ModelError("cut off")),
        says(ModelError("no answer")),
        says(),
        says(TextDelta(text="  \n")),
    ],
    ids=["cut off", "refused", "empty", "blank"],
)
async def test_a_reply_that_fails_is_replaced_by_an_apology(shop: Shop, script: Any) -> None:
    shop.model.script = script

    answer = await shop.client.ask("hello")

    assert answer.startswith("I am sorry")
    [ended] = shop.client.finished
    [failed] = [event for event in await shop.events() if event["type"] == "ReplyFailed"]
    assert ended["type"] == "RUN_ERROR"
    assert ended["metadata"]["in_reply_to"] == failed["in_reply_to"]
    assert failed["text"] == answer
    shop.model.script = says(TextDelta(text="Better now"))
    assert await shop.client.ask("again") == "Better now"


async def test_a_model_that_cannot_route_ends_in_an_apology(shop: Shop) -> None:
    def decide(_: RouteRequest) -> ModelError:
        return ModelError("no answer")

    shop.model.decide = decide

    assert (await shop.client.ask("hello")).startswith("I am sorry")


async def test_an_intent_that_the_catalogue_does_not_have_is_out_of_scope(shop: Shop) -> None:
    shop.model.decide = routes_to("make_tea")
    await shop.client.ask("tea please")

    assert shop.model.replied[0].intent == "out_of_scope"


async def test_replies_are_recorded_on_the_stream_of_replies_alone(shop: Shop) -> None:
    await shop.client.ask("hello")

    assert {event["type"] for event in await shop.events(CHAT_REPLIES.key(0))} <= {
        kind.__name__ for kind in CHAT_REPLIES.events
    }
