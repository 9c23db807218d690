import pytest

from services.shared.errors import SetupError
from services.shared.settings import load_settings
from services.tools_worker.settings import ToolsSettings


def test_the_http_source_needs_an_address() -> None:
    with pytest.raises(SetupError, match="TOOLS_ORDERS_URL"):
        load_settings(ToolsSettings, order_source="http")


def test_an_unknown_source_is_refused_with_those_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOOLS_ORDER_SOURCE", "oracle")
    with pytest.raises(SetupError, match="postgres"):
        load_settings(ToolsSettings)
