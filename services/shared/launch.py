"""How a service process begins and ends."""

import asyncio
import socket
import sys
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn

from services.shared.errors import SetupError

EX_CONFIG = 78


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop  # noqa: PLC0415
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop


def _report(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """uvloop leaves a failed look-up of a name behind when the connection that needed it was given up meanwhile.

    Whoever wanted the connection has been told.
    """
    if not isinstance(context.get("exception"), socket.gaierror):
        loop.default_exception_handler(context)


def launch(main: Callable[[], Coroutine[Any, Any, None]]) -> NoReturn:
    """Run a service's main coroutine on uvloop where there is one. A SetupError is one line, not a traceback."""
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.get_loop().set_exception_handler(_report)
            runner.run(main())
    except SetupError as error:
        sys.stderr.write(f"cannot start: {error}\n")
        sys.exit(EX_CONFIG)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(0)
