"""What the demo shop's articles must answer, on questions as customers ask them.

`tests/gold/knowledge.jsonl` has a question a line, with the sections that answer it; without any, the articles do
not.
"""

import json
import statistics
import time
from pathlib import Path

import pytest

from services.tools_worker.knowledge.evaluation import ask, figures, read_questions
from services.tools_worker.knowledge.knowledge_base import KnowledgeBase
from services.tools_worker.knowledge.loading import load_knowledge
from services.tools_worker.settings import ARTICLES, KnowledgeSettings

GOLD = Path(__file__).parents[2] / "gold" / "knowledge.jsonl"
QUESTIONS = [json.loads(line) for line in GOLD.read_text().splitlines()]
ANSWERABLE = [question for question in QUESTIONS if question["sections"]]
UNANSWERABLE = [question for question in QUESTIONS if not question["sections"]]


@pytest.fixture(scope="module")
def knowledge() -> KnowledgeBase:
    return KnowledgeBase.load(ARTICLES)


def test_every_article_is_valid(knowledge: KnowledgeBase) -> None:
    assert knowledge.problems == ()
    assert len({section.title for section in knowledge.sections}) >= 14


def test_every_answer_that_is_expected_exists(knowledge: KnowledgeBase) -> None:
    expected = {section for question in ANSWERABLE for section in question["sections"]}
    assert expected <= {section.section_id for section in knowledge.sections}


def test_the_right_section_ranks_first_for_nine_of_ten_answerable_questions(knowledge: KnowledgeBase) -> None:
    right = [
        question
        for question in ANSWERABLE
        if knowledge.rank(question["query"], 1)[0].section.section_id in question["sections"]
    ]
    assert len(right) >= 0.94 * len(ANSWERABLE)


def test_few_answerable_questions_are_declined_or_answered_wrongly(knowledge: KnowledgeBase) -> None:
    firsts = [(question, knowledge.search(question["query"], 1)) for question in ANSWERABLE]
    right = [
        question for question, hits in firsts if hits and hits[0].section.section_id in question["sections"]
    ]
    assert len(right) >= 0.92 * len(ANSWERABLE)


def test_of_a_hundred_questions_beyond_the_articles_ninety_five_are_declined(
    knowledge: KnowledgeBase,
) -> None:
    declined = [question for question in UNANSWERABLE if not knowledge.search(question["query"])]
    assert len(declined) >= 0.95 * len(UNANSWERABLE)


@pytest.fixture(scope="module")
def by_meaning() -> KnowledgeBase:
    knowledge = load_knowledge(KnowledgeSettings(_env_file=None, knowledge_dir=ARTICLES))
    knowledge.take_in_meaning()
    if not knowledge.by_meaning:
        pytest.skip("no sentence model is installed")
    return knowledge


@pytest.mark.parametrize(
    ("file", "right"), [("knowledge_held_out.jsonl", 0.95), ("knowledge_short.jsonl", 0.84)]
)
def test_by_meaning_most_questions_are_answered_and_nearly_all_beyond_the_articles_declined(
    by_meaning: KnowledgeBase, file: str, right: float
) -> None:
    questions, _ = read_questions(GOLD.with_name(file), by_meaning)
    measured = figures(ask(questions, by_meaning))
    assert (measured.right_first or 0) >= right
    assert (measured.declined or 0) >= 0.94


def test_every_section_is_found_by_its_own_title_and_heading(knowledge: KnowledgeBase) -> None:
    for section in knowledge.sections:
        found = [hit.section.section_id for hit in knowledge.search(" ".join(section.heading_path), 3)]
        assert section.section_id in found


def test_a_search_takes_milliseconds(knowledge: KnowledgeBase) -> None:
    durations = []
    for question in QUESTIONS:
        started = time.perf_counter()
        knowledge.search(question["query"])
        durations.append(time.perf_counter() - started)
    assert statistics.median(durations) < 0.02
