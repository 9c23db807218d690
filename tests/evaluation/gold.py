"""The files of questions with their answers, and how good each kind of comparing texts has to be on them."""

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "gold"


@dataclass(frozen=True, kw_only=True)
class GoldSet:
    """A file of questions, and for each kind the least share that must be right of two:

    of the questions that are to be answered, and of those that are to be told from them.
    """

    file: str
    title: str
    by_words: tuple[float, float]
    by_meaning: tuple[float, float]

    @property
    def path(self) -> Path:
        return FOLDER / self.file
