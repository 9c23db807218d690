"""The fixed texts of the offline model, read from replies.yaml."""

from pathlib import Path
from typing import Self

import yaml
from pydantic import BaseModel, ConfigDict, Field

_PATH = Path(__file__).with_name("replies.yaml")


class _Texts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OrderTexts(_Texts):
    headline: str
    statuses: dict[str, str]
    unknown_status: str
    dates: dict[str, str]
    carrier: str
    tracking: str
    next_steps: dict[str, str]


class OrdersTexts(_Texts):
    """A list of orders, newest first; `line` is each of them, `more` those that it leaves out."""

    headline: str
    line: str
    more: str
    none: str


class DateTexts(_Texts):
    """How a date is written. The week begins on Monday."""

    form: str
    weekdays: tuple[str, ...] = Field(min_length=7, max_length=7)
    months: tuple[str, ...] = Field(min_length=12, max_length=12)


class WaitTexts(_Texts):
    """For how long something is to be waited for; `unknown` where nobody has said."""

    minute: str
    minutes: str
    hours: str
    unknown: str


class KnowledgeTexts(_Texts):
    see_also: str
    unknown: str


class Replies(_Texts):
    order: OrderTexts
    orders: OrdersTexts
    date: DateTexts
    refusals: dict[str, str]
    wait: WaitTexts
    knowledge: KnowledgeTexts
    tool_failed: str

    @classmethod
    def load(cls) -> Self:
        return cls.model_validate(yaml.safe_load(_PATH.read_text(encoding="utf-8")))
