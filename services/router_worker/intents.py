"""The intent catalogue: every intent, read from one YAML file each."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import ValidationError

from services.router_worker.intent import Intent, Slot
from services.shared.errors import SetupError

INTENTS_DIR = Path(__file__).with_name("intents")
OUT_OF_SCOPE = "out_of_scope"
NEVER_MIND = "never_mind"


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
    files: list[_IntentFile] = []
    intents: list[Intent] = []
    problems: list[str] = []
    for path in paths:
        try:
            files.append(_IntentFile.read(path))
        except _IntentFileError as error:
            problems += error.problems
    slots = {(file.path.stem, name): slot for file in files for name, slot in file.slots()}
    for file in files:
        try:
            intents.append(file.intent(slots))
        except _IntentFileError as error:
            problems += error.problems
    if not paths:
        problems.append(f"{directory}: has no .yaml file")
    elif OUT_OF_SCOPE not in {path.stem for path in paths}:
        problems.append(f"{directory}: needs {OUT_OF_SCOPE}.yaml, the answer to what no other intent covers")
    problems += _slot_conflicts(directory, intents)
    problems += _unknown_enquiries(directory, intents, {path.stem for path in paths})
    return tuple(intents), sorted(problems, key=lambda problem: problem.partition(":")[0])


def ambiguous_examples(intents: Iterable[Intent]) -> list[str]:
    """The examples that stand in several intents: each teaches the classifier two things at once."""
    owners: dict[str, list[str]] = {}
    for intent in intents:
        for example in dict.fromkeys(map(str.casefold, intent.examples)):
            owners.setdefault(example, []).append(intent.name)
    return [f"{example!r} is an example of {' and of '.join(of)}" for example, of in owners.items() if of[1:]]


class _IntentFileError(Exception):
    def __init__(self, *problems: str) -> None:
        super().__init__()
        self.problems = problems


@dataclass(frozen=True)
class _IntentFile:
    path: Path
    content: Any
    node: yaml.Node | None

    @classmethod
    def read(cls, path: Path) -> Self:
        try:
            text = path.read_text(encoding="utf-8")
            return cls(path, yaml.safe_load(text), yaml.compose(text, Loader=yaml.SafeLoader))
        except (OSError, UnicodeDecodeError) as error:
            raise _IntentFileError(f"{path}:1: cannot be read: {error}") from None
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise _IntentFileError(f"{path}:{line}: is not YAML: {error.problem}") from None

    def slots(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The slots written here, by name, whether they are sound or not."""
        written = self.content.get("slots") if isinstance(self.content, dict) else None
        for slot in written if isinstance(written, list) else ():
            if isinstance(slot, dict) and "name" in slot:
                yield str(slot["name"]), slot

    def intent(self, slots: Mapping[tuple[str, str], dict[str, Any]]) -> Intent:
        """The intent, `as_in` slots filled from the files that have them. Raises _IntentFileError."""
        intent = _validated(self.path, self.node, self._filled(slots))
        if intent.name != self.path.stem:
            raise _IntentFileError(
                f"{self.path}:1: name {intent.name} must be the file's name, {self.path.stem}"
            )
        return intent

    def _filled(self, slots: Mapping[tuple[str, str], dict[str, Any]]) -> Any:
        if not any("as_in" in slot for _, slot in self.slots()):
            return self.content
        filled = []
        for place, (name, slot) in enumerate(self.slots()):
            original = slots.get((str(slot["as_in"]), name), {}) if "as_in" in slot else {}
            if "as_in" in slot and (not original or "as_in" in original):
                line = _line_of(self.node, ("slots", place, "as_in"))
                raise _IntentFileError(f"{self.path}:{line}: {slot['as_in']}.yaml describes no slot {name}")
            filled.append({**original, **{key: value for key, value in slot.items() if key != "as_in"}})
        return {**self.content, "slots": filled}


def _validated(path: Path, node: yaml.Node | None, content: Any) -> Intent:
    try:
        return Intent.model_validate(content)
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


def _unknown_enquiries(directory: Path, intents: list[Intent], known: set[str]) -> list[str]:
    return [
        f"{directory / intent.name}.yaml:1: enquiry: there is no intent {intent.enquiry.intent}"
        for intent in intents
        if intent.enquiry is not None and intent.enquiry.intent not in known
    ]
