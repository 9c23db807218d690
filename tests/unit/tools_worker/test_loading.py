from pathlib import Path
from typing import Any

import pytest

from services.tools_worker.knowledge.knowledge_base import KnowledgeBase
from services.tools_worker.knowledge.loading import load_knowledge
from services.tools_worker.settings import KnowledgeSettings
from tests.tiny_sentence_model import write_tiny_model


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_tiny_model(tmp_path / "model")


def loaded(folder: Path, **settings: Any) -> KnowledgeBase:
    articles = folder / "articles"
    (articles / "questions").mkdir(parents=True)
    (articles / "orders.md").write_text("# Orders\nTrack it.")
    (articles / "questions" / "orders.md").write_text("# Orders\n- where is my order\n")
    knowledge = load_knowledge(
        KnowledgeSettings(
            _env_file=None, knowledge_dir=articles, knowledge_cache_dir=folder / "kept", **settings
        )
    )
    knowledge.take_in_meaning()
    return knowledge


def test_articles_are_searched_by_meaning_where_there_is_a_model(tmp_path: Path, model: Path) -> None:
    assert loaded(tmp_path, knowledge_model_dir=model).by_meaning
    assert list((tmp_path / "kept").iterdir())


def test_articles_are_searched_by_words_when_vectors_are_off(tmp_path: Path, model: Path) -> None:
    assert not loaded(tmp_path, knowledge_model_dir=model, knowledge_vectors="off").by_meaning


def test_articles_of_another_language_do_without_the_english_model(tmp_path: Path) -> None:
    assert not loaded(tmp_path, knowledge_language="german").by_meaning
