"""`.env.example` shows every variable of every settings class, with its default and a line on what it means."""

import importlib
import os
import pkgutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic_settings import BaseSettings

import services

EXAMPLE = Path(__file__).parents[3] / ".env.example"


def settings_classes() -> list[type[BaseSettings]]:
    for module in pkgutil.walk_packages(services.__path__, "services."):
        if module.name.endswith(".settings"):
            importlib.import_module(module.name)
    return sorted(_subclasses(BaseSettings), key=lambda settings: settings.__name__)


def _subclasses(parent: type[BaseSettings]) -> Iterator[type[BaseSettings]]:
    for child in parent.__subclasses__():
        yield from _subclasses(child)
        if child.__module__.startswith("services."):
            yield child


def variables(settings: type[BaseSettings]) -> set[str]:
    prefix = settings.model_config.get("env_prefix") or ""
    return {f"{prefix}{name}".upper() for name in settings.model_fields}


@pytest.fixture(autouse=True)
def _no_variables_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for settings in settings_classes():
        for name in variables(settings) & os.environ.keys():
            monkeypatch.delenv(name)


def shown() -> list[str]:
    lines = EXAMPLE.read_text().splitlines()
    return [line.partition("=")[0] for line in lines if line and not line.startswith("#")]


def test_every_variable_is_shown_once_and_no_other() -> None:
    expected = set().union(*map(variables, settings_classes()))

    assert sorted(shown()) == sorted(expected)


def test_every_variable_has_its_meaning_above_it() -> None:
    lines = EXAMPLE.read_text().splitlines()

    unexplained = [
        line for above, line in pairwise(["", *lines]) if "=" in line and not above.startswith("# ")
    ]

    assert [line for line in unexplained if not line.startswith("#")] == []


@pytest.mark.parametrize("settings", settings_classes(), ids=lambda settings: settings.__name__)
def test_the_shown_values_are_the_defaults(settings: type[BaseSettings]) -> None:
    assert settings(_env_file=EXAMPLE) == settings(_env_file=None)
