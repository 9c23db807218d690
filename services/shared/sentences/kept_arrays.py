"""Arrays that take seconds to compute, kept in a folder from one start to the next."""

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from zipfile import BadZipFile

import numpy as np
import structlog

from services.shared.sentences.encoder import Matrix

_log = structlog.get_logger()


class KeptArrays:
    """A folder of arrays. One that cannot be read is made anew, one that cannot be written costs time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def array(self, name: str, what: Iterable[str], make: Callable[[], Matrix]) -> Matrix:
        """The array that `make` makes from `what`; made again when that has changed."""
        digest = _digest("\0".join(what))
        kept = self._read(name)
        if kept.get("of") == digest:
            array: Matrix = kept["array"]
            return array
        array = make()
        self._keep(name, of=digest, array=array)
        return array

    def rows(self, name: str, texts: Sequence[str], make: Callable[[Sequence[str]], Matrix]) -> Matrix:
        """A row a text, of which `make` makes only those of texts that are new."""
        digests = [_digest(text) for text in texts]
        kept = self._read(name)
        known = dict(zip(kept.get("of", ()), kept.get("array", ()), strict=True))
        new = {digest: text for digest, text in zip(digests, texts, strict=True) if digest not in known}
        if new:
            known |= zip(new, make(list(new.values())), strict=True)
        array: Matrix = np.stack([known[digest] for digest in digests])
        if new:
            self._keep(name, of=np.array(digests), array=array)
        return array

    def _read(self, name: str) -> dict[str, Any]:
        try:
            with np.load(self._path(name), allow_pickle=False) as file:
                return {"of": file["of"], "array": file["array"]}
        except (OSError, ValueError, EOFError, KeyError, BadZipFile):
            return {}

    def _keep(self, name: str, **arrays: Any) -> None:
        """A whole file or none."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with NamedTemporaryFile(dir=self._folder, suffix=".npz", delete=False) as file:
                np.savez(file, **arrays)
            os.replace(file.name, self._path(name))  # noqa: PTH105
        except OSError as error:
            _log.warning("what took long to make cannot be kept", reason=str(error))

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.npz"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
