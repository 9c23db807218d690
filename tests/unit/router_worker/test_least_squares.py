import numpy as np
import pytest

from services.router_worker.language_models.least_squares import solve_in_place
from services.shared.sentences.encoder import Matrix


def lower_half(matrix: Matrix, height: int) -> list[Matrix]:
    return [
        matrix[start : start + height, : start + height].copy() for start in range(0, len(matrix), height)
    ]


@pytest.mark.parametrize("size", [1, 63, 64, 65, 300])
def test_the_system_is_solved_whatever_its_size(size: int) -> None:
    random = np.random.default_rng(size)
    factor = random.standard_normal((size, size)).astype(np.float32) / np.float32(np.sqrt(size))
    matrix = factor @ factor.T
    expected = random.standard_normal((size, 3)).astype(np.float32)
    right = (matrix + np.eye(size, dtype=np.float32)) @ expected
    assert np.allclose(solve_in_place(lower_half(matrix, 64), right, ridge=1), expected, atol=1e-3)


def test_what_is_twice_the_same_is_borne_by_the_ridge() -> None:
    same = np.ones((4, 4), dtype=np.float32)
    solved = solve_in_place(lower_half(same, 3), np.ones((4, 1), dtype=np.float32), ridge=0.1)
    assert np.allclose(solved, 1 / 4.1)
