"""What a call of a model costs."""

from dataclasses import dataclass

_MILLION = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Prices:
    """US dollars for a million tokens. Without both prices, or both counts, there is no cost to tell."""

    input: float | None = None
    output: float | None = None

    def cost(self, input_tokens: int | None, output_tokens: int | None) -> float | None:
        if None in {self.input, self.output} or input_tokens is None or output_tokens is None:
            return None
        return ((self.input or 0) * input_tokens + (self.output or 0) * output_tokens) / _MILLION


UNKNOWN = Prices()
