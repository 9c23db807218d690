"""Every figure on the repository's own questions and conversations: `python -m tests.evaluation`, or `make eval`.

Prints one table and writes it into docs/evaluation.md. Exits 1 when a figure misses its bound.
"""

import asyncio
import logging
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog

from services.router_worker.intents import IntentCatalogue
from services.router_worker.language_models.classifiers import classifier_by_sentence, classifier_by_words
from services.router_worker.language_models.factory import build_offline_model
from services.router_worker.phrasebooks import Phrasebooks
from services.router_worker.settings import RouterSettings
from services.shared.sentences.encoder import installed_model
from tests.evaluation.articles import articles
from tests.evaluation.conversations import dialogues, oracle
from tests.evaluation.measured import Measured
from tests.evaluation.routing import intents, order_numbers
from tests.evaluation.table import show, write


async def measurements(books: Phrasebooks, learnt: Path) -> AsyncIterator[list[Measured]]:
    """The figures in the order of the table."""
    by_words = classifier_by_words(books.english.catalogue, cache=learnt)
    yield await intents(books, by_words, sentences=False)
    if model := installed_model():
        by_sentence = classifier_by_sentence(books.english.catalogue, model, cache=learnt)
        yield await intents(books, by_sentence, sentences=True)
    yield [await oracle(books)]
    yield list(order_numbers(books))
    yield list(articles(learnt))
    settings = RouterSettings(_env_file=None, offline_pace_ms=0, cache_dir=learnt)
    yield [await dialogues(build_offline_model(settings, books), books)]


async def measure() -> list[Measured]:
    books = Phrasebooks.load(IntentCatalogue.load())
    rows: list[Measured] = []
    with TemporaryDirectory() as learnt:
        started = time.monotonic()
        async for some in measurements(books, Path(learnt)):
            rows += some
            sys.stderr.write(f"{some[0].of} … ({time.monotonic() - started:.0f} s)\n")
    return rows


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    rows = asyncio.run(measure())
    show(rows)
    write(rows)
    sys.exit(any(not row.holds for row in rows))


if __name__ == "__main__":
    main()
