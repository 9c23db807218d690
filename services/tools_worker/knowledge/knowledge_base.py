"""The shop's articles, searchable, and kept as they are on disk."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Self

import structlog

from services.shared.errors import SetupError
from services.tools_worker.knowledge.excerpts import snippet, truncate
from services.tools_worker.knowledge.folder import ArticleFile, article_files
from services.tools_worker.knowledge.fusion import FusedIndex
from services.tools_worker.knowledge.problems import InvalidArticleError, Problem
from services.tools_worker.knowledge.search import Found, SectionIndex
from services.tools_worker.knowledge.sections import Article, Section, parse_article
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


@dataclass(frozen=True, kw_only=True)
class _State:
    """What is known of one file: its last valid version, if any, and what is wrong with the newest one."""

    stamp: tuple[int, int, int]
    article: Article | None
    problem: Problem | None


class KnowledgeBase:
    """A folder of articles. A search sees one state of it; `reload` replaces that state as a whole.

    It is searched by words, and by meaning too from `take_in_meaning` to the next change.
    """

    def __init__(self, folder: Path, terms: Terms, model: SentenceModel | None = None) -> None:
        self._folder = folder
        self._terms = terms
        self._model = model
        self._files: dict[str, _State] = {}
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
        """Which files, or newest versions of files, are not searched, and why."""
        return tuple(state.problem for state in self._files.values() if state.problem)

    @property
    def sections(self) -> tuple[Section, ...]:
        """Every section that can be found, in the order of the files."""
        return tuple(section for article in self._articles() for section in article.sections)

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

        An article whose newest version is invalid keeps the last valid one, and so does a folder that is gone.
        """
        if not self._folder.is_dir():
            return False
        files = {file.relative: self._state(file) for file in article_files(self._folder)}
        if files == self._files:
            return False
        self._files = files
        self._index = self._by_words = SectionIndex(self._articles(), self._terms)
        return True

    def take_in_meaning(self) -> None:
        """Search by meaning as well, where there is a model and most sections name questions; takes seconds.

        Without such questions words alone find more, and know better what they do not find: docs/decisions/0007.
        """
        sections = self.sections
        with_questions = sum(bool(section.asked) for section in sections)
        if self._model and len(sections) <= MOST_SECTIONS_BY_MEANING and with_questions > len(sections) / 2:
            self._index = FusedIndex(self._by_words, SectionVectors(self._articles(), self._model))

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

    def _articles(self) -> list[Article]:
        return [state.article for state in self._files.values() if state.article]

    def _state(self, file: ArticleFile) -> _State:
        before = self._files.get(file.relative)
        if before and before.stamp == file.stamp:
            return before
        try:
            article = parse_article(file.name, file.read())
        except InvalidArticleError as error:
            problem = Problem(file=file.relative, line=error.line, message=error.message)
            return _State(stamp=file.stamp, article=before.article if before else None, problem=problem)
        return _State(stamp=file.stamp, article=article, problem=None)

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
        log.info("knowledge loaded", articles=len(self._articles()), sections=len(self.sections))
        for problem in self.problems:
            log.warning("article not used in its newest version", problem=str(problem))
