"""The questions to the demo shop's articles."""

from collections.abc import Iterator

from services.tools_worker.knowledge.evaluation import ask, figures, read_questions
from services.tools_worker.knowledge.knowledge_base import KnowledgeBase
from services.tools_worker.settings import ARTICLES
from tests.evaluation.measured import Measured
from tests.evaluation.routing import GOLD

_OF = "questions to the articles"


def articles() -> Iterator[Measured]:
    """How well questions find their sections, and how many of those beyond the articles are declined."""
    knowledge = KnowledgeBase.load(ARTICLES)
    questions, problems = read_questions(GOLD / "knowledge.jsonl", knowledge)
    if problems:
        raise ValueError(problems)
    measured = figures(ask(questions, knowledge))
    answerable = sum(bool(question.sections) for question in questions)
    for what, value, least in (
        ("nDCG@10", measured.ndcg_at_10, 0.96),
        ("recall@5", measured.recall_at_5, 0.97),
        ("right section ranked first", measured.ranked_first, 0.94),
        ("right section answered", measured.right_first, 0.93),
    ):
        yield Measured(of=_OF, what=what, cases=answerable, value=value or 0, at_least=least)
    beyond = len(questions) - answerable
    yield Measured(
        of=_OF, what="declined when beyond them", cases=beyond, value=measured.declined or 0, at_least=0.95
    )
    yield Measured(
        of=_OF,
        what="p50 of one search",
        cases=len(questions),
        value=measured.latency_p50_ms,
        at_most=2.0,
        unit="ms",
    )
