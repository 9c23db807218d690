"""Where a server's Unix socket lies, and whether somebody answers there."""

import hashlib
import os
import re
import socket
import tempfile
from pathlib import Path

from services.shared.errors import SetupError

# The kernel allows 104 to 108 bytes; the longest name put into the directory is ".s.PGSQL.5432.lock".
_LONGEST_DIRECTORY = 80
# Such a path stands in a URL and in a server's configuration without quoting.
_PLAIN = re.compile(r"[A-Za-z0-9/._-]+")


def socket_directory(data_dir: Path) -> Path:
    """Where the sockets of `data_dir` lie, the same each time: in it, or elsewhere if its path does not fit."""
    directory = data_dir / "run"
    if len(os.fsencode(directory)) <= _LONGEST_DIRECTORY and _PLAIN.fullmatch(str(directory)):
        return directory
    digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"supportbot-{os.geteuid()}-{digest}"


def make_private(directory: Path, owner: int) -> None:
    """Makes a directory that only `owner` may enter. Raises SetupError when another user got there first."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    if directory.is_symlink() or directory.stat().st_uid not in {owner, os.geteuid()}:
        raise SetupError(f"{directory} belongs to another user; choose another --data-dir")
    os.chown(directory, owner, -1)
    directory.chmod(0o700)


def accepts(path: Path, *, say: bytes = b"", within: float = 1.0) -> bytes | None:
    """What a server at `path` answers to `say`, empty when nothing was said; None when nobody is there."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(within)
        try:
            connection.connect(str(path))
            if not say:
                return b""
            connection.sendall(say)
            return connection.recv(256)
        except OSError:
            return None
