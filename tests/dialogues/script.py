"""Scripted conversations as their files have them."""

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from services.shared.events import HandoffReason

FOLDER = Path(__file__).parent


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ExpectedCall(_Data):
    """A tool call; `arguments` are those that matter, compared by value."""

    tool: str
    arguments: dict[str, Any] = {}


class Line(_Data):
    """What the customer says, a list being a burst of messages, and what must be true of the turn.

    What is not given is not looked at. `calls`, `handoff`, `offers`, `asks` and `contact` may be given as empty:
    then there must be none.
    """

    say: str | tuple[str, ...]
    intent: str | None = None
    contains: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    calls: tuple[ExpectedCall, ...] | None = None
    asks: str | None = None
    handoff: HandoffReason | Literal[""] | None = None
    offers: HandoffReason | Literal[""] | None = None
    contact: str | None = None
    cites: Annotated[tuple[str, ...], Field(description="Beginnings of section ids")] | bool | None = None

    @property
    def messages(self) -> tuple[str, ...]:
        return (self.say,) if isinstance(self.say, str) else self.say


class Dialogue(_Data):
    """One conversation. `customer` is a signed-in demo customer; without one it is a guest's."""

    name: str
    customer: str | None = None
    language: str | None = None
    people_available: bool = False
    orders_down: bool = False
    turns: Annotated[tuple[Line, ...], Field(min_length=1)]


class Script(BaseModel):
    """The dialogues of one class, named by their file."""

    model_config = ConfigDict(frozen=True)

    title: str
    dialogues: tuple[Dialogue, ...]


def load_scripts(folder: Path = FOLDER) -> tuple[Script, ...]:
    """Every file of the folder. Raises pydantic.ValidationError for what is no dialogue."""
    return tuple(
        Script.model_validate({"title": path.stem, "dialogues": yaml.safe_load(path.read_text("utf-8"))})
        for path in sorted(folder.glob("*.yaml"))
    )
