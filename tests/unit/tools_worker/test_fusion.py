from pathlib import Path

import pytest

from services.tools_worker.knowledge.fusion import FusedIndex
from services.tools_worker.knowledge.questions import Questions, parse_questions
from services.tools_worker.knowledge.search import SectionIndex
from services.tools_worker.knowledge.sections import parse_article
from services.tools_worker.knowledge.terms import Terms
from services.tools_worker.knowledge.vectors import SectionVectors
from tests.unit.tools_worker.meanings import CountingModel

ARTICLES = {
    "refunds": "# Refunds\n## How long a refund takes\nWithin five days of its arrival.\n"
    "## Ways of payment\nVisa and two others.\n",
    "shipping": "# Shipping\n## A lost package\nWe search for it.\n",
}
QUESTIONS = {
    "refunds": "# Refunds\n## How long a refund takes\n- When do I get my money?\n"
    "## Ways of payment\n- Which cards do you take?\n",
    "shipping": "# Shipping\n## A lost package\n- Where is my parcel?\n",
    "beyond": "# Beyond\n## Not answered here\n- May I bring my dog?\n",
}


@pytest.fixture
def index(tmp_path: Path) -> FusedIndex:
    articles = [parse_article(name, source) for name, source in ARTICLES.items()]
    questions = Questions(parse_questions(name, source) for name, source in QUESTIONS.items())
    return FusedIndex(
        SectionIndex(articles, Terms("english"), questions),
        SectionVectors(articles, questions, CountingModel(tmp_path).model),
    )


def found(index: FusedIndex, query: str) -> list[str]:
    return [each.section.section_id for each in index.search(query, 3)]


def test_a_section_is_found_when_it_shares_no_word_with_the_question(index: FusedIndex) -> None:
    assert found(index, "so will I ever be reimbursed by you people")[:1] == [
        "refunds#how-long-a-refund-takes"
    ]


def test_nothing_is_found_when_the_question_is_one_that_no_article_answers(index: FusedIndex) -> None:
    assert found(index, "may I bring a puppy") == []


def test_nothing_is_found_when_the_question_is_unlike_everything(index: FusedIndex) -> None:
    assert found(index, "what is a canoe") == []


def test_a_single_word_finds_the_section_that_speaks_of_it(index: FusedIndex) -> None:
    assert found(index, "refund")[:1] == ["refunds#how-long-a-refund-takes"]


def test_a_single_word_finds_nothing_when_no_section_speaks_of_it(index: FusedIndex) -> None:
    assert found(index, "kayak") == []


def test_nothing_is_found_for_a_query_without_words(index: FusedIndex) -> None:
    assert found(index, "?!… 👋") == []


def test_words_decide_between_sections_of_the_same_meaning(index: FusedIndex) -> None:
    assert [each.section.section_id for each in index.rank("visa", 1)] == ["refunds#ways-of-payment"]


def test_sections_far_behind_the_best_are_left_out(index: FusedIndex) -> None:
    assert found(index, "where is my box, it is lost") == ["shipping#a-lost-package"]
