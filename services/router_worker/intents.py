"""The intent catalogue: what customers want and what follows from it, read from one YAML file an intent."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from services.shared.errors import SetupError

INTENTS_DIR = Path(__file__).with_name("intents")
OUT_OF_SCOPE = "out_of_scope"


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

    A value in `certain` form counts wherever it stands. Any other match of `pattern` counts when the bot
    has just asked for the slot, or when a word that begins like one of `clues` stands near. After a word of
    `not_after`, or before one of `not_before`, it is something else: an amount, a date, an invoice's number.
    """

    name: Name
    description: Text
    required: bool = True
    pattern: Pattern
    certain: Pattern | None = None
    clues: tuple[Text, ...] = ()
    not_after: tuple[Text, ...] = ()
    not_before: tuple[Text, ...] = ()
    number_words: bool = Field(default=False, description="Read spoken numbers: one oh four three")
    normalise: tuple[Literal["upper", "lower", "compact"], ...] = ()
    question: Text
    invalid_reply: Text


class Intent(_Data):
    """What a customer may want.

    `reply` is what the offline model says when there is no tool result to answer from; several texts take turns.
    `closing` follows an answer quoted from the knowledge base.
    """

    name: Name
    description: Text
    examples: tuple[Text, ...] = ()
    slots: tuple[Slot, ...] = ()
    action: Literal["answer", "call_tool", "handoff"] = "answer"
    tool: Name | None = None
    arguments: dict[str, str | int | float | bool] = Field(default_factory=dict)
    reply: tuple[Text, ...] = Field(min_length=1)
    closing: Text | None = None
    drops_question: bool = Field(default=False, description="The bot's open question is given up")

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if (self.action == "call_tool") != (self.tool is not None):
            raise ValueError("a tool belongs to the action call_tool, and to no other")
        if self.arguments and self.tool is None:
            raise ValueError("arguments need a tool")
        known = {"text", *(slot.name for slot in self.slots)}
        for argument, template in self.arguments.items():
            if unknown := _fields_of(template) - known:
                raise ValueError(
                    f"argument {argument}: {sorted(unknown)} is neither a slot of this intent nor text"
                )
        return self

    @property
    def required_slots(self) -> tuple[Slot, ...]:
        return tuple(slot for slot in self.slots if slot.required)

    def arguments_for(self, *, text: str, slots: Mapping[str, str]) -> dict[str, Any]:
        """The tool's arguments from the text and the slots; an argument of an empty slot is left out.

        A slot's value is taken out of `{text}`: an order's number is no part of a question.
        """
        values = {"text": _without(text, slots.values()), **slots}
        return {
            argument: template.format_map(values) if isinstance(template, str) else template
            for argument, template in self.arguments.items()
            if _fields_of(template) <= values.keys()
        }


class IntentCatalogue:
    """Every intent by its name, in the order of the files' names."""

    def __init__(self, intents: tuple[Intent, ...]) -> None:
        self._intents = {intent.name: intent for intent in intents}

    @classmethod
    def load(cls, directory: Path = INTENTS_DIR) -> Self:
        """The catalogue of a folder. Raises SetupError naming file and line of everything that is wrong."""
        intents, problems = read_intents(directory)
        if problems:
            raise SetupError("intents are wrong: " + "; ".join(problems))
        return cls(intents)

    def get(self, name: str) -> Intent:
        """The intent of this name. Raises KeyError when there is none."""
        return self._intents[name]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._intents)

    @property
    def slots(self) -> dict[str, Slot]:
        """Every slot of every intent by its name."""
        return {slot.name: slot for intent in self for slot in intent.slots}

    def __iter__(self) -> Iterator[Intent]:
        return iter(self._intents.values())

    def __contains__(self, name: object) -> bool:
        return name in self._intents

    def __len__(self) -> int:
        return len(self._intents)


def read_intents(directory: Path) -> tuple[tuple[Intent, ...], list[str]]:
    """The intents of a folder, and what is wrong with it, each problem beginning `file:line:`."""
    paths = sorted(directory.glob("*.yaml"))
    intents: list[Intent] = []
    problems: list[str] = []
    for path in paths:
        try:
            intent = _read_intent(path)
        except _IntentFileError as error:
            problems += error.problems
        else:
            intents.append(intent)
            if intent.name != path.stem:
                problems.append(f"{path}:1: name {intent.name} must be the file's name, {path.stem}")
    if not paths:
        problems.append(f"{directory}: has no .yaml file")
    elif OUT_OF_SCOPE not in {path.stem for path in paths}:
        problems.append(f"{directory}: needs {OUT_OF_SCOPE}.yaml, the answer to what no other intent covers")
    return tuple(intents), problems + _slot_conflicts(directory, intents)


class _IntentFileError(Exception):
    def __init__(self, *problems: str) -> None:
        super().__init__()
        self.problems = problems


def _read_intent(path: Path) -> Intent:
    try:
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        return Intent.model_validate(yaml.safe_load(text))
    except (OSError, UnicodeDecodeError) as error:
        raise _IntentFileError(f"{path}:1: cannot be read: {error}") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise _IntentFileError(f"{path}:{line}: is not YAML: {error.problem}") from None
    except ValidationError as error:
        raise _IntentFileError(
            *(
                f"{path}:{_line_of(node, problem['loc'])}: {_dotted(problem['loc'])}{problem['msg']}"
                for problem in error.errors(include_input=False, include_url=False)
            )
        ) from None


def _dotted(location: tuple[int | str, ...]) -> str:
    dotted = ".".join(str(part) for part in location)
    return f"{dotted}: " if dotted else ""


def _line_of(node: yaml.Node | None, location: tuple[int | str, ...]) -> int:
    """The line of the deepest part of `location` that the file has."""
    line = 1
    for part in location:
        if isinstance(node, yaml.MappingNode):
            key, node = next(((key, value) for key, value in node.value if key.value == part), (None, None))
            line = key.start_mark.line + 1 if key else line
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line


def _slot_conflicts(directory: Path, intents: list[Intent]) -> list[str]:
    """Slots are the conversation's, not an intent's: one name has one meaning."""
    seen: dict[str, tuple[Intent, Slot]] = {}
    problems = []
    for intent in intents:
        for slot in intent.slots:
            first, known = seen.setdefault(slot.name, (intent, slot))
            if known.pattern != slot.pattern:
                file = directory / f"{intent.name}.yaml"
                problems.append(f"{file}:1: slot {slot.name} has another pattern than in {first.name}.yaml")
    return problems


def _without(text: str, values: Iterable[str]) -> str:
    """`text` without the words that are one of `values`; unchanged if nothing else would be left."""
    taken = {value.casefold() for value in values}
    rest = " ".join(word for word in text.split() if word.strip("#.,;:!?()").casefold() not in taken)
    return rest or text


def _fields_of(template: object) -> set[str]:
    if not isinstance(template, str):
        return set()
    return {field for _, field, _, _ in Formatter().parse(template) if field is not None}
