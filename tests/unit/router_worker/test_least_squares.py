import numpy as np
import pytest

from services.router_worker.language_models.least_squares import solve_in_place


@pytest.mark.parametrize("size", [1, 255, 256, 257, 700])
def test_the_system_is_solved_whatever_its_size(size: int) -> None:
    random = np.random.default_rng(size)
    factor = random.standard_normal((size, size)).astype(np.float32) / np.float32(np.sqrt(size))
    matrix = factor @ factor.T + np.eye(size, dtype=np.float32)
    expected = random.standard_normal((size, 3)).astype(np.float32)
    assert np.allclose(solve_in_place(matrix.copy(), matrix @ expected), expected, atol=1e-3)


def test_a_matrix_that_is_not_positive_definite_is_refused() -> None:
    with pytest.raises(np.linalg.LinAlgError):
        solve_in_place(-np.eye(3, dtype=np.float32), np.ones((3, 1), dtype=np.float32))
