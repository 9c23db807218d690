"""What a tool is."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, Literal, Protocol

from pydantic import BaseModel, ConfigDict


class Arguments(BaseModel):
    """Base of every tool's arguments: exact types, nothing beyond what is declared."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


@dataclass(frozen=True, kw_only=True)
class Caller:
    """On whose behalf a tool runs, and in which call. It comes from the event, never from the arguments.

    `customer_id` is None for a guest.
    """

    conversation_id: str
    tool_call_id: str
    customer_id: str | None


@dataclass(frozen=True, kw_only=True)
class ToolSpec:
    """What callers know of a tool. `effect` is `write` when it changes anything outside of this system."""

    name: str
    description: str
    effect: Literal["read", "write"]
    arguments: type[Arguments]
    timeout: timedelta = timedelta(seconds=5)


class Tool(Protocol):
    """A tool with its collaborators, ready to run."""

    spec: ClassVar[ToolSpec]

    async def run(self, args: Any, caller: Caller) -> BaseModel:
        """The result. Raises RefusedError when the answer is no, UnavailableError when it could not ask."""
        ...


class RefusedError(Exception):
    """The tool ran and says no; `code` is for programs, `message` for the model and the customer.

    `wait`: it says no only for so long.
    """

    def __init__(self, code: str, message: str, *, wait: timedelta | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.wait = wait


class UnavailableError(Exception):
    """What the tool asks cannot be reached just now; `code` says which."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
