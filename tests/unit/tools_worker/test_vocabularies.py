import pytest

from services.tools_worker.knowledge.vocabularies import Vocabularies


def test_a_term_is_the_rarer_the_fewer_sections_have_it() -> None:
    sections = Vocabularies([["tent", "pole"], ["tent"], ["tent", "tent"]])

    assert sections.rarity("tent") < sections.rarity("pole") < sections.rarity("canoe")


def test_a_share_is_one_where_a_section_has_every_term() -> None:
    sections = Vocabularies([["tent", "pole"], ["tent"], []])

    assert sections.shares(["tent", "pole"])[0] == pytest.approx(1)


def test_a_rare_term_that_is_missing_takes_more_of_a_share_than_a_frequent_one() -> None:
    sections = Vocabularies([["tent"], ["tent", "pole"], ["tent"], ["pole", "canoe"]])
    with_tent, with_canoe = sections.shares(["tent", "canoe"])[[0, 3]]

    assert 0 < with_tent < 0.5 < with_canoe < 1


def test_nothing_is_shared_when_nothing_is_asked() -> None:
    assert Vocabularies([["tent"], []]).shares([]).tolist() == [0, 0]


def test_a_term_that_no_section_has_is_shared_by_none() -> None:
    assert Vocabularies([["tent"], ["pole"]]).shares(["canoe"]).tolist() == [0, 0]
