"""Systems of linear equations so large that half of their matrix is much memory."""

from collections.abc import Sequence

import numpy as np

from services.shared.sentences.encoder import Matrix


def solve_in_place(rows: Sequence[Matrix], right: Matrix, *, ridge: float) -> Matrix:
    """x of `(matrix + ridge * identity) @ x = right`, for a symmetric matrix whose eigenvalues are not negative.

    `rows` is its lower half, block by block of rows, each of which ends with its square on the diagonal. It is
    overwritten by Cholesky's factor: beside it there is never more than a block.
    """
    for number, row in enumerate(rows):
        for earlier in rows[:number]:
            _eliminate(row, earlier)
        before, square = _parts(row)
        square -= before @ before.T
        square[np.diag_indices(len(row))] += ridge
        square[:] = np.linalg.cholesky(square)
    return _substituted(rows, right)


def _eliminate(row: Matrix, earlier: Matrix) -> None:
    """Puts the factor of `row` in place above the square of an earlier row; those left of it are there."""
    before, square = _parts(earlier)
    above = row[:, before.shape[1] : earlier.shape[1]]
    above -= row[:, : before.shape[1]] @ before.T
    above[:] = np.linalg.solve(square, above.T).T


def _substituted(rows: Sequence[Matrix], right: Matrix) -> Matrix:
    """Forwards through the factor, and backwards through its transpose."""
    solution = right.copy()
    for row in rows:
        before, square = _parts(row)
        own = solution[before.shape[1] : row.shape[1]]
        own[:] = np.linalg.solve(square, own - before @ solution[: before.shape[1]])
    for row in reversed(rows):
        before, square = _parts(row)
        own = solution[before.shape[1] : row.shape[1]]
        own[:] = np.linalg.solve(square.T, own)
        solution[: before.shape[1]] -= before.T @ own
    return solution


def _parts(row: Matrix) -> tuple[Matrix, Matrix]:
    """What stands before the square on the diagonal, and the square."""
    start = row.shape[1] - len(row)
    return row[:, :start], row[:, start:]
