"""What can be wrong with an article."""

from dataclasses import dataclass


class InvalidArticleError(Exception):
    """The article cannot be used; `line` (from 1) is where to look."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Why a file of the folder, or its newest version, is not searched. `file` is relative to the folder."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"
