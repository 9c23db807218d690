"""What `supportbot up` sets for the services."""

from pathlib import Path

import pytest

from services.cli.up import _demo_customers


@pytest.mark.parametrize(
    ("environment", "dotenv", "on"),
    [
        (None, "", "true"),
        ("false", "", "false"),
        (None, "GATEWAY_DEMO_CUSTOMERS=false\n", "false"),
        ("true", "GATEWAY_DEMO_CUSTOMERS=false\n", "true"),
        ("", "", "true"),
    ],
    ids=["nothing said", "environment", "dotenv", "both", "empty"],
)
def test_the_demos_customers_are_there_unless_somebody_says_no(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: str | None, dotenv: str, on: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(".env").write_text(dotenv)
    monkeypatch.delenv("GATEWAY_DEMO_CUSTOMERS", raising=False)
    if environment is not None:
        monkeypatch.setenv("GATEWAY_DEMO_CUSTOMERS", environment)

    assert _demo_customers("unix:///tmp/redis.sock") == on
