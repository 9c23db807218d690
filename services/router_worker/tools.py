"""The tools as a model is told of them."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from services import shared

_TOOLS = Path(shared.__file__).with_name("tools.json")


@lru_cache
def tools() -> tuple[dict[str, Any], ...]:
    """Name, description, effect and parameters of each, as the tools worker describes them."""
    return tuple(orjson.loads(_TOOLS.read_bytes()))
