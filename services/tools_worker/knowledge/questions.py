"""What customers ask: the questions that each section answers, and those that no article answers.

The questions of `returns.md` stand in `questions/returns.md`, as lists below the same headings; those that no article
answers stand below a heading `Not answered here`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.tools_worker.knowledge.blocks import Block, blocks_of
from services.tools_worker.knowledge.outline import Part, parts
from services.tools_worker.knowledge.problems import InvalidArticleError
from services.tools_worker.knowledge.sections import Section

NOT_ANSWERED = "not answered here"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The questions of one section; `line` is that of its heading, from 1."""

    section_id: str
    line: int
    questions: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ArticleQuestions:
    """A file of questions."""

    asked: tuple[Asked, ...]
    unanswered: tuple[str, ...]


class Questions:
    """The questions of all files."""

    def __init__(self, files: Iterable[ArticleQuestions] = ()) -> None:
        kept = list(files)
        self.unanswered = tuple(question for file in kept for question in file.unanswered)
        self._of = {asked.section_id: asked.questions for file in kept for asked in file.asked}

    def of(self, section: Section) -> tuple[str, ...]:
        """Those that a section answers; the parts of a long one share them."""
        return self._of.get(section.whole_id, ())


def parse_questions(name: str, source: str) -> ArticleQuestions:
    """The questions of the article `name`. Raises InvalidArticleError with the line at fault."""
    blocks = list(blocks_of(source.replace("\r\n", "\n").replace("\r", "\n")))
    if not blocks or blocks[0].heading_level != 1:
        raise InvalidArticleError(1, "begin it with the title of the article, '# Title'")
    lists = [(part, _listed(part.blocks)) for part in parts(name, blocks) if part.blocks]
    return ArticleQuestions(
        asked=tuple(
            Asked(section_id=part.section_id, line=part.begin + 1, questions=questions)
            for part, questions in lists
            if not _is_beyond(part)
        ),
        unanswered=tuple(question for part, questions in lists if _is_beyond(part) for question in questions),
    )


def _is_beyond(part: Part) -> bool:
    return bool(part.headings) and part.headings[-1].casefold() == NOT_ANSWERED


def _listed(blocks: Sequence[Block]) -> tuple[str, ...]:
    stray = next((block for block in blocks if not block.is_list), None)
    if stray:
        raise InvalidArticleError(stray.begin + 1, "is no list; begin each question with '- '")
    return tuple(question for block in blocks for question in block.words.split("\n") if question)
