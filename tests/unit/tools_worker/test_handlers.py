from datetime import timedelta
from typing import Any

import pytest

from services.shared.delivery import Delivery
from services.shared.entries import Entry
from services.shared.errors import TransientError
from services.shared.events import ToolCompleted, ToolRequested, dump_event, now
from services.tools_worker.handlers import ToolHandlers
from services.tools_worker.registry import Registry
from services.tools_worker.tools.get_order import GetOrder
from tests.unit.tools_worker.orders import MemoryOrders, OpenTries, an_order

ENTRY = Entry(stream="tool.requests.{0}", group="tools", entry_id="1-0")


class RecordingSteps:
    def __init__(self) -> None:
        self.completed: list[tuple[Entry, ToolCompleted]] = []

    async def complete_tool_call(self, entry: Entry, completed: ToolCompleted) -> bool:
        self.completed.append((entry, completed))
        return True


def delivery(*, age: timedelta = timedelta(0), **changed: Any) -> Delivery:
    fields: dict[str, Any] = {
        "conversation_id": "c1",
        "turn_id": "t1",
        "tool_call_id": "call-1",
        "customer_id": "cus_ada",
        "tool": "get_order",
        "arguments": {"order_id": "1042"},
        "occurred_at": now() - age,
    }
    event = ToolRequested(**fields | changed)
    return Delivery(event=event, entry=ENTRY, deliveries=1, payload=dump_event(event))


def handlers(steps: RecordingSteps, orders: MemoryOrders) -> ToolHandlers:
    return ToolHandlers(
        registry=Registry([GetOrder(orders=orders, tries=OpenTries())]),
        steps=steps,
        patience=timedelta(seconds=10),
    )


async def test_a_requested_call_is_completed_under_its_id_and_acknowledges_its_entry() -> None:
    steps = RecordingSteps()
    request = delivery(trace="00-abc-def-01")
    await handlers(steps, MemoryOrders(an_order())).on_tool_requested(request)
    ((entry, completed),) = steps.completed
    assert entry == ENTRY
    assert (completed.tool_call_id, completed.turn_id, completed.status) == ("call-1", "t1", "ok")
    assert (completed.customer_id, completed.trace) == ("cus_ada", "00-abc-def-01")
    assert completed.causation_id == request.event.event_id


async def test_a_refused_call_is_completed_with_its_reason() -> None:
    steps = RecordingSteps()
    await handlers(steps, MemoryOrders()).on_tool_requested(delivery(tool="rm", arguments={}))
    assert steps.completed[0][1].status == "refused"


async def test_a_call_is_tried_again_while_orders_are_away_for_a_short_while() -> None:
    steps = RecordingSteps()
    with pytest.raises(TransientError, match="order_source_unavailable"):
        await handlers(steps, MemoryOrders(away=True)).on_tool_requested(delivery())
    assert steps.completed == []


async def test_a_call_fails_when_orders_stay_away() -> None:
    steps = RecordingSteps()
    await handlers(steps, MemoryOrders(away=True)).on_tool_requested(delivery(age=timedelta(seconds=11)))
    completed = steps.completed[0][1]
    assert completed.status == "failed"
    assert completed.error
    assert completed.error.code == "order_source_unavailable"


async def test_whoever_waits_is_told_when_a_call_was_given_up() -> None:
    steps = RecordingSteps()
    await handlers(steps, MemoryOrders()).on_given_up(delivery())
    completed = steps.completed[0][1]
    assert completed.status == "failed"
    assert completed.error
    assert completed.error.code == "internal"
