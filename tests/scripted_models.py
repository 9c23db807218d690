"""The models of `web/test/scripted-models.mjs` as processes of their own."""

import asyncio
import contextlib
import json
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

_SCRIPT = Path(__file__).parent.parent / "web" / "test" / "scripted-models.mjs"


@dataclass(frozen=True, kw_only=True)
class ScriptedModelServer:
    """One of them; `url` is its origin."""

    url: str

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"

    async def journal(self) -> list[dict[str, Any]]:
        """Every request that it has answered."""
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"{self.url}/__aimock/journal")
        entries: list[dict[str, Any]] = answer.json()
        return [entry for entry in entries if entry["path"].endswith("/chat/completions")]


@contextlib.asynccontextmanager
async def scripted_model(name: str, file: Path | None = None) -> AsyncIterator[ScriptedModelServer]:
    """The model while the block runs; it ends with its standard input."""
    process = await asyncio.create_subprocess_exec(
        "node",
        str(_SCRIPT),
        name,
        *([str(file)] if file else []),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = await asyncio.wait_for(process.stdout.readline(), 30)
        yield ScriptedModelServer(url=json.loads(line)["url"])
    finally:
        process.stdin.close()
        await process.wait()


@contextlib.asynccontextmanager
async def oracle(answers: dict[str, str]) -> AsyncIterator[ScriptedModelServer]:
    """A model that gives these answers, each by what it is asked."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "answers.json"
        file.write_text(json.dumps(answers), encoding="utf-8")
        async with scripted_model("oracle", file) as server:
            yield server
