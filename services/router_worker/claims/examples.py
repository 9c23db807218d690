"""The sentences from which false promises are learnt: two lists a language in `examples/`.

A sentence a line. In a list of what may be said, `[shipped]` before a sentence means that it tells of an order of
this status that was looked up. Lines that begin with `#` are comments.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from services.router_worker.claims.evidence import FACTS_OF_STATUS, NOTHING, Evidence
from services.router_worker.claims.plain_text import plain
from services.router_worker.claims.worded import matter_of, worded_claim

_DIRECTORY = Path(__file__).with_name("examples")
# One of each that allows something else to be said.
_STATUSES = ("processing", "shipped", "cancelled", "returned", "refunded", "exchanged")
_LINE = re.compile(r"(?:\[(?P<status>[a-z_]+)\] )?(?P<sentence>.+)")


@dataclass(frozen=True, kw_only=True)
class Example:
    """A plain text and what was known when it was said; `false`: it promises what nothing shows."""

    text: str
    evidence: Evidence
    false: bool


def read_examples(directory: Path = _DIRECTORY) -> list[Example]:
    """Every sentence that does not tell of an order is several examples: alone, and beside orders."""
    return [*_false(_sentences(directory, "false")), *_true(_sentences(directory, "true"))]


def example_lines(directory: Path = _DIRECTORY, kind: str = "*") -> Iterator[str]:
    """The lines as they are written, of the lists of `false` or of `true` sentences or of both."""
    for path in sorted(directory.glob(f"*_{kind}.txt")):
        lines = path.read_text(encoding="utf-8").splitlines()
        yield from (line for line in lines if line and not line.startswith("#"))


def _false(sentences: Iterable[tuple[str, str]]) -> Iterator[Example]:
    """Not beside an order that shows what they promise."""
    for (_, text), *orders in zip(sentences, *_orders(3), strict=False):
        promised = worded_claim(text, NOTHING) or matter_of(text)
        for evidence in (NOTHING, *orders):
            if not any(promised in facts for facts in evidence.orders.values()):
                yield Example(text=text, evidence=evidence, false=True)


def _true(sentences: Iterable[tuple[str, str]]) -> Iterator[Example]:
    for (status, text), *orders in zip(sentences, *_orders(2), strict=False):
        for evidence in (order_that_is(status),) if status else (NOTHING, *orders):
            yield Example(text=text, evidence=evidence, false=False)


def order_that_is(status: str) -> Evidence:
    """What a turn knows in which an order of this status was found."""
    return Evidence(orders={"1043": FACTS_OF_STATUS.get(status, frozenset())})


def _orders(number: int) -> list[Iterator[Evidence]]:
    """So many orders for each sentence, of changing statuses."""
    orders = [order_that_is(status) for status in _STATUSES]
    return [islice(cycle(orders), start, None) for start in range(number)]


def _sentences(directory: Path, kind: str) -> Iterator[tuple[str, str]]:
    """Each sentence in plain words with the status before it, or none."""
    parts = (_LINE.fullmatch(line) for line in example_lines(directory, kind))
    return ((part["status"] or "", plain(part["sentence"])) for part in parts if part)
