"""The offline model as the tests ask it."""

from datetime import timedelta
from pathlib import Path

import pytest

from services.router_worker.intents import IntentCatalogue
from services.router_worker.language_models.classifiers import classifier_by_words
from services.router_worker.language_models.offline import OfflineModel
from services.router_worker.phrasebooks import Phrasebooks


@pytest.fixture(scope="module")
def model(learnt: Path) -> OfflineModel:
    books = Phrasebooks.load(IntentCatalogue.load())
    classifiers = {
        book.language: classifier_by_words(book.catalogue, cache=learnt, language=book.language)
        for book in books
    }
    return OfflineModel(books=books, classifiers=classifiers, pace=timedelta(0))
