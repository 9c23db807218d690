"""This process as the supervisor of the stack, by the library `supervisor`."""

import fcntl
import os
from pathlib import Path

from supervisor import events
from supervisor.loggers import LevelsByName
from supervisor.medusa import asyncore_25 as asyncore
from supervisor.options import ServerOptions
from supervisor.states import SupervisorStates
from supervisor.supervisord import Supervisor

from services.shared.launch import EX_CONFIG


class StackSupervisor(Supervisor):  # type: ignore[misc]  # the library has no types
    """Ends the whole stack when a program's first run says that its settings are wrong: no new start mends them."""

    def __init__(self, options: ServerOptions) -> None:
        super().__init__(options)
        self.refused = False
        self._ended: set[str] = set()

    def runforever(self) -> None:
        events.subscribe(events.ProcessStateExitedEvent, self._on_exit)
        events.subscribe(events.SupervisorStoppingEvent, self._on_stop)
        # Without this the programs would start only after the loop's first wait, a second from now.
        for group in sorted(self.process_groups.values()):
            group.transition()
        super().runforever()

    def _on_exit(self, event: events.ProcessStateExitedEvent) -> None:
        name = event.process.config.name
        if event.process.exitstatus == EX_CONFIG and name not in self._ended:
            self.refused = True
            self.options.mood = SupervisorStates.SHUTDOWN
        self._ended.add(name)

    def _on_stop(self, _: events.SupervisorStoppingEvent) -> None:
        """That programs end is news only as long as they should not."""
        self.options.logger.level = LevelsByName.ERRO


def supervise(configuration: Path) -> int:
    """Runs the stack until a signal ends it, and returns the exit code. Any signal stops it, SIGHUP too."""
    # The supervisor opens standard output once more for each program; a plain file would be overwritten.
    fcntl.fcntl(1, fcntl.F_SETFL, fcntl.fcntl(1, fcntl.F_GETFL) | os.O_APPEND)
    options = ServerOptions()
    options.realize(["-c", str(configuration)], doc="")
    options.first, options.test = True, False
    supervisor = StackSupervisor(options)
    try:
        supervisor.main()
    except asyncore.ExitNow:
        pass
    finally:
        options.close_httpservers()
        options.close_logger()
    return EX_CONFIG if supervisor.refused else 0
