"""The weights by which articles are ranked and answers are given, fitted to the questions that the articles name.

    python -m bench.article_weights

Each question is searched where nobody has asked it: the questions are dealt out to ten hands, and those of one are
searched among the others. The ranking's weights are those under which the right sections are most probable, the
answer's those under which it is told best whether there is one. The limit is that at which 97.5 of 100 questions
without an answer are declined: those of the sets of `tests/gold` that were read, and, as these have hardly any, those
of one or two words among the articles' own. What is printed belongs into
`services/tools_worker/knowledge/fusion.py`; docs/decisions/0007 says what it led to.
"""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.logistic import Array, choice_weights, odds_weights
from services.shared.sentences.encoder import Matrix, SentenceEncoder, installed_model
from services.shared.sentences.kept_arrays import KeptArrays
from services.tools_worker.knowledge.contents import Contents
from services.tools_worker.knowledge.evaluation import Question
from services.tools_worker.knowledge.fusion import FusedIndex
from services.tools_worker.knowledge.questions import ArticleQuestions, Asked, Questions
from services.tools_worker.knowledge.search import SectionIndex
from services.tools_worker.knowledge.terms import Terms
from services.tools_worker.knowledge.vectors import Likeness, SectionVectors, SentenceModel
from services.tools_worker.settings import ARTICLES

HANDS = 10
DECLINED = 0.975
FEW_WORDS = 2
READ = ("knowledge.jsonl", "knowledge_second.jsonl", "knowledge_third.jsonl")
_GOLD = Path(__file__).parents[1] / "tests" / "gold"


@dataclass(frozen=True, kw_only=True)
class Indices:
    """What is searched: articles with some questions."""

    by_words: SectionIndex
    by_meaning: SectionVectors
    fused: FusedIndex


@dataclass(frozen=True, kw_only=True)
class Case:
    """A question, the place of the section that answers it, or none, and what it is searched in."""

    query: str
    right: int | None
    indices: Indices
    likeness: Likeness

    @property
    def ranking_reasons(self) -> Matrix:
        return self.indices.fused.ranking_reasons(self.query, self.likeness)


class Fitting:
    """The demo shop's articles, from which indices with only a part of the questions can be made."""

    def __init__(self, contents: Contents, encoder: SentenceEncoder, folder: Path) -> None:
        self._articles = contents.articles
        self._sections = contents.sections
        self._places = {section.section_id: place for place, section in enumerate(self._sections)}
        self._all = contents.questions
        self._encoder = encoder
        self._vectors: dict[str, Matrix] = {}
        self._model = SentenceModel(encode=self._encoded, kept=KeptArrays(folder), name="articles")
        self._terms = Terms("english")

    def held_out(self) -> Iterator[Case]:
        """Every question, searched among those of the other hands."""
        asked = [
            (query, self._places[each.section_id]) for each in self._sections for query in self._all.of(each)
        ]
        dealt = [*asked, *((query, None) for query in self._all.unanswered)]
        np.random.default_rng(0).shuffle(dealt)
        for hand in range(HANDS):
            own = dealt[hand::HANDS]
            indices = self._indices(without={query for query, _ in own})
            yield from (self._case(query, right, indices) for query, right in own)

    def beyond(self, queries: Iterable[str]) -> Iterator[Case]:
        """Questions without an answer, searched among all."""
        indices = self._indices(without=set())
        yield from (self._case(query, None, indices) for query in queries)

    def _case(self, query: str, right: int | None, indices: Indices) -> Case:
        return Case(query=query, right=right, indices=indices, likeness=indices.by_meaning.likeness(query))

    def _indices(self, without: set[str]) -> Indices:
        questions = self._questions(without)
        by_words = SectionIndex(self._articles, self._terms, questions)
        by_meaning = SectionVectors(self._articles, questions, self._model)
        return Indices(by_words=by_words, by_meaning=by_meaning, fused=FusedIndex(by_words, by_meaning))

    def _questions(self, without: set[str]) -> Questions:
        def rest(questions: Iterable[str]) -> tuple[str, ...]:
            return tuple(question for question in questions if question not in without)

        asked = (
            Asked(section_id=section.section_id, line=section.lines[0], questions=rest(self._all.of(section)))
            for section in self._sections
        )
        return Questions([ArticleQuestions(asked=tuple(asked), unanswered=rest(self._all.unanswered))])

    def _encoded(self, texts: Sequence[str]) -> Matrix:
        new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if new:
            self._vectors |= zip(new, self._encoder.encode(new), strict=True)
        return np.stack([self._vectors[text] for text in texts])


def ranking_weights(cases: Sequence[Case]) -> Array:
    answerable = [case for case in cases if case.right is not None]
    reasons = np.stack([case.ranking_reasons for case in answerable]).astype(np.float64)
    return choice_weights(reasons, np.array([case.right for case in answerable]))


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What speaks for the section that comes first for a question, and whether it is right."""

    reasons: tuple[float, ...]
    right: bool


def answer(case: Case, ranking: Array) -> Answer:
    first = int((ranking @ case.ranking_reasons).argmax())
    reasons = case.indices.fused.answering_reasons(case.query, first, case.likeness)
    return Answer(reasons=reasons, right=first == case.right)


def answering_weights(cases: Sequence[Case], ranking: Array) -> Array:
    """Those by which right answers are told from questions without one; wrong sections teach nothing here."""
    answers = [(case, answer(case, ranking)) for case in cases]
    told = [given for case, given in answers if given.right or case.right is None]
    reasons = np.array([given.reasons for given in told])
    return odds_weights(reasons, np.array([given.right for given in told]))[:-1]


def read_without_answer() -> set[str]:
    """The questions of the sets read that have no answer; those of the third are among the articles' questions."""
    lines = [line for file in READ for line in (_GOLD / file).read_text(encoding="utf-8").splitlines()]
    return {question.query for question in map(Question.model_validate_json, lines) if not question.sections}


def fit(fitting: Fitting) -> dict[str, Array]:
    """The values of the constants, by their names."""
    cases = list(fitting.held_out())
    ranking = ranking_weights(cases)
    answering = answering_weights(cases, ranking)
    read = read_without_answer()
    unanswered = [case for case in cases if case.right is None]
    beyond = [case for case in unanswered if case.query in read or len(case.query.split()) <= FEW_WORDS]
    beyond += fitting.beyond(read - {case.query for case in beyond})
    certain = np.array([np.dot(answering, answer(case, ranking).reasons) for case in beyond])
    return {
        "RANKING": ranking,
        "ANSWERING": answering,
        "ENOUGH": np.quantile(certain, DECLINED, keepdims=True),
    }


def main() -> None:
    model = installed_model()
    if model is None:
        raise SystemExit("no sentence model is installed")
    contents = Contents(ARTICLES)
    contents.read()
    with tempfile.TemporaryDirectory() as folder:
        fitted = fit(Fitting(contents, SentenceEncoder(model), Path(folder)))
    for name, value in fitted.items():
        print(f"{name:<10}", *np.round(value, 3))


if __name__ == "__main__":
    main()
