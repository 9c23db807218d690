from pathlib import Path

import numpy as np
import pytest

from services.shared.sentences.encoder import SentenceEncoder, installed_model
from services.shared.sentences.word_pieces import WordPieces
from tests.tiny_sentence_model import PIECES, write_tiny_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("model"))


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Where is my ORDER?", ["where", "is", "my", "order", "?"]),
        ("tracking ordered", ["track", "##ing", "order", "##ed"]),
        ("über", ["uber"]),
        ("is\tmy\x00order", ["is", "my", "order"]),
        ("#", ["#"]),
        ("my 日 order", ["my", "[UNK]", "order"]),
        ("o" * 101, ["[UNK]"]),
        ("", []),
    ],
)
def test_a_text_is_cut_into_the_longest_pieces(model: Path, text: str, pieces: list[str]) -> None:
    numbers = WordPieces(model / "vocab.txt", longest=20).numbers(text)
    assert [PIECES[number] for number in numbers] == ["[CLS]", *pieces, "[SEP]"]


def test_a_long_text_is_cut_off(model: Path) -> None:
    numbers = WordPieces(model / "vocab.txt", longest=10).numbers("order " * 50)
    assert len(numbers) == 10
    assert PIECES[numbers[-1]] == "[SEP]"


def test_a_text_has_the_same_vector_alone_and_among_others(model: Path) -> None:
    encoder = SentenceEncoder(model)
    texts = ["where is my order", "track", "", "where is my order?" * 40, *["is my order"] * 40]
    together = encoder.encode(texts)
    alone = np.concatenate([encoder.encode([text]) for text in texts])
    assert np.allclose(together, alone, atol=1e-5)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)


def test_the_order_of_words_matters(model: Path) -> None:
    first, second = SentenceEncoder(model).encode(["where is my order", "order my is where"])
    assert not np.allclose(first, second, atol=1e-3)


def test_the_real_model_gives_the_likeness_it_is_known_for() -> None:
    directory = installed_model()
    if directory is None:
        pytest.skip("no sentence model is installed")
    vectors = SentenceEncoder(directory).encode(
        ["That is a happy person", "That is a very happy person", "Today is a sunny day"]
    )
    assert vectors[0] @ vectors[1] == pytest.approx(0.943, abs=0.005)
    assert vectors[0] @ vectors[2] == pytest.approx(0.257, abs=0.005)
