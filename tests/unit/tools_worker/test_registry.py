import asyncio
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import orjson
import pytest
from pydantic import BaseModel

from services.shared import events
from services.tools_worker.registry import LARGEST_RESULT, TOOLS, Outcome, Registry, tools_json
from services.tools_worker.tools.knowledge_search import KnowledgeSearch
from services.tools_worker.tools.tool import Arguments, Caller, RefusedError, ToolSpec

CALLER = Caller(conversation_id="c1", tool_call_id="call-1", customer_id=None)
TOOLS_JSON = Path(events.__file__).with_name("tools.json")


class EchoArguments(Arguments):
    text: str
    times: int = 1


class EchoResult(BaseModel):
    text: str
    nothing: str | None = None


@dataclass(frozen=True, kw_only=True)
class Echo:
    spec: ClassVar[ToolSpec] = ToolSpec(
        name="echo",
        description="Says it again.",
        effect="read",
        arguments=EchoArguments,
        timeout=timedelta(seconds=0.05),
    )

    async def run(self, args: EchoArguments, caller: Caller) -> EchoResult:
        if args.text == "stuck":
            await asyncio.Event().wait()
        if args.text == "no":
            raise RefusedError("not_that", "Not that.")
        return EchoResult(text=f"{args.text}{caller.customer_id or ''}" * args.times)


async def call(name: str, arguments: dict[str, Any], caller: Caller = CALLER) -> Outcome:
    return await Registry([Echo()]).call(name, arguments, caller)


def code(outcome: Outcome) -> str:
    assert outcome.error
    return outcome.error.code


async def test_a_known_tool_with_good_arguments_gives_its_result() -> None:
    assert await call("echo", {"text": "hi", "times": 2}) == Outcome(status="ok", result={"text": "hihi"})


async def test_an_unknown_tool_is_refused_with_the_names_of_those_there_are() -> None:
    outcome = await call("delete_everything", {})
    assert (outcome.status, code(outcome)) == ("refused", "unknown_tool")
    assert "echo" in str(outcome.error)


@pytest.mark.parametrize(
    "arguments", [{}, {"text": 3}, {"text": "a", "times": "2"}, {"text": "a", "customer_id": "cus_ada"}]
)
async def test_missing_wrong_and_extra_arguments_are_refused(arguments: dict[str, Any]) -> None:
    outcome = await call("echo", arguments)
    assert (outcome.status, code(outcome)) == ("refused", "bad_arguments")


async def test_the_refusal_of_arguments_names_them_and_does_not_repeat_their_values() -> None:
    outcome = await call("echo", {"text": "a", "times": "secret"})
    assert outcome.error
    assert outcome.error.message.startswith("times: ")
    assert "secret" not in outcome.error.message


async def test_the_caller_comes_from_the_call_and_not_from_the_arguments() -> None:
    caller = Caller(conversation_id="c1", tool_call_id="call-1", customer_id="cus_ada")
    outcome = await call("echo", {"text": "for "}, caller)
    assert outcome.result == {"text": "for cus_ada"}


async def test_a_tool_may_refuse_with_a_code_of_its_own() -> None:
    outcome = await call("echo", {"text": "no"})
    assert (outcome.status, code(outcome)) == ("refused", "not_that")


async def test_a_tool_that_is_stuck_fails_after_its_time() -> None:
    outcome = await call("echo", {"text": "stuck"})
    assert (outcome.status, code(outcome), outcome.passing) == ("failed", "tool_timeout", False)


async def test_a_result_that_is_too_large_fails_and_is_not_passed_on() -> None:
    outcome = await call("echo", {"text": "x", "times": LARGEST_RESULT})
    assert (outcome.status, code(outcome), outcome.result) == ("failed", "result_too_large", None)


def test_what_the_router_tells_models_of_the_tools_is_up_to_date() -> None:
    assert TOOLS_JSON.read_bytes() == tools_json(), "run: python -m services.tools_worker.registry > " + str(
        TOOLS_JSON
    )


def test_every_tool_forbids_arguments_that_it_does_not_declare() -> None:
    described = orjson.loads(tools_json())
    assert [tool["name"] for tool in described] == [tool.spec.name for tool in TOOLS]
    assert all(tool["parameters"]["additionalProperties"] is False for tool in described)
    assert KnowledgeSearch.spec.effect == "read"
