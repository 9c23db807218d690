"""What a scenario has found: figures, each with the limit that it must keep."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.verdict import Verdict


@dataclass(frozen=True)
class Figure:
    """A measured value; `at_most` and `at_least` say when it holds."""

    name: str
    value: float
    at_most: float = float("inf")
    at_least: float = float("-inf")
    unit: str = ""

    @property
    def good(self) -> bool:
        return self.at_least <= self.value <= self.at_most

    def __str__(self) -> str:
        value = f"{self.value:.2f}".rstrip("0").rstrip(".")
        return f"{self.name} {value}{self.unit and ' ' + self.unit}"


@dataclass(kw_only=True)
class Outcome:
    """`healed` are the seconds from the last fault to the moment when all was well again."""

    load: str
    faults: str
    lost: int = 0
    doubled: int = 0
    out_of_order: int = 0
    healed: Figure | None = None
    figures: list[Figure] = field(default_factory=list)

    def take(self, verdict: Verdict) -> None:
        """Add what the customers, the streams and Postgres say."""
        self.lost += verdict.lost + verdict.missing_rows
        self.doubled += verdict.doubled
        self.out_of_order += verdict.out_of_order
        if verdict.garbled:
            self.figures.append(Figure("garbled texts", verdict.garbled, at_most=0))

    def heal(self, seconds: float, *, at_most: float) -> None:
        self.healed = Figure("healed in", seconds, at_most=at_most, unit="s")

    @classmethod
    def broken_off(cls, error: BaseException) -> "Outcome":
        """Of a scenario that did not come to its end."""
        outcome = cls(load="", faults="")
        why = next(iter(str(error).splitlines()), type(error).__name__)
        outcome.figures.append(Figure(f"broken off: {why}", 1, at_most=0))
        return outcome

    @property
    def misses(self) -> list[str]:
        """What does not hold, one line each."""
        counts = {"lost": self.lost, "doubled": self.doubled, "out of order": self.out_of_order}
        return [
            *(f"{name}: {count}" for name, count in counts.items() if count),
            *(
                f"{figure} (must be {_limits(figure)})"
                for figure in (*([self.healed] if self.healed else ()), *self.figures)
                if not figure.good
            ),
        ]


def _limits(figure: Figure) -> str:
    least = [f"≥ {figure.at_least:g}"] if figure.at_least > float("-inf") else []
    most = [f"≤ {figure.at_most:g}"] if figure.at_most < float("inf") else []
    return " and ".join(least + most)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share of the values lies."""
    if len(values) < 2:
        return max(values, default=0.0)
    return statistics.quantiles(values, n=100, method="inclusive")[round(share * 100) - 1]
