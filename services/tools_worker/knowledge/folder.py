"""The files of the articles and of their questions: which there are, and their text."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from services.tools_worker.knowledge.problems import InvalidArticleError

LARGEST_FILE = 1024 * 1024
QUESTIONS = "questions/"


@dataclass(frozen=True, kw_only=True)
class KnowledgeFile:
    """A Markdown file of the folder: an article, or the questions of one.

    `stamp` changes whenever the content may have changed. `fault` says why the file must not be opened.
    """

    path: Path
    relative: str
    stamp: tuple[int, int, int] = (0, 0, 0)
    fault: str = ""

    @property
    def has_questions(self) -> bool:
        return self.relative.startswith(QUESTIONS)

    @property
    def article(self) -> str:
        """The article's path below the folder without its ending: the first part of its sections' ids."""
        return self.relative.removeprefix(QUESTIONS).removesuffix(".md")

    def read(self) -> str:
        """The text. Raises InvalidArticleError when there is none to be had."""
        if self.fault:
            raise InvalidArticleError(1, self.fault)
        try:
            with self.path.open("rb") as file:
                content = file.read(LARGEST_FILE + 1)
        except OSError as error:
            raise InvalidArticleError(1, f"cannot be read: {error.strerror}") from None
        return _text(content)


def knowledge_files(folder: Path) -> Iterator[KnowledgeFile]:
    """Every file below the folder, in the order of their paths.

    READMEs and hidden files and folders are passed over. Symbolic links are followed as long as they stay inside:
    a mounted Kubernetes ConfigMap consists of such links.
    """
    home = folder.resolve()
    for path in sorted(_markdown_paths(folder)):
        relative = path.relative_to(folder).as_posix()
        try:
            state = path.stat()
        except OSError as error:
            yield KnowledgeFile(path=path, relative=relative, fault=f"cannot be read: {error.strerror}")
            continue
        if not path.resolve().is_relative_to(home):
            fault = "is a link that leads out of the folder; put the file itself here"
        else:
            fault = "" if path.is_file() else "is not a regular file"
        stamp = (state.st_ino, state.st_mtime_ns, state.st_size)
        yield KnowledgeFile(path=path, relative=relative, stamp=stamp, fault=fault)


def _markdown_paths(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if name.endswith(".md") and not name.startswith(".") and name.casefold() != "readme.md":
                yield Path(place, name)


def _text(content: bytes) -> str:
    if len(content) > LARGEST_FILE:
        raise InvalidArticleError(1, f"is larger than {LARGEST_FILE // 1024} KiB; split it")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InvalidArticleError(line, "is not UTF-8; save it in that encoding") from None
    if "\0" in text:
        raise InvalidArticleError(
            text[: text.index("\0")].count("\n") + 1, "has a NUL character; is it a text file?"
        )
    return text
