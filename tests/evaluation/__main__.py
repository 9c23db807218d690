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
from services.router_worker.phrasebooks import Phrasebooks
from services.router_worker.settings import RouterSettings
from services.shared.sentences.encoder import installed_model
from tests.evaluation import conversations, hostile, routing
from tests.evaluation.articles import articles
from tests.evaluation.claims import claims
from tests.evaluation.measured import Measured
from tests.evaluation.order_numbers import order_numbers
from tests.evaluation.router_process import resident_memory
from tests.evaluation.table import show, write


async def measurements(learnt: Path) -> AsyncIterator[list[Measured]]:
    """The figures in the order of the table."""
    books = Phrasebooks.load(IntentCatalogue.load())
    catalogue = books.english.catalogue
    router = RouterSettings(_env_file=None, offline_pace_ms=0, cache_dir=learnt)
    asked = router.model_copy(update={"cascade": False})
    yield await routing.intents(books, classifier_by_words(catalogue, cache=learnt), by_meaning=False)
    if model := installed_model():
        by_sentence = classifier_by_sentence(catalogue, model, cache=learnt)
        yield await routing.intents(books, by_sentence, by_meaning=True)
    yield await routing.with_an_oracle(asked, books)
    yield list(order_numbers(books))
    yield list(articles(learnt))
    yield await conversations.offline(router, books)
    yield await conversations.with_an_oracle(asked, books)
    yield await conversations.with_a_sloppy_model(asked, books)
    yield await hostile.obedience(asked, books)
    yield await hostile.false_promises(asked, books)
    yield list(claims())
    yield await resident_memory()


async def measure() -> list[Measured]:
    rows: list[Measured] = []
    with TemporaryDirectory() as learnt:
        started = time.monotonic()
        async for some in measurements(Path(learnt)):
            rows += some
            sys.stderr.write(f"{some[0].of} … ({time.monotonic() - started:.0f} s)\n")
    return rows


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    rows = asyncio.run(measure())
    show(rows)
    write(rows)
    sys.exit(any(not row.holds for row in rows))


if __name__ == "__main__":
    main()
