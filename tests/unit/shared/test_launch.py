import asyncio
import gc
import socket
from collections.abc import Callable

import pytest

from services.shared.errors import SetupError
from services.shared.launch import launch


async def forget(error: Exception) -> None:
    """Leave behind what failed and was never asked."""
    asyncio.get_running_loop().create_future().set_exception(error)
    gc.collect()


def exit_code_of(main: Callable[[], object]) -> object:
    with pytest.raises(SystemExit) as ended:
        launch(main)  # type: ignore[arg-type]
    return ended.value.code


def test_nothing_is_logged_when_a_name_is_not_found_for_a_connection_that_was_given_up(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert exit_code_of(lambda: forget(socket.gaierror(-2, "Name or service not known"))) == 0
    assert caplog.text == ""


def test_any_other_forgotten_error_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    assert exit_code_of(lambda: forget(ValueError("lost"))) == 0
    assert "ValueError: lost" in caplog.text


def test_wrong_settings_are_one_line_and_an_exit_code_of_their_own(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def main() -> None:
        raise SetupError("settings are wrong")

    assert exit_code_of(main) == 78
    assert capsys.readouterr().err == "cannot start: settings are wrong\n"
