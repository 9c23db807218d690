"""One measured figure, and whether it is good enough."""

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
