"""The questions to the demo shop's articles."""

from collections.abc import Iterator
from pathlib import Path

from services.tools_worker.knowledge.evaluation import Figures, ask, figures, read_questions
from services.tools_worker.knowledge.knowledge_base import KnowledgeBase
from services.tools_worker.knowledge.loading import load_knowledge
from services.tools_worker.settings import KnowledgeSettings
from tests.evaluation.gold import GoldSet
from tests.evaluation.measured import Measured, median, shares

MOST_MS = {"words": 2.0, "words and meaning": 20.0}
ARTICLE_SETS = (
    GoldSet(file="knowledge.jsonl", title="our own", by_words=(0.92, 0.95), by_meaning=(0.95, 0.96)),
    GoldSet(
        file="knowledge_second.jsonl",
        title="a second writer's",
        by_words=(0.74, 0.87),
        by_meaning=(0.94, 0.95),
    ),
    GoldSet(
        file="knowledge_third.jsonl",
        title="a third writer's, named in the articles",
        by_words=(0.96, 0.97),
        by_meaning=(0.98, 0.98),
    ),
    GoldSet(
        file="knowledge_held_out.jsonl", title="held out", by_words=(0.83, 0.89), by_meaning=(0.95, 0.94)
    ),
    GoldSet(
        file="knowledge_strangers.jsonl",
        title="strangers', in their own words",
        by_words=(0.47, 0.95),
        by_meaning=(0.83, 0.96),
    ),
    GoldSet(
        file="knowledge_final.jsonl", title="a last writer's", by_words=(0.80, 0.92), by_meaning=(0.95, 0.96)
    ),
    GoldSet(
        file="knowledge_short.jsonl", title="of a few words", by_words=(0.70, 0.90), by_meaning=(0.84, 0.94)
    ),
)


def articles(learnt: Path) -> Iterator[Measured]:
    """How well questions find their sections, and how many of those beyond the articles are declined."""
    settings = KnowledgeSettings(_env_file=None, knowledge_cache_dir=learnt)
    knowledge = load_knowledge(settings)
    yield from _rows(knowledge, "words")
    knowledge.take_in_meaning()
    if knowledge.by_meaning:
        yield from _rows(knowledge, "words and meaning")


def _rows(knowledge: KnowledgeBase, kind: str) -> Iterator[Measured]:
    for each in ARTICLE_SETS:
        questions, problems = read_questions(each.path, knowledge)
        if problems:
            raise ValueError(problems)
        answerable = sum(bool(question.sections) for question in questions)
        bounds = each.by_meaning if knowledge.by_meaning else each.by_words
        measured = figures(ask(questions, knowledge))
        yield from _of_one(f"articles by {kind}, {each.title}", measured, answerable, bounds, MOST_MS[kind])


def _of_one(
    title: str, measured: Figures, answerable: int, bounds: tuple[float, float], most_ms: float
) -> Iterator[Measured]:
    right, declined = bounds
    beyond = measured.questions - answerable
    yield from shares(
        title,
        (
            ("nDCG@10", measured.ndcg_at_10, answerable, None),
            ("recall@5", measured.recall_at_5, answerable, 0.85),
            ("right section ranked first", measured.ranked_first, answerable, None),
            ("right section answered", measured.right_first, answerable, right),
            ("declined when beyond them", measured.declined, beyond, declined),
        ),
    )
    yield median(title, "search", measured.questions, measured.latency_p50_ms, most_ms)
