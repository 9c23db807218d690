"""The configuration as the supervisor itself reads it."""

import signal
from pathlib import Path
from typing import Any

import pytest
from supervisor.options import ServerOptions

from services.cli.programs import Program
from services.cli.supervisor_config import supervisor_configuration
from services.shared.errors import SetupError


def read_back(folder: Path, *programs: Program) -> dict[str, list[Any]]:
    """Each group's processes, from the lowest priority."""
    (folder / "logs").mkdir()
    file = folder / "supervisor.conf"
    file.write_text(supervisor_configuration(programs, socket=folder / "s.sock", data_dir=folder))
    options = ServerOptions()
    options.realize(["-c", str(file)], doc="")
    return {group.name: group.process_configs for group in sorted(options.process_group_configs)}


def worker(**changes: Any) -> Program:
    return Program(**{"name": "worker", "command": ["/bin/true"], "group": "services", "rank": 10, **changes})


def only(groups: dict[str, list[Any]]) -> Any:
    (processes,) = groups.values()
    (process,) = processes
    return process


def test_a_program_is_a_process_for_each_of_its_count(tmp_path: Path) -> None:
    names = [process.name for process in read_back(tmp_path, worker(count=3))["services"]]
    assert names == ["worker_1", "worker_2", "worker_3"]


def test_a_program_starts_again_whatever_its_exit_code_was(tmp_path: Path) -> None:
    process = only(read_back(tmp_path, worker()))
    assert process.autorestart.__name__ == "RestartUnconditionally"
    assert process.startretries > 10**6


def test_a_program_that_runs_once_starts_again_only_when_it_failed(tmp_path: Path) -> None:
    process = only(read_back(tmp_path, worker(once=True)))
    assert process.autorestart.__name__ == "RestartWhenExitUnexpected"
    assert 0 in process.exitcodes
    assert 1 not in process.exitcodes


@pytest.mark.parametrize("folder", ["with space", "100%(here)s", "semi;colon", 'quo"te'])
def test_the_command_arrives_as_it_was_when_a_path_has_odd_characters(tmp_path: Path, folder: str) -> None:
    home = tmp_path / folder
    home.mkdir()
    process = only(read_back(home, worker(command=["/bin/echo", str(home), "%(x)s", "it's"])))
    arguments = process.make_process(group=None).get_execv_args()[1]
    assert arguments == ["/bin/echo", str(home), "%(x)s", "it's"]


@pytest.mark.parametrize("folder", ["semi ;colon", "number #1", "two\nlines"])
def test_a_path_that_the_configuration_cannot_hold_is_refused(tmp_path: Path, folder: str) -> None:
    with pytest.raises(SetupError, match="choose another --data-dir"):
        supervisor_configuration([worker()], socket=tmp_path / "s.sock", data_dir=tmp_path / folder)


def test_services_are_stopped_before_what_they_need(tmp_path: Path) -> None:
    groups = read_back(
        tmp_path,
        worker(),
        worker(name="redis", group="redis", rank=0, stop_signal=signal.SIGINT),
    )
    assert list(groups) == ["redis", "services"]
    assert groups["redis"][0].stopsignal == signal.SIGINT
