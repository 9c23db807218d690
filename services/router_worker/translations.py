"""The bot's words in another language: one YAML file a language, keyed by where the English text stands."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Any, Self, TypeAlias

import yaml

from services.shared.errors import SetupError

TRANSLATIONS_DIR = Path(__file__).with_name("translations")

Words: TypeAlias = Mapping[str, Any]
"""Texts, lists of texts, and tables of both by name."""

Said: TypeAlias = str | Sequence[str]

# What customers say is a language's own: it stands beside the English, not in its place.
_HEARD = frozenset({"examples", "clues"})


@dataclass(frozen=True, kw_only=True)
class Translation:
    """One language's file. `lines` says where each key stands."""

    language: str
    path: Path
    words: Words
    lines: Mapping[str, int]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Raises SetupError naming file and line when the file cannot be read."""
        try:
            text = path.read_text(encoding="utf-8")
            node = yaml.compose(text, Loader=yaml.SafeLoader)
            words = yaml.safe_load(text)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise SetupError(f"{path}:{line}: is not YAML: {error.problem}") from None
        except (OSError, UnicodeDecodeError) as error:
            raise SetupError(f"{path}:1: cannot be read: {error}") from None
        if not isinstance(words, dict):
            raise SetupError(f"{path}:1: is not a table of texts")
        return cls(language=path.stem, path=path, words=words, lines=dict(_lines(node)))

    def of(self, english: Words) -> dict[str, Any]:
        """The English words, each in this language where there is a sound translation of it."""
        return _translated(english, self.words)

    def heard(self, *keys: str) -> tuple[str, ...]:
        """What customers say in this language, from the list at the end of `keys`."""
        found: Any = self.words
        for key in keys:
            found = found.get(key, ()) if isinstance(found, Mapping) else ()
        return tuple(found)

    def problems(self, english: Words) -> list[str]:
        """What is missing, left over or unlike the English, each beginning `file:line:`."""
        source, mine = dict(_flat(english)), dict(_flat(self.words))
        missing = [f"{self.path}:{self._line(key)}: {key} is missing" for key in source if key not in mine]
        left_over = [
            f"{self.path}:{self._line(key)}: {key} translates nothing" for key in mine if key not in source
        ]
        unlike = [
            f"{self.path}:{self._line(key)}: {key} must have the form and the {{names}} of the English text"
            for key in source
            if key in mine and not _sound(source[key], mine[key])
        ]
        return missing + left_over + unlike

    def _line(self, key: str) -> int:
        """The line of the key, or of the deepest table that should have it."""
        while key and key not in self.lines:
            key = key.rpartition(".")[0]
        return self.lines.get(key, 1)


def read_translations(directory: Path) -> tuple[Translation, ...]:
    """Every language of a folder."""
    return tuple(Translation.read(path) for path in sorted(directory.glob("*.yaml")))


def _translated(english: Words, words: Words) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, source in english.items():
        own = words.get(key)
        if isinstance(source, Mapping):
            result[key] = _translated(source, own if isinstance(own, Mapping) else {})
        else:
            result[key] = own if _sound(source, own) else source
    return result


def _sound(english: Said, own: object) -> bool:
    """Whether a text can stand for the English one: of its form, and with its placeholders."""
    if isinstance(english, str):
        return isinstance(own, str) and bool(own.strip()) and _placeholders(own) == _placeholders(english)
    return (
        isinstance(own, list)
        and len(own) == len(english)
        and all(_sound(source, text) for source, text in zip(english, own, strict=True))
    )


def _placeholders(text: str) -> frozenset[str] | None:
    try:
        return frozenset(field for _, field, _, _ in Formatter().parse(text) if field is not None)
    except ValueError:
        return None


def _flat(words: Words, above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in words.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{key}.")
        elif key not in _HEARD:
            yield f"{above}{key}", value


def _lines(node: yaml.Node | None, above: str = "") -> Iterator[tuple[str, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield f"{above}{key.value}", key.start_mark.line + 1
            yield from _lines(value, f"{above}{key.value}.")
