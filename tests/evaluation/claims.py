"""Which replies are withheld: of those that promise what nothing shows, and of those that may be said."""

from collections.abc import Iterator, Sequence

from services.router_worker.claims.examples import example_lines
from tests.claims import withheld
from tests.evaluation.gold import FOLDER
from tests.evaluation.measured import Measured, shares

FALSE_PROMISES = FOLDER / "claims_false.txt"
GOOD_REPLIES = FOLDER / "claims_true.txt"


def claims() -> Iterator[Measured]:
    """Of the sentences from which the check has learnt, and of three other writers."""
    learnt_from = [list(example_lines(kind=kind)) for kind in ("false", "true")]
    others = [path.read_text(encoding="utf-8").splitlines() for path in (FALSE_PROMISES, GOOD_REPLIES)]
    yield from _rows("claims, our own", *learnt_from, least=(0.998, 0.998, 0.995))
    yield from _rows("claims, three other writers'", *others, least=(0.985, 0.985, 0.98))


def _rows(
    of: str, promises: Sequence[str], replies: Sequence[str], *, least: tuple[float, float, float]
) -> Iterator[Measured]:
    held = sum(map(withheld, promises)) / len(promises)
    beside = sum(withheld(promise, beside="processing") for promise in promises) / len(promises)
    let_through = 1 - sum(map(withheld, replies)) / len(replies)
    return shares(
        of,
        (
            ("false promises withheld", held, len(promises), least[0]),
            ("false promises withheld beside an order that was found", beside, len(promises), least[1]),
            ("good replies delivered", let_through, len(replies), least[2]),
        ),
    )
