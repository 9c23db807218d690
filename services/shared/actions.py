"""Changes that are made only when the customer says so: of exactly these arguments, in time, and once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

LIFETIME_MS = 300_000


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A tool call that the customer may confirm within the lifetime, by the server's clock."""

    action_id: str
    tool: str
    arguments: Mapping[str, Any]
    lifetime_ms: int = LIFETIME_MS

    def to_json(self) -> str:
        """What is kept of it until the answer, beside its id."""
        fields = {"action_id": self.action_id, "tool": self.tool, "arguments": self.arguments}
        return orjson.dumps(fields).decode()


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the customer said to a proposal, with the tool call as it was proposed."""

    action_id: str
    tool: str
    arguments: Mapping[str, Any]
    confirmed: bool

    @classmethod
    def to(cls, proposal: str, *, confirmed: bool) -> "Answer":
        """The answer to a proposal as it was kept."""
        return cls(**orjson.loads(proposal), confirmed=confirmed)
