"""What a folder of knowledge has in it: each file in its last valid version, and what is wrong with the newest."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from services.tools_worker.knowledge.folder import QUESTIONS, KnowledgeFile, knowledge_files
from services.tools_worker.knowledge.problems import InvalidArticleError, Problem
from services.tools_worker.knowledge.questions import ArticleQuestions, Questions, parse_questions
from services.tools_worker.knowledge.sections import Article, Section, parse_article


@dataclass(frozen=True, kw_only=True)
class _State:
    """What is known of one file."""

    stamp: tuple[int, int, int]
    content: Article | ArticleQuestions | None
    problem: Problem | None


class Contents:
    """The articles and the questions of a folder, as they were when it was last read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, _State] = {}

    @property
    def articles(self) -> tuple[Article, ...]:
        contents = (state.content for state in self._files.values())
        return tuple(content for content in contents if isinstance(content, Article))

    @property
    def sections(self) -> tuple[Section, ...]:
        return tuple(section for article in self.articles for section in article.sections)

    @property
    def questions(self) -> Questions:
        return Questions(questions for _, questions in self._questions())

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Which files, or newest versions of files, or questions in them, are not used, and why."""
        of_files = (state.problem for state in self._files.values() if state.problem)
        return (*of_files, *self._without_section())

    def read(self) -> bool:
        """Take in what has changed on disk; False when nothing has.

        A file whose newest version is invalid keeps the last valid one, and so does a folder that is gone.
        """
        if not self._folder.is_dir():
            return False
        files = {file.relative: self._state(file) for file in knowledge_files(self._folder)}
        if files == self._files:
            return False
        self._files = files
        return True

    def _state(self, file: KnowledgeFile) -> _State:
        before = self._files.get(file.relative)
        if before and before.stamp == file.stamp:
            return before
        parse = parse_questions if file.has_questions else parse_article
        try:
            content = parse(file.article, file.read())
        except InvalidArticleError as error:
            problem = Problem(file=file.relative, line=error.line, message=error.message)
            return _State(stamp=file.stamp, content=before.content if before else None, problem=problem)
        return _State(stamp=file.stamp, content=content, problem=None)

    def _questions(self) -> Iterator[tuple[str, ArticleQuestions]]:
        for file, state in self._files.items():
            if isinstance(state.content, ArticleQuestions):
                yield file, state.content

    def _without_section(self) -> Iterator[Problem]:
        """Questions below headings that no article has."""
        sections = {section.whole_id for section in self.sections}
        for file, questions in self._questions():
            article = file.removeprefix(QUESTIONS)
            for asked in questions.asked:
                if asked.section_id not in sections:
                    missing = f"{article} has no text below such a heading"
                    message = missing if article in self._files else f"there is no article {article}"
                    yield Problem(file=file, line=asked.line, message=message)
