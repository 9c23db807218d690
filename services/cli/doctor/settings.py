"""Are the variables right, and are they ours?"""

import difflib
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from dotenv import dotenv_values
from pydantic_settings import BaseSettings

from services.cli.doctor.finding import Finding, fail, ok, warn
from services.gateway.settings import GatewaySettings
from services.persistence_worker.settings import PersistenceSettings
from services.router_worker.settings import ModelSettings, RouterSettings
from services.shared.errors import SetupError
from services.shared.settings import BudgetSettings, PostgresSettings, RedisSettings, load_settings
from services.tools_worker.settings import KnowledgeSettings, ToolsSettings

SETTINGS: tuple[type[BaseSettings], ...] = (
    RedisSettings,
    PostgresSettings,
    BudgetSettings,
    GatewaySettings,
    ModelSettings,
    RouterSettings,
    KnowledgeSettings,
    ToolsSettings,
    PersistenceSettings,
)
OLDEST_PYTHON = (3, 11)


def check_python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST_PYTHON:
        return fail("python", version, "use Python 3.11 or newer")
    return ok("python", version)


def check_settings() -> Iterator[Finding]:
    """Each settings class once, then names in `.env` and the environment that look like slips of the pen."""
    problems = dict.fromkeys(filter(None, map(_problem, SETTINGS)))
    yield from (fail("settings", problem, "correct it in .env or the environment") for problem in problems)
    names = variables()
    for name, place in _given(names):
        near = difflib.get_close_matches(name, names, n=1, cutoff=0.8)
        if name not in names and near:
            yield warn("settings", f"{name} in {place} means nothing", f"did you mean {near[0]}?")
    if not problems:
        yield ok("settings", "every variable is valid")


def variables() -> set[str]:
    """The names of all settings."""
    return {
        f"{settings.model_config.get('env_prefix', '')}{field}".upper()
        for settings in SETTINGS
        for field in settings.model_fields
    }


def _given(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """What is set: all of `.env`, and of the environment what begins as one of our names does."""
    yield from ((name.upper(), ".env") for name in dotenv_values(Path(".env")))
    families = {name.partition("_")[0] + "_" for name in names if "_" in name}
    yield from ((name, "the environment") for name in os.environ if name.startswith(tuple(families)))


def _problem(settings: type[BaseSettings]) -> str | None:
    try:
        load_settings(settings)
    except SetupError as error:
        return str(error).removesuffix(" See .env.example for every variable.")
    return None
