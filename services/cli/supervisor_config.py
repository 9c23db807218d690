"""The supervisor's configuration file for a list of programs."""

import configparser
import io
import os
import re
import secrets
import shlex
from collections.abc import Iterable
from pathlib import Path

from services.cli.programs import Program
from services.shared.errors import SetupError
from services.shared.launch import EX_CONFIG

_FOR_EVER = 1_000_000_000
_LOG_BYTES = 5_000_000
_COMMENT = re.compile(r"\s[;#]|[\r\n]")


def supervisor_configuration(programs: Iterable[Program], *, socket: Path, data_dir: Path) -> str:
    """The configuration file. Every program starts at once and, unless it runs once, starts again for ever."""
    parser = configparser.RawConfigParser()
    login = {"username": "supportbot", "password": secrets.token_hex(16)}
    parser["unix_http_server"] = {"file": _escaped(socket), "chmod": "0600", **login}
    parser["rpcinterface:supervisor"] = {
        "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
    }
    parser["supervisorctl"] = {"serverurl": f"unix://{_escaped(socket)}", **login}
    parser["supervisord"] = {
        "nodaemon": "true",
        "loglevel": "warn",
        "logfile": _escaped(data_dir / "logs" / "supervisor.log"),
        "pidfile": _escaped(data_dir / "supervisor.pid"),
        "childlogdir": _escaped(data_dir / "logs"),
        "minfds": "256",
    }
    if os.geteuid() == 0:
        parser["supervisord"]["user"] = "root"
    members: dict[tuple[str, int], list[str]] = {}
    for program in programs:
        parser[f"program:{program.name}"] = _program_section(program)
        members.setdefault((program.group, program.rank), []).append(program.name)
    for (group, rank), names in members.items():
        parser[f"group:{group}"] = {"programs": ",".join(names), "priority": str(rank)}
    text = io.StringIO()
    parser.write(text)
    return text.getvalue()


def _program_section(program: Program) -> dict[str, str]:
    return {
        "command": _escaped(shlex.join(program.command)),
        "process_name": "%(program_name)s_%(process_num)d" if program.count > 1 else "%(program_name)s",
        "numprocs": str(program.count),
        "numprocs_start": "1",
        "autorestart": "unexpected" if program.once else "true",
        "exitcodes": f"0,{EX_CONFIG}",
        "startsecs": "0",
        "startretries": str(_FOR_EVER),
        "stopsignal": program.stop_signal.name.removeprefix("SIG"),
        "stopwaitsecs": "15",
        "stopasgroup": "false",
        "killasgroup": "true",
        "redirect_stderr": "true",
        "stdout_logfile": _escaped(program.log) if program.log else "/dev/fd/1",
        "stdout_logfile_maxbytes": str(_LOG_BYTES if program.log else 0),
        "stdout_logfile_backups": "1",
    }


def _escaped(value: str | Path) -> str:
    """The supervisor expands `%(name)s`, and takes what follows ` ;` or ` #` for a comment, quoted or not."""
    text = str(value)
    if _COMMENT.search(text):
        raise SetupError(f"{text!r} has a blank before ; or #, or a line break: choose another --data-dir")
    return text.replace("%", "%%")
