"""Turns that look something up; the test is the tools worker."""

from collections.abc import Sequence

from services.router_worker.language_models.protocol import (
    ReplyRequest,
    TextDelta,
    ToolCallWanted,
)
from services.shared.events import ToolError
from services.shared.streams import TOOL_REQUESTS
from tests.eventually import eventually
from tests.fakes import Line
from tests.integration.router_turns.shop import ORDER_1043, Shop, routes_to, says

SECTIONS = [
    {"section_id": f"returns.md#{n}", "title": f"Part {n}", "heading_path": ["Returns"], "text": f"Text {n}"}
    for n in (1, 2)
]


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


async def test_two_orders_of_one_message_are_looked_up_before_the_reply_is_written(shop: Shop) -> None:
    shop.model.decide = routes_to("order_status", slots=ORDER_1043)
    await shop.client.say("where are orders 1043 and 1052?")
    for number, order_id in ((1, "1043"), (2, "1052")):
        request = await shop.tool_request(number)
        assert request["arguments"]["order_id"] == order_id
        await shop.complete(request, result={"order": {"order_id": order_id, "status": "shipped"}})
    await eventually(lambda: shop.client.finished)

    assert [step.arguments["order_id"] for step in shop.model.replied[0].steps] == ["1043", "1052"]
