"""One measured figure, and whether it is good enough."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Measured:
    """`value` is over `cases`: a share from 0 to 1, else in `unit`, a number of something where that is empty.

    A figure without a bound is only told.
    """

    of: str
    what: str
    cases: int
    value: float
    at_least: float | None = None
    at_most: float | None = None
    unit: str = "%"

    @property
    def holds(self) -> bool:
        if self.at_least is not None and self.value < self.at_least:
            return False
        return self.at_most is None or self.value <= self.at_most

    @property
    def shown(self) -> str:
        return self._shown(self.value)

    @property
    def bound(self) -> str:
        if self.at_least is not None:
            return f"≥ {self._shown(self.at_least)}"
        return f"≤ {self._shown(self.at_most)}" if self.at_most is not None else ""

    def _shown(self, value: float) -> str:
        if self.unit == "%":
            return f"{value:.1%}"
        return f"{value:.1f} {self.unit}" if self.unit else f"{value:.0f}"


def shares(of: str, rows: Iterable[tuple[str, float | None, int, float | None]]) -> Iterator[Measured]:
    """Rows of what, value, cases and least value; a share of no cases is 0."""
    for what, value, cases, at_least in rows:
        yield Measured(of=of, what=what, cases=cases, value=value or 0, at_least=at_least)


def median(of: str, what: str, cases: int, milliseconds: float, at_most: float) -> Measured:
    return Measured(
        of=of, what=f"p50 of one {what}", cases=cases, value=milliseconds, at_most=at_most, unit="ms"
    )
