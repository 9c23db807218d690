from pathlib import Path
from typing import Any

import pytest
import yaml

from services.router_worker.intents import IntentCatalogue
from services.router_worker.phrasebooks import Phrasebooks, english_book, translation_problems
from services.router_worker.translations import TRANSLATIONS_DIR
from services.shared.errors import SetupError

CATALOGUE = IntentCatalogue.load()


def german() -> dict[str, Any]:
    words: dict[str, Any] = yaml.safe_load((TRANSLATIONS_DIR / "de.yaml").read_text(encoding="utf-8"))
    return words


def written(folder: Path, words: Any) -> Path:
    (folder / "de.yaml").write_text(yaml.safe_dump(words, allow_unicode=True), encoding="utf-8")
    return folder


def test_every_text_of_the_bot_is_translated() -> None:
    assert translation_problems(CATALOGUE, TRANSLATIONS_DIR) == []


def test_no_translation_is_the_english_text() -> None:
    english, book = english_book(CATALOGUE).words(), Phrasebooks.load(CATALOGUE).of("de").words()
    same = {text for text in _texts(english) & _texts(book) if " " in text}
    assert same == set()


def _texts(words: Any) -> set[str]:
    if isinstance(words, str):
        return {words}
    values = words.values() if isinstance(words, dict) else words
    return set().union(*map(_texts, values))


@pytest.mark.parametrize("language", ["de", "de-AT", "DE-ch"])
def test_the_book_is_that_of_the_language_whatever_the_country(language: str) -> None:
    assert Phrasebooks.load(CATALOGUE).of(language).language == "de"


@pytest.mark.parametrize("language", [None, "", "en-GB", "fr", "deu"])
def test_the_book_is_english_where_there_is_no_other(language: str | None) -> None:
    assert Phrasebooks.load(CATALOGUE).of(language).language == "en"


def test_a_missing_text_is_reported_and_said_in_english(tmp_path: Path) -> None:
    words = german()
    del words["texts"]["handoff"]
    folder = written(tmp_path, words)
    [problem] = translation_problems(CATALOGUE, folder)
    assert problem.endswith("texts.handoff is missing")
    assert Phrasebooks.load(CATALOGUE, folder).of("de").texts.handoff == english_book(CATALOGUE).texts.handoff


def test_a_text_left_over_is_reported_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "de.yaml").write_text("texts:\n  handoff: Hallo\n  gone: Weg\n", encoding="utf-8")
    problems = translation_problems(CATALOGUE, tmp_path)
    assert f"{tmp_path / 'de.yaml'}:3: texts.gone translates nothing" in problems


def test_a_text_with_another_placeholder_is_reported_and_said_in_english(tmp_path: Path) -> None:
    words = german()
    words["replies"]["order"]["carrier"] = "{spediteur} liefert sie."
    folder = written(tmp_path, words)
    [problem] = translation_problems(CATALOGUE, folder)
    assert "replies.order.carrier must have the form" in problem
    assert Phrasebooks.load(CATALOGUE, folder).of("de").replies.order.carrier == "{carrier} has it."


@pytest.mark.parametrize("text", ["texts: [", "- a list", "texts: {handoff: 'x'"])
def test_a_file_that_is_no_table_is_refused_with_its_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "de.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SetupError, match=r"de\.yaml:1: "):
        Phrasebooks.load(CATALOGUE, tmp_path)


def test_what_customers_write_in_a_language_stands_beside_the_english() -> None:
    english, book = CATALOGUE.get("order_status"), Phrasebooks.load(CATALOGUE).of("de").catalogue
    examples = book.get("order_status").examples
    assert examples[: len(english.examples)] == english.examples
    assert "wo ist meine Bestellung" in examples
