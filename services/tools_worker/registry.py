"""The tools there are, and no others: what is asked of one is checked, what it answers is bounded.

`python -m services.tools_worker.registry > services/shared/tools.json` writes what the router tells a model.
"""

import asyncio
import math
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, Self

import orjson
from pydantic import BaseModel, ValidationError

from services.shared.events import ToolError
from services.tools_worker.tools.get_order import GetOrder
from services.tools_worker.tools.knowledge_search import KnowledgeSearch
from services.tools_worker.tools.list_my_orders import ListMyOrders
from services.tools_worker.tools.request_handoff import RequestHandoff
from services.tools_worker.tools.tool import Arguments, Caller, RefusedError, Tool, ToolSpec, UnavailableError

TOOLS: tuple[type[Tool], ...] = (GetOrder, ListMyOrders, KnowledgeSearch, RequestHandoff)
LARGEST_RESULT = 8 * 1024


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a call ended; the fields are those of ToolCompleted. `passing`: another try may well succeed."""

    status: Literal["ok", "refused", "failed"]
    result: dict[str, Any] | None = None
    error: ToolError | None = None
    passing: bool = False

    @classmethod
    def refused(cls, code: str, message: str, *, wait: timedelta | None = None) -> Self:
        seconds = None if wait is None else math.ceil(wait.total_seconds())
        error = ToolError(code=code, message=message, retry_after_seconds=seconds)
        return cls(status="refused", error=error)

    @classmethod
    def failed(cls, code: str, message: str, *, passing: bool = False) -> Self:
        return cls(status="failed", error=ToolError(code=code, message=message), passing=passing)


class Registry:
    """The tools of this process by their names."""

    def __init__(self, tools: Iterable[Tool]) -> None:
        self._tools = {tool.spec.name: tool for tool in tools}

    def knows(self, name: str) -> bool:
        return name in self._tools

    async def call(self, name: str, arguments: dict[str, Any], caller: Caller) -> Outcome:
        """Run a tool for a caller. Raises only what a tool raises unforeseen."""
        tool = self._tools.get(name)
        if tool is None:
            return Outcome.refused(
                "unknown_tool", f"There is no such tool; there are {', '.join(self._tools)}."
            )
        try:
            checked = tool.spec.arguments.model_validate(arguments)
        except ValidationError as error:
            return Outcome.refused("bad_arguments", _explain(error))
        return await _run(tool, checked, caller)


async def _run(tool: Tool, checked: Arguments, caller: Caller) -> Outcome:
    limit = tool.spec.timeout.total_seconds()
    try:
        async with asyncio.timeout(limit):
            return _bounded(await tool.run(checked, caller))
    except RefusedError as error:
        return Outcome.refused(error.code, error.message, wait=error.wait)
    except UnavailableError as error:
        return Outcome.failed(error.code, error.message, passing=True)
    except TimeoutError:
        return Outcome.failed("tool_timeout", f"{tool.spec.name} took longer than {limit:g} s.")


def _bounded(result: BaseModel) -> Outcome:
    fields = result.model_dump(mode="json", exclude_none=True)
    if len(orjson.dumps(fields)) > LARGEST_RESULT:
        return Outcome.failed("result_too_large", f"The result is larger than {LARGEST_RESULT // 1024} KiB.")
    return Outcome(status="ok", result=fields)


def _explain(error: ValidationError) -> str:
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in problems)[:500]


def describe(spec: ToolSpec) -> dict[str, Any]:
    """A tool as a model is told of it; `parameters` is a JSON schema."""
    schema = _without_titles(spec.arguments.model_json_schema())
    return {"name": spec.name, "description": spec.description, "effect": spec.effect, "parameters": schema}


def tools_json() -> bytes:
    """The text of `services/shared/tools.json`."""
    return orjson.dumps([describe(tool.spec) for tool in TOOLS], option=orjson.OPT_INDENT_2) + b"\n"


def _without_titles(schema: dict[str, Any]) -> dict[str, Any]:
    properties = {name: {**field} for name, field in schema["properties"].items()}
    for field in properties.values():
        field.pop("title", None)
    return {**{key: value for key, value in schema.items() if key != "title"}, "properties": properties}


if __name__ == "__main__":
    sys.stdout.buffer.write(tools_json())
