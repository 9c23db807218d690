"""Which group of vectors another one belongs to, by linear discriminant analysis.

Customers put one question in many ways. The directions in which the phrasings of one section differ from one another
say little of what is asked; a distance to a section's mean counts them the less, the more they do.
"""

from collections.abc import Sequence

import numpy as np

from services.shared.sentences.encoder import Matrix

# As much as is known beforehand of how phrasings differ: in every direction alike, as if so many had been seen.
_SEEN_BEFORE = 1_500
_VARIANCE_BEFORE = 0.65


class Discriminant:
    """The means of some groups of vectors of length 1, none of which is empty."""

    def __init__(self, groups: Sequence[Matrix]) -> None:
        means = np.stack([group.mean(axis=0) for group in groups])
        within = np.concatenate([group - mean for group, mean in zip(groups, means, strict=True)])
        size = means.shape[1]
        prior = np.eye(size, dtype=np.float32) * (_SEEN_BEFORE * _VARIANCE_BEFORE / size)
        covariance = (within.T @ within + prior) / (len(within) + _SEEN_BEFORE)
        self._weights: Matrix = np.linalg.solve(covariance, means.T)
        self._offsets: Matrix = (means.T * self._weights).sum(axis=0) / 2

    def of(self, vector: Matrix) -> Matrix:
        """The logarithm of how probable each group is, but for a number that is the same for all."""
        evidence: Matrix = vector @ self._weights - self._offsets
        return evidence
