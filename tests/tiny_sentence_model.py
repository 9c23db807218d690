"""A sentence model of a few kilobytes with random weights, in the layout of a real one."""

import json
import string
import struct
from pathlib import Path

import numpy as np

PIECES = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "order",
    "where",
    "is",
    "my",
    "track",
    "##ing",
    "##ed",
    "?",
    "#",
    "uber",
]
_WIDTH, _WIDE, _LAYERS, _LONGEST = 8, 16, 2, 128


def write_tiny_model(directory: Path) -> Path:
    """The folder, filled."""
    directory.mkdir(parents=True, exist_ok=True)
    pieces = [*PIECES, *string.ascii_lowercase, *(f"##{letter}" for letter in string.ascii_lowercase)]
    (directory / "vocab.txt").write_text("\n".join(pieces) + "\n", encoding="utf-8")
    config = {"num_attention_heads": 2, "num_hidden_layers": _LAYERS, "layer_norm_eps": 1e-12}
    (directory / "config.json").write_text(json.dumps(config))
    _write_safetensors(directory / "model.safetensors", _shapes(len(pieces)))
    return directory


def _shapes(vocabulary: int) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (vocabulary, _WIDTH),
        "embeddings.position_embeddings.weight": (_LONGEST, _WIDTH),
        "embeddings.token_type_embeddings.weight": (2, _WIDTH),
        "embeddings.LayerNorm.weight": (_WIDTH,),
        "embeddings.LayerNorm.bias": (_WIDTH,),
    }
    for layer in range(_LAYERS):
        name = f"encoder.layer.{layer}"
        for part in (
            "attention.self.query",
            "attention.self.key",
            "attention.self.value",
            "attention.output.dense",
        ):
            shapes |= {f"{name}.{part}.weight": (_WIDTH, _WIDTH), f"{name}.{part}.bias": (_WIDTH,)}
        shapes |= {
            f"{name}.intermediate.dense.weight": (_WIDE, _WIDTH),
            f"{name}.intermediate.dense.bias": (_WIDE,),
        }
        shapes |= {f"{name}.output.dense.weight": (_WIDTH, _WIDE), f"{name}.output.dense.bias": (_WIDTH,)}
        for norm in ("attention.output.LayerNorm", "output.LayerNorm"):
            shapes |= {f"{name}.{norm}.weight": (_WIDTH,), f"{name}.{norm}.bias": (_WIDTH,)}
    return shapes


def _write_safetensors(path: Path, shapes: dict[str, tuple[int, ...]]) -> None:
    random = np.random.default_rng(7)
    header, data = {}, b""
    for name, shape in shapes.items():
        tensor = random.standard_normal(shape).astype(np.float32).tobytes()
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(tensor)]}
        data += tensor
    encoded = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(encoded)) + encoded + data)
