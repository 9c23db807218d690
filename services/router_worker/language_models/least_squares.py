"""Systems of linear equations that are too large to have in memory more than once."""

import numpy as np

from services.shared.sentences.encoder import Matrix

_BLOCK = 256


def solve_in_place(matrix: Matrix, right: Matrix) -> Matrix:
    """x of `matrix @ x = right`, for a symmetric positive definite matrix, which is overwritten.

    Cholesky's method by blocks of columns: beside the matrix itself there is never more than one of them.
    """
    blocks = [slice(start, start + _BLOCK) for start in range(0, len(matrix), _BLOCK)]
    for block in blocks:
        _factorise(matrix, block)
    solution = right.copy()
    for block in blocks:
        solution[block] -= matrix[block, : block.start] @ solution[: block.start]
        solution[block] = np.linalg.solve(matrix[block, block], solution[block])
    for block in reversed(blocks):
        solution[block] -= matrix[block.stop :, block].T @ solution[block.stop :]
        solution[block] = np.linalg.solve(matrix[block, block].T, solution[block])
    return solution


def _factorise(matrix: Matrix, block: slice) -> None:
    """Puts these columns of the lower triangular factor in place, where those before them stand."""
    before = slice(0, block.start)
    matrix[block.start :, block] -= matrix[block.start :, before] @ matrix[block, before].T
    corner = np.linalg.cholesky(matrix[block, block])
    matrix[block, block] = corner
    matrix[block.stop :, block] = np.linalg.solve(corner, matrix[block.stop :, block].T).T
