"""The optional YAML block at the beginning of an article, between two lines of `---`."""

from dataclasses import dataclass
from typing import Any

import yaml

from services.tools_worker.knowledge.problems import InvalidArticleError


@dataclass(frozen=True, kw_only=True)
class FrontMatter:
    title: str = ""
    keywords: tuple[str, ...] = ()


def split_front_matter(source: str) -> tuple[FrontMatter, str, int]:
    """The front matter, the text after it, and how many lines came before that text.

    A first line `---` without a second one is a rule in the text, as in any Markdown. Keys that are not ours are
    left alone: the folder may serve other programs as well.
    """
    lines = source.split("\n")
    if lines[0].rstrip() != "---":
        return FrontMatter(), source, 0
    end = next(
        (number for number, line in enumerate(lines[1:], start=1) if line.rstrip() in {"---", "..."}), None
    )
    if end is None:
        return FrontMatter(), source, 0
    fields = _mapping("\n".join(lines[1:end]))
    matter = FrontMatter(
        title=_title(fields.get("title", "")), keywords=_keywords(fields.get("keywords", []))
    )
    return matter, "\n".join(lines[end + 1 :]), end + 1


def _mapping(text: str) -> dict[str, Any]:
    try:
        fields = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 2 if mark else 1
        raise InvalidArticleError(line, f"front matter is not YAML: {error.problem}") from None
    except yaml.YAMLError:
        raise InvalidArticleError(1, "front matter is not YAML") from None
    if fields is None:
        return {}
    if not isinstance(fields, dict):
        raise InvalidArticleError(1, "front matter must be lines of 'key: value'")
    return fields


def _title(value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidArticleError(1, "front matter: title must be text; put it in quotes")
    return value.strip()


def _keywords(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise InvalidArticleError(
            1, "front matter: keywords must be a list of words, as in [parcel, package]"
        )
    return tuple(value)
