import numpy as np

from services.shared.sentences.encoder import Matrix
from services.tools_worker.knowledge.discriminant import Discriminant


def vectors(*rows: tuple[float, ...]) -> Matrix:
    matrix = np.array(rows, dtype=np.float32)
    lengths: Matrix = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
    return lengths


def likeliest(groups: list[Matrix], vector: Matrix) -> int:
    return int(Discriminant(groups).of(vector).argmax())


def test_groups_of_one_vector_are_told_apart_by_the_nearest() -> None:
    groups = [vectors((1, 0, 0)), vectors((0, 1, 0))]
    assert likeliest(groups, vectors((0.4, 0.9, 0.1))[0]) == 1


def test_a_direction_in_which_all_groups_vary_counts_little() -> None:
    varied = [(side, lift) for side in (-0.9, 0.9) for lift in (0.9, 1.0, 1.1)]
    first = vectors(*((1.0, side, lift) for side, lift in varied * 400))
    second = vectors(*((-1.0, side + 0.8, lift) for side, lift in varied * 400))
    near_the_second_mean_but_for_its_own_direction = vectors((0.3, 1.2, 1.0))[0]
    assert likeliest([first, second], near_the_second_mean_but_for_its_own_direction) == 0
    assert likeliest([first[:1], second[-1:]], near_the_second_mean_but_for_its_own_direction) == 1
