"""Planted misconfigurations, and what `supportbot doctor` makes of them."""

import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from typer.testing import CliRunner

from services.cli.app import app
from services.cli.doctor.finding import Finding
from services.cli.doctor.redis import check_redis
from services.shared.delivery import PAYLOAD_FIELD
from services.shared.events import DeadLettered, dump_event
from services.shared.function_library import LIBRARY
from services.shared.streams import stream_keys
from tests.builders import an_event
from tests.ports import free_port

Diagnose: TypeAlias = Callable[[], tuple[int, str]]


@pytest.fixture
def redis(redis_url: str, redis_client: AsyncRedis) -> Iterator[Redis]:  # noqa: ARG001 (empties the database)
    """As a running stack has it: functions loaded, and every group read a moment ago."""
    client = Redis.from_url(redis_url)
    client.function_load(LIBRARY.read_text(), replace=True)
    for stream, key in stream_keys(1):
        for group in stream.groups:
            client.xgroup_create(key, group, id="0", mkstream=True)
            client.xreadgroup(group, "worker", {key: ">"})
    yield client
    client.close()


@pytest.fixture
def diagnose(
    redis: Redis,  # noqa: ARG001 (fills it)
    redis_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Diagnose:
    """The command's exit code and what it says, where Redis is well, and neither Postgres nor gateway started."""
    (tmp_path / "web" / "dist").mkdir(parents=True)
    (tmp_path / "web" / "dist" / "index.html").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("DATABASE_URL", f"postgresql://127.0.0.1:{free_port()}/x")
    monkeypatch.setenv("GATEWAY_PORT", str(free_port()))
    monkeypatch.delenv("SUPPORTBOT_URL", raising=False)

    def run() -> tuple[int, str]:
        done = CliRunner().invoke(app, ["doctor"], catch_exceptions=False)
        return done.exit_code, done.stdout

    return run


async def findings(redis_url: str) -> dict[str, Finding]:
    """The worst finding of each subject."""
    async with AsyncRedis.from_url(redis_url) as client:
        found = await check_redis(client, partitions=1, time_limit_seconds=45)
    by_state = sorted(found, key=lambda finding: ["ok", "warn", "fail"].index(finding.state))
    return {finding.subject: finding for finding in by_state}


def test_nothing_must_be_mended_when_all_is_well_but_the_gateway_not_started(
    diagnose: Diagnose, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    code, said = diagnose()
    assert code == 0
    assert "fail" not in said
    assert "warn  gateway: no answer" in said


@pytest.mark.parametrize(
    ("variable", "value", "diagnosis"),
    [
        ("REDIS_URL", "http://127.0.0.1:6379", "REDIS_URL"),
        ("REDIS_URL", "redis://127.0.0.1:1", "fail  redis: does not answer"),
        ("DATABASE_URL", "mysql://127.0.0.1/x", "DATABASE_URL"),
        ("DATABASE_URL", "postgresql://127.0.0.1:1/x", "fail  postgres: no connection"),
        ("GATEWAY_PORT", "eighty", "GATEWAY_PORT"),
        ("OPENAI_API_KEY", "sk-of-nobody", "must name the model"),
        ("KNOWLEDGE_DIR", "/nowhere", "KNOWLEDGE_DIR is /nowhere, which is not a folder"),
        ("ROUTER_INTENTS_DIR", "/nowhere", "/nowhere: has no .yaml file"),
        ("TOOLS_ORDER_SOURCE", "http", "TOOLS_ORDERS_URL must be set"),
        ("GATEWAY_IDENTITY_SECRET", "short", "GATEWAY_IDENTITY_SECRET: must have at least 32 bytes"),
        ("GATEWAY_IDENTITY_PUBLIC_KEY", "none", "GATEWAY_IDENTITY_PUBLIC_KEY: must be a public key"),
    ],
)
def test_a_wrong_setting_is_named(
    diagnose: Diagnose, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, diagnosis: str
) -> None:
    monkeypatch.setenv(variable, value)
    code, said = diagnose()
    assert code == 1
    assert diagnosis in said
    assert "→" in said


@pytest.mark.parametrize(
    ("more", "diagnosis"),
    [
        ({}, "ok    identity: anybody may be one of the demo shop's customers"),
        (
            {"TOOLS_ORDER_SOURCE": "http", "TOOLS_ORDERS_URL": "http://127.0.0.1:1"},
            "but the orders are those of another shop",
        ),
        ({"GATEWAY_IDENTITY_SECRET": "0123456789abcdef0123456789abcdef"}, "beside those of a real site"),
        ({"GATEWAY_ALLOWED_ORIGINS": "https://shop.example"}, "beside those of a real site"),
    ],
    ids=["demo shop", "other orders", "host site", "other origin"],
)
def test_the_demos_customers_are_warned_of_where_the_shop_is_a_real_one(
    diagnose: Diagnose, monkeypatch: pytest.MonkeyPatch, more: dict[str, str], diagnosis: str
) -> None:
    for name, value in {"GATEWAY_DEMO_CUSTOMERS": "true", **more}.items():
        monkeypatch.setenv(name, value)
    _, said = diagnose()
    assert diagnosis in said
    assert ("set GATEWAY_DEMO_CUSTOMERS=false" in said) is bool(more)


def test_the_two_keys_of_identity_exclude_each_other(
    diagnose: Diagnose, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    monkeypatch.setenv("GATEWAY_IDENTITY_PUBLIC_KEY", pem.decode())
    assert "ok    identity: tokens signed by ES256, for supportbot" in diagnose()[1]

    monkeypatch.setenv("GATEWAY_IDENTITY_SECRET", "0123456789abcdef0123456789abcdef")
    assert "one key, one algorithm" in diagnose()[1]


def test_a_slip_of_the_pen_is_pointed_out(diagnose: Diagnose, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("OPENAI_APIKEY=sk-of-nobody\n")
    _, said = diagnose()
    assert "OPENAI_APIKEY in .env means nothing\n      → did you mean OPENAI_API_KEY?" in said
    assert "sk-of-nobody" not in said


def test_a_missing_page_is_a_warning(diagnose: Diagnose, tmp_path: Path) -> None:
    (tmp_path / "web" / "dist" / "index.html").unlink()
    _, said = diagnose()
    assert "warn  page:" in said


def test_a_broken_article_is_named(
    diagnose: Diagnose, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "broken.md").write_text("---\ntitle: [unclosed\n---\n\n# Text\n")
    monkeypatch.setenv("KNOWLEDGE_DIR", str(tmp_path))
    code, said = diagnose()
    assert code == 1
    assert "broken.md:" in said


def test_tables_of_no_version_are_told_with_the_way_to_make_them(
    diagnose: Diagnose, monkeypatch: pytest.MonkeyPatch, empty_database_url: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    code, said = diagnose()
    assert code == 1
    assert "tables at no version\n      → `supportbot migrate`" in said


@pytest.mark.usefixtures("redis")
async def test_every_group_is_well_when_its_worker_reads(redis_url: str) -> None:
    groups = {subject: found for subject, found in (await findings(redis_url)).items() if "›" in subject}
    assert len(groups) == 9
    assert {found.state for found in groups.values()} == {"ok"}


async def test_a_group_that_nobody_reads_is_a_failure(redis: Redis, redis_url: str) -> None:
    redis.xgroup_delconsumer("chat.messages.{0}", "router", "worker")
    found = (await findings(redis_url))["chat.messages.{0} › router"]
    assert (found.state, found.mend) == ("fail", "start the router worker, or look at its log")


async def test_a_missing_group_is_told(redis: Redis, redis_url: str) -> None:
    redis.xgroup_destroy("tool.requests.{0}", "tools")
    assert (await findings(redis_url))["tool.requests.{0} › tools"].state == "warn"


async def test_an_entry_that_has_been_in_work_for_long_is_told(redis: Redis, redis_url: str) -> None:
    old = f"{int(time.time() * 1000) - 300_000}-0"
    redis.delete("tool.results.{0}")
    redis.xadd("tool.results.{0}", {PAYLOAD_FIELD: "{}"}, id=old)
    redis.xgroup_create("tool.results.{0}", "router", id="0")
    redis.xreadgroup("router", "worker", {"tool.results.{0}": ">"})
    found = (await findings(redis_url))["tool.results.{0} › router"]
    assert found.state == "warn"
    assert "the oldest for 300 s" in found.text


async def test_dead_letters_are_counted(redis: Redis, redis_url: str) -> None:
    redis.xadd("dead.letters.{0}", {PAYLOAD_FIELD: dump_event(an_event(DeadLettered))})
    assert (await findings(redis_url))["dead letters"].text == "1"


async def test_missing_functions_are_told(redis: Redis, redis_url: str) -> None:
    redis.function_delete("supportbot")
    assert (await findings(redis_url))["functions"].state == "warn"


@pytest.mark.parametrize(
    ("status", "models", "state", "said"),
    [
        (200, ["bot-1"], "ok", "bot-1 at"),
        (200, ["other"], "fail", "has no bot-1"),
        (401, [], "fail", "refuses the key (401)"),
        (404, [], "warn", "answers 404"),
    ],
)
def test_the_language_model_is_asked_for(
    diagnose: Diagnose, monkeypatch: pytest.MonkeyPatch, status: int, models: list[str], state: str, said: str
) -> None:
    class Models(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps({"data": [{"id": name} for name in models]}).encode())

        def log_message(self, *_: object) -> None:
            """Nothing: the test's output is for failures."""

    with http.server.HTTPServer(("127.0.0.1", 0), Models) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{server.server_port}/v1")
        monkeypatch.setenv("OPENAI_MODEL", "bot-1")
        lines = [line for line in diagnose()[1].splitlines() if "  model: " in line]
        server.shutdown()
    assert len(lines) == 1
    assert lines[0].startswith(state)
    assert said in lines[0]
