"""What others wrote, made safe to show to a model: cleaned of hidden text and fenced as data."""

import re
import secrets
from dataclasses import dataclass, field
from typing import Any

# Zero-width and other invisible characters, directions of writing, tags and variation selectors: a person does
# not see them and a model reads them.
_HIDDEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)


def clean(text: str) -> str:
    """`text` without invisible characters and HTML comments."""
    visible = _HIDDEN.sub("", text)
    while (stripped := _COMMENT.sub("", visible)) != visible:
        visible = stripped
    return visible


def clean_values(value: Any) -> Any:
    """The same for every string in JSON data."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(key): clean_values(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean_values(item) for item in value]
    return value


@dataclass(frozen=True)
class Fence:
    """A boundary that nobody outside can know, so nothing inside can end it."""

    boundary: str = field(default_factory=lambda: secrets.token_hex(8))

    @property
    def opening(self) -> str:
        return f"<data-{self.boundary}>"

    @property
    def closing(self) -> str:
        return f"</data-{self.boundary}>"

    def around(self, text: str) -> str:
        return f"{self.opening}\n{clean(text)}\n{self.closing}"
