from pathlib import Path

import pytest

from services.tools_worker.knowledge.fusion import FusedIndex
from services.tools_worker.knowledge.search import SectionIndex
from services.tools_worker.knowledge.sections import parse_article
from services.tools_worker.knowledge.terms import Terms
from services.tools_worker.knowledge.vectors import SectionVectors
from tests.unit.tools_worker.meanings import CountingModel

REFUNDS = """# Refunds
## How long a refund takes
<!-- asked:
When do I get my money?
-->
Within five days of its arrival.

## Ways of payment
<!-- asked:
Which cards do you take?
-->
Visa and two others.
"""
SHIPPING = """# Shipping
## A lost package
<!-- asked:
Where is my parcel?
-->
We search for it.
"""
BEYOND = "# Beyond\n<!-- not answered:\nMay I bring my dog?\n-->\n"


@pytest.fixture
def index(tmp_path: Path) -> FusedIndex:
    sources = {"refunds": REFUNDS, "shipping": SHIPPING, "beyond": BEYOND}
    articles = [parse_article(name, source) for name, source in sources.items()]
    return FusedIndex(
        SectionIndex(articles, Terms("english")), SectionVectors(articles, CountingModel(tmp_path).model)
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


def test_nothing_is_found_for_a_query_without_words(index: FusedIndex) -> None:
    assert found(index, "?!… 👋") == []


def test_words_decide_between_sections_of_the_same_meaning(index: FusedIndex) -> None:
    assert [each.section.section_id for each in index.rank("visa", 1)] == ["refunds#ways-of-payment"]


def test_sections_far_behind_the_best_are_left_out(index: FusedIndex) -> None:
    assert found(index, "where is my box, it is lost") == ["shipping#a-lost-package"]
