"""The command: every check, a line each."""

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from services.cli import stack

if TYPE_CHECKING:
    from services.cli.doctor.finding import Finding

_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


def doctor() -> None:
    """Say what is wrong with this set-up and how to mend it; exit code 1 when something must be mended."""
    stack.use_running_stack()
    failed = False
    for finding in _findings():
        failed |= finding.state == "fail"
        state = typer.style(f"{finding.state:<4}", fg=_COLOURS[finding.state])
        mend = f"\n      → {finding.mend}" if finding.mend else ""
        typer.echo(f"{state}  {finding.subject}: {finding.text}{mend}")
    if failed:
        raise typer.Exit(1)


def _findings() -> "Iterator[Finding]":
    from services.cli.doctor import files, identity, network, postgres, redis, settings
    from services.gateway.settings import GatewaySettings
    from services.router_worker.settings import ModelSettings, RouterSettings
    from services.shared.settings import PostgresSettings
    from services.tools_worker.settings import KnowledgeSettings, ToolsSettings

    yield settings.check_python()
    found = list(settings.check_settings())
    yield from found
    if any(finding.state == "fail" for finding in found):
        return  # the other checks would look in the wrong places
    gateway, knowledge = GatewaySettings(), KnowledgeSettings()
    yield from asyncio.run(redis.check_redis_of(gateway))
    yield asyncio.run(postgres.check_postgres(PostgresSettings()))
    yield files.check_knowledge(knowledge.knowledge_dir, knowledge.knowledge_language)
    router = RouterSettings()
    yield files.check_intents(router.intents_dir, router.translations_dir)
    yield files.check_page(gateway.gateway_web_dir)
    yield identity.check_identity(gateway, ToolsSettings())
    yield network.check_gateway(gateway.gateway_host, gateway.gateway_port)
    yield network.check_model(ModelSettings())
