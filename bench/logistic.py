"""Weights of reasons, by maximum likelihood and Newton's method."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.float64]

_PULL_TO_ZERO = 1e-3
_MOST_STEPS = 100
_CLOSE = 1e-9


def choice_weights(reasons: Array, right: npt.NDArray[np.intp]) -> Array:
    """Those under which the right one of some alternatives is most probable.

    `reasons` are by case, by kind, and by alternative; `right` is the place of the right alternative of each case.
    """
    chosen = reasons[np.arange(len(right)), :, right]

    def unlikelihood(weights: Array) -> float:
        scores = np.einsum("k,nka->na", weights, reasons)
        highest = scores.max(axis=1)
        together = highest + np.log(np.exp(scores - highest[:, None]).sum(axis=1))
        return float((together - chosen @ weights).mean() + _PULL_TO_ZERO * weights @ weights / 2)

    def slope(weights: Array) -> tuple[Array, Array]:
        scores = np.einsum("k,nka->na", weights, reasons)
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares = powers / powers.sum(axis=1, keepdims=True)
        expected = np.einsum("na,nka->nk", shares, reasons)
        squares = np.einsum("na,nka,nla->kl", shares, reasons, reasons) - expected.T @ expected
        return (expected - chosen).mean(axis=0), squares / len(right)

    return _least(unlikelihood, slope, np.zeros(reasons.shape[1]))


def odds_weights(reasons: Array, true: npt.NDArray[np.bool_]) -> Array:
    """Those under which what is true is told best from what is not; the last one is for no reason at all."""
    rows = np.column_stack([reasons, np.ones(len(reasons))])
    signs = np.where(true, 1.0, -1.0)

    def unlikelihood(weights: Array) -> float:
        wrong = np.logaddexp(0, -signs * (rows @ weights))
        return float(wrong.mean() + _PULL_TO_ZERO * weights @ weights / 2)

    def slope(weights: Array) -> tuple[Array, Array]:
        chances = 1 / (1 + np.exp(-rows @ weights))
        first = rows.T @ (chances - true) / len(rows)
        second = (rows.T * (chances * (1 - chances))) @ rows / len(rows)
        return first, second

    return _least(unlikelihood, slope, np.zeros(rows.shape[1]))


def _least(
    value: Callable[[Array], float], slope: Callable[[Array], tuple[Array, Array]], start: Array
) -> Array:
    """Where a convex function is least; a step that is too long is halved."""
    weights, lowest = start, value(start)
    for _ in range(_MOST_STEPS):
        first, second = slope(weights)
        pull = _PULL_TO_ZERO * np.eye(len(weights))
        step = np.linalg.solve(second + pull, first + _PULL_TO_ZERO * weights)
        while (reached := value(weights - step)) > lowest and np.abs(step).max() > _CLOSE:
            step = step / 2
        if lowest - reached < _CLOSE:
            return weights
        weights, lowest = weights - step, reached
    return weights
