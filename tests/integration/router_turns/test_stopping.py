"""Turns that the customer stops."""

import asyncio

from services.router_worker.language_models.protocol import (
    TextDelta,
)
from tests.eventually import eventually
from tests.integration.router_turns.shop import ORDER_1043, Shop, routes_to, says


async def test_stop_ends_the_answer_and_keeps_what_stands(shop: Shop) -> None:
    shop.model.script = says(TextDelta(text="Half of ", composed=True), asyncio.Event())
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
