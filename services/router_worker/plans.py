"""What a turn may do next."""

from dataclasses import dataclass
from typing import Any, TypeAlias

from services.shared.events import HandoffReason


@dataclass(frozen=True, kw_only=True)
class Ask:
    """Ask the customer for a value, or tell them what is known about one, in the bot's own words."""

    text: str


@dataclass(frozen=True, kw_only=True)
class UseTool:
    """Have a tool called and wait for its result."""

    tool: str
    arguments: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Reply:
    """Have the model write the reply."""


@dataclass(frozen=True, kw_only=True)
class HandOff:
    """Bring in a person. `summary` is what the model says they should know; `wanted`: the customer asked for it."""

    reason: HandoffReason
    wanted: bool = False
    summary: str = ""


Plan: TypeAlias = Ask | UseTool | Reply | HandOff
