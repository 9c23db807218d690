"""Become another program, one that does not outlive its parent.

Started by path with a bare interpreter, so it imports the standard library alone:

    python -I -S child.py --parent PID [--signal SIGTERM] [--user NAME] [--lock FILE] [--pace FOLDER] PROGRAM...
"""

import argparse
import ctypes
import fcntl
import os
import pwd
import signal
import sys
import time
from pathlib import Path

PACE_SECONDS = 1.0
_PR_SET_PDEATHSIG = 1


def command(
    program: list[str],
    *,
    parent: int | None = None,
    end_signal: signal.Signals = signal.SIGTERM,
    user: str | None = None,
    lock: Path | None = None,
    pace: Path | None = None,
) -> list[str]:
    """The command line that starts `program`, to be ended when the process `parent` (this one, unless given) ends.

    With `user` it runs as that user; with `lock` it waits until no other holder of that file lives; with the
    folder `pace` its starts are at least a second apart: one that dies at once does not keep the machine busy.
    """
    options = ["--parent", str(parent or os.getpid()), "--signal", end_signal.name]
    for name, value in (("--user", user), ("--lock", lock), ("--pace", pace)):
        options += [name, str(value)] if value else []
    return [sys.executable, "-I", "-S", __file__, *options, *program]


def _keep_pace(stamp: Path) -> None:
    """The file's time is that of the last start."""
    try:
        since = time.time() - stamp.stat().st_mtime
    except FileNotFoundError:
        since = PACE_SECONDS
    time.sleep(min(max(PACE_SECONDS - since, 0.0), PACE_SECONDS))
    stamp.touch()


def _hold(lock: Path) -> None:
    """Locked until the program that this process becomes has ended, however it ends."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    os.set_inheritable(descriptor, True)


def _become(user: str) -> None:
    entry = pwd.getpwnam(user)
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)
    os.environ.update(HOME="/", USER=user, LOGNAME=user)


def _end_with(parent: int, end_signal: signal.Signals) -> None:
    """Only Linux tells a child of its parent's end; it forgets the wish when the user changes, so ask last."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, end_signal.value)
    if os.getppid() != parent:
        raise SystemExit("the process that started this one has ended")


def main() -> None:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--signal", type=lambda name: signal.Signals[name], default=signal.SIGTERM)
    parser.add_argument("--user")
    parser.add_argument("--lock", type=Path)
    parser.add_argument("--pace", type=Path)
    parser.add_argument("program", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    if options.pace:
        _keep_pace(options.pace / os.environ.get("SUPERVISOR_PROCESS_NAME", Path(options.program[0]).name))
    if options.lock:
        _hold(options.lock)
    if options.user:
        _become(options.user)
    _end_with(options.parent, options.signal)
    os.execv(options.program[0], options.program)


if __name__ == "__main__":
    main()
