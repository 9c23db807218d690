"""Where the stack to be measured is."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Addresses:
    url: str
    redis_url: str
    database_url: str


def addresses(url: str | None, redis_url: str | None, database_url: str | None) -> Addresses:
    """What was given, else what the embedded stack in ./.supportbot says of itself, else the environment's."""
    known = {**_embedded(), **os.environ}
    return Addresses(
        url=url or known.get("SUPPORTBOT_URL", "http://127.0.0.1:8000"),
        redis_url=redis_url or known.get("REDIS_URL", "redis://127.0.0.1:6379/0"),
        database_url=database_url
        or known.get("DATABASE_URL", "postgresql://supportbot:supportbot@127.0.0.1:5432/supportbot"),
    )


def _embedded() -> dict[str, str]:
    written = Path(".supportbot/stack.env")
    if not written.is_file():
        return {}
    lines = (line.partition("=") for line in written.read_text().splitlines() if "=" in line)
    return {name: value for name, _, value in lines}
