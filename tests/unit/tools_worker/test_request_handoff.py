from typing import Any, get_args

import pytest

from services.shared.events import HandoffReason
from services.tools_worker.registry import Outcome, Registry
from services.tools_worker.tools.request_handoff import RequestHandoff
from services.tools_worker.tools.tool import Caller


async def request_handoff(**arguments: Any) -> Outcome:
    caller = Caller(conversation_id="c1", tool_call_id="call-1", customer_id=None)
    return await Registry([RequestHandoff()]).call("request_handoff", arguments, caller)


@pytest.mark.parametrize("reason", get_args(HandoffReason))
async def test_every_reason_of_the_event_is_accepted_with_its_summary(reason: str) -> None:
    outcome = await request_handoff(reason=reason, summary="Wants the boots exchanged.")
    assert outcome.result == {"reason": reason, "summary": "Wants the boots exchanged."}


async def test_a_summary_is_not_needed() -> None:
    assert (await request_handoff(reason="customer_asked")).result == {
        "reason": "customer_asked",
        "summary": "",
    }


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"reason": "bored"},
        {"reason": ["policy"]},
        {"reason": "policy", "summary": "x" * 1_001},
        {"reason": "policy", "summary": None},
        {"reason": "policy", "to": "mallory@example.com"},
    ],
)
async def test_other_reasons_long_summaries_and_further_arguments_are_refused(
    arguments: dict[str, Any],
) -> None:
    outcome = await request_handoff(**arguments)
    assert outcome.status == "refused"
    assert outcome.error
    assert outcome.error.code == "bad_arguments"
