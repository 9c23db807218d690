"""The shop's articles, searchable, and kept as they are on disk."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Self

import structlog

from services.shared.errors import SetupError
from services.tools_worker.knowledge.contents import Contents
from services.tools_worker.knowledge.excerpts import snippet, truncate
from services.tools_worker.knowledge.fusion import FusedIndex
from services.tools_worker.knowledge.problems import Problem
from services.tools_worker.knowledge.search import Found, SectionIndex
from services.tools_worker.knowledge.sections import Section
from services.tools_worker.knowledge.terms import Terms, languages
from services.tools_worker.knowledge.vectors import SectionVectors, SentenceModel

LONGEST_TEXT = 1_600
LONGEST_SNIPPET = 240
RELOAD_EVERY = timedelta(seconds=2)
# Beyond that the vectors take minutes to make, and a search takes long.
MOST_SECTIONS_BY_MEANING = 1_000

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A section that answers a question: its text up to a length, and the passage that matches best."""

    section: Section
    score: float
    text: str
    truncated: bool
    snippet: str


class KnowledgeBase:
    """A folder of articles. A search sees one state of it; `reload` replaces that state as a whole.

    It is searched by words, and by meaning too from `take_in_meaning` to the next change.
    """

    def __init__(self, folder: Path, terms: Terms, model: SentenceModel | None = None) -> None:
        self._contents = Contents(folder)
        self._terms = terms
        self._model = model
        self._by_words = SectionIndex([], terms)
        self._index: SectionIndex | FusedIndex = self._by_words

    @classmethod
    def load(cls, folder: Path, language: str = "english", model: SentenceModel | None = None) -> Self:
        """The articles of a folder. Raises SetupError when it is none, or for an unknown language."""
        if language not in languages():
            raise SetupError(f"KNOWLEDGE_LANGUAGE is {language!r}; use one of {', '.join(languages())}")
        if not folder.is_dir():
            raise SetupError(f"KNOWLEDGE_DIR is {folder}, which is not a folder")
        knowledge = cls(folder, Terms(language), model)
        knowledge.reload()
        return knowledge

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Which files, or newest versions of files, or questions in them, are not used, and why."""
        return self._contents.problems

    @property
    def sections(self) -> tuple[Section, ...]:
        """Every section that can be found, in the order of the files."""
        return self._contents.sections

    @property
    def by_meaning(self) -> bool:
        """Whether it is searched by meaning, too."""
        return isinstance(self._index, FusedIndex)

    def search(self, query: str, top_k: int = 5) -> list[Hit]:
        """The sections that answer a question, best first; none when the articles do not."""
        return self._hits(query, self._index.search(query, top_k))

    def rank(self, query: str, top_k: int = 10) -> list[Hit]:
        """The sections that have most of a query, whether they answer it or not: to see why, and to measure."""
        return self._hits(query, self._index.rank(query, top_k))

    def reload(self) -> bool:
        """Take in what has changed on disk; False when nothing has.

        A file whose newest version is invalid keeps the last valid one, and so does a folder that is gone.
        """
        if not self._contents.read():
            return False
        self._index = self._by_words = SectionIndex(
            self._contents.articles, self._terms, self._contents.questions
        )
        return True

    def take_in_meaning(self) -> None:
        """Search by meaning as well, where there is a model and most sections name questions; takes seconds.

        Without such questions words alone find more, and know better what they do not find: docs/decisions/0007.
        """
        contents = self._contents
        sections, questions = contents.sections, contents.questions
        with_questions = sum(bool(questions.of(section)) for section in sections)
        if self._model and len(sections) <= MOST_SECTIONS_BY_MEANING and with_questions > len(sections) / 2:
            by_meaning = SectionVectors(contents.articles, questions, self._model)
            self._index = FusedIndex(self._by_words, by_meaning)

    async def watch(self, every: timedelta = RELOAD_EVERY) -> None:
        """Reload whenever the folder has changed, and tell the log, until cancelled."""
        changed = True
        try:
            while True:
                if changed:
                    self._report()
                    await asyncio.to_thread(self.take_in_meaning)
                await asyncio.sleep(every.total_seconds())
                changed = await asyncio.to_thread(self.reload)
        finally:
            if self._model:
                self._model.stopped.set()

    def _hits(self, query: str, found: Sequence[Found]) -> list[Hit]:
        wanted = frozenset(self._terms.of(query))
        return [self._hit(each, wanted) for each in found]

    def _hit(self, found: Found, wanted: frozenset[str]) -> Hit:
        section = found.section
        text, truncated = truncate(section.text, LONGEST_TEXT)
        matches = tuple(self._terms.places(section.plain, wanted))
        passage = snippet(section.plain, matches, LONGEST_SNIPPET)
        return Hit(section=section, score=found.score, text=text, truncated=truncated, snippet=passage)

    def _report(self) -> None:
        log.info("knowledge loaded", articles=len(self._contents.articles), sections=len(self.sections))
        for problem in self.problems:
            log.warning("not used in its newest version", problem=str(problem))
