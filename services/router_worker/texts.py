"""The bot's own words outside the intents, read from one file."""

from pathlib import Path
from typing import Self

import yaml
from pydantic import BaseModel, ConfigDict

TEXTS = Path(__file__).with_name("texts.yaml")


class Texts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    handoff: str
    unresolved: str
    nobody_there: str
    offer: str
    unknown_value: str
    reminder: str
    left_out: str
    other_questions: str
    contact_left: str
    contact_declined: str
    apology: str
    withheld: str
    withheld_handoff: str
    statuses: dict[str, str]

    @classmethod
    def load(cls, path: Path = TEXTS) -> Self:
        return cls.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))

    def status(self, doing: str) -> str:
        """What the customer sees while the bot is at a stage or a tool."""
        return self.statuses.get(doing, self.statuses["other"])
