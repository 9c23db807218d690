"""An intent: what customers may want, and what follows from it."""

import re
from collections.abc import Container, Iterable, Mapping
from string import Formatter
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from services.shared.events import HandoffReason


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"is not a regular expression: {error}") from None
    return pattern


Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Pattern = Annotated[str, Field(min_length=1), AfterValidator(_compiles)]
Text = Annotated[str, Field(min_length=1)]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Slot(_Data):
    """A value that an intent needs, and how it is recognised in a customer's words.

    `required`: whether it is asked for; `for_guests` only of a customer who is not signed in, once the slots
    before it are known, and never told of one who is. A slot that is not required counts when the customer gives
    it, or speaks of what it stands for ("can I still cancel it?").

    A value in `certain` form counts wherever it stands. Any other match of `pattern` counts when the bot
    has just asked for the slot, or when a word that begins like one of `clues` stands near. After a word of
    `not_after`, or before one of `not_before`, it is something else: an amount, a date, an invoice's number. There
    `*` stands for any word: 1042 * street.
    """

    name: Name
    description: Text
    required: Literal[True, False, "for_guests"] = True
    pattern: Pattern
    certain: Pattern | None = None
    clues: tuple[Text, ...] = ()
    not_after: tuple[Text, ...] = ()
    not_before: tuple[Text, ...] = ()
    number_words: bool = Field(default=False, description="Read spoken numbers: one oh four three")
    normalise: tuple[Literal["upper", "lower", "compact"], ...] = ()
    question: Text
    invalid_reply: Text
    refused_reply: Text | None = Field(
        default=None,
        description="What is said, with the offer of a person, when the customer has or gives none",
    )


class Lookup(_Data):
    """A tool call that comes before the intent's own, once the slots that its arguments name are known.

    `offers`: why a person is offered after an answer for which it was called.
    """

    tool: Name
    arguments: dict[str, str | int | float | bool] = Field(min_length=1)
    offers: HandoffReason | None = None


class Enquiry(_Data):
    """Words that ask about what an intent stands for and do not want it: `intent` answers them."""

    pattern: Pattern
    intent: Name


class Intent(_Data):
    """What a customer may want.

    `reply` is what the offline model says when there is no tool result to answer from; several texts take turns.
    `closing` follows an answer quoted from the knowledge base. `look_up` is called before `tool`. After the answer
    a person is offered when `offers` says why.
    """

    name: Name
    description: Text
    examples: tuple[Text, ...] = ()
    slots: tuple[Slot, ...] = ()
    action: Literal["answer", "call_tool", "handoff"] = "answer"
    tool: Name | None = None
    arguments: dict[str, str | int | float | bool] = Field(default_factory=dict)
    look_up: Lookup | None = None
    offers: HandoffReason | None = None
    reply: tuple[Text, ...] = Field(min_length=1)
    closing: Text | None = None
    enquiry: Enquiry | None = None
    drops_question: bool = Field(default=False, description="The bot's open question is given up")
    refuses_question: bool = Field(
        default=False, description="The customer does not have what the bot asks for, or does not tell it"
    )

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if (self.action == "call_tool") != (self.tool is not None):
            raise ValueError("a tool belongs to the action call_tool, and to no other")
        if self.arguments and self.tool is None:
            raise ValueError("arguments need a tool")
        known = {slot.name for slot in self.slots}
        self._check_arguments(self.arguments, known | {"text"})
        if self.look_up is not None:
            self._check_arguments(self.look_up.arguments, known)
        return self

    def _check_arguments(self, arguments: Mapping[str, object], known: set[str]) -> None:
        for argument, template in arguments.items():
            if unknown := _fields_of(template) - known:
                raise ValueError(
                    f"argument {argument}: {sorted(unknown)} is neither a slot of this intent nor text"
                )

    def missing(self, known: Container[str], *, guest: bool) -> Slot | None:
        """The next slot to ask for; None when nothing is missing."""
        before_known = True
        for slot in self.slots:
            if slot.name in known:
                continue
            if slot.required is True or (slot.required == "for_guests" and guest and before_known):
                return slot
            before_known = before_known and slot.required is not False
        return None

    def arguments_for(self, *, text: str, slots: Mapping[str, str]) -> dict[str, Any]:
        """The tool's arguments from the text and the slots; an argument of an empty slot is left out.

        A slot's value is taken out of `{text}`: an order's number is no part of a question.
        """
        return _filled(self.arguments, {"text": _without(text, slots.values()), **slots})

    def look_up_arguments(self, slots: Mapping[str, str]) -> dict[str, Any] | None:
        """The arguments of the call that comes first; None when there is nothing to look up."""
        if self.look_up is None:
            return None
        named = set().union(*map(_fields_of, self.look_up.arguments.values()))
        needed = {slot.name for slot in self.slots if slot.required != "for_guests"} & named
        return _filled(self.look_up.arguments, slots) if needed <= slots.keys() else None


def _without(text: str, values: Iterable[str]) -> str:
    """`text` without the words that are one of `values`; unchanged if nothing else would be left."""
    taken = {value.casefold() for value in values}
    rest = " ".join(word for word in text.split() if word.strip("#.,;:!?()").casefold() not in taken)
    return rest or text


def _filled(arguments: Mapping[str, object], values: Mapping[str, str]) -> dict[str, Any]:
    return {
        argument: template.format_map(values) if isinstance(template, str) else template
        for argument, template in arguments.items()
        if _fields_of(template) <= values.keys()
    }


def _fields_of(template: object) -> set[str]:
    if not isinstance(template, str):
        return set()
    return {field for _, field, _, _ in Formatter().parse(template) if field is not None}
