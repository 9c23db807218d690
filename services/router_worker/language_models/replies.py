"""The fixed texts of the offline model, read from replies.yaml."""

from pathlib import Path
from typing import Self

import yaml
from pydantic import BaseModel, ConfigDict

_PATH = Path(__file__).with_name("replies.yaml")


class _Texts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DateSentence(_Texts):
    """A date of an order, told while the order is in one of `statuses`, or always when there are none."""

    field: str
    text: str
    statuses: tuple[str, ...] = ()


class OrderTexts(_Texts):
    headline: str
    statuses: dict[str, str]
    unknown_status: str
    dates: tuple[DateSentence, ...]
    carrier: str
    tracking: str
    carried: tuple[str, ...]
    next_steps: dict[str, str]


class KnowledgeTexts(_Texts):
    see_also: str
    unknown: str


class Replies(_Texts):
    order: OrderTexts
    order_not_found: str
    knowledge: KnowledgeTexts
    tool_failed: str

    @classmethod
    def load(cls) -> Self:
        return cls.model_validate(yaml.safe_load(_PATH.read_text(encoding="utf-8")))
