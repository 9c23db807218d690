"""Runs of the conversation machine: over the steps as they are, and over broken ones."""

from contextlib import closing

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.chaos.broken_steps import BrokenSteps
from tests.chaos.conversation_machine import ConversationMachine, MortalSteps, Server

STEPS_AN_EXAMPLE = 40


def hold(redis_url: str, *, examples: int) -> None:
    """Raise, with the shortest story that Hypothesis finds, unless the promises hold in all examples."""
    _run(redis_url, MortalSteps, examples, tuple(Phase))


def finds(redis_url: str, steps: type[BrokenSteps], *, examples: int) -> bool:
    """Whether the machine sees in so many examples that these steps are broken."""
    return _failure(redis_url, steps, examples, (Phase.generate,)) is not None


def story(redis_url: str, steps: type[BrokenSteps], *, examples: int) -> str | None:
    """The shortest story that Hypothesis finds of how these steps break a promise, and which; None without one."""
    error = _failure(redis_url, steps, examples, (Phase.generate, Phase.shrink))
    return error and "\n".join([*getattr(error, "__notes__", ()), f"AssertionError: {error}"])


def _failure(
    redis_url: str, steps: type[BrokenSteps], examples: int, phases: tuple[Phase, ...]
) -> AssertionError | None:
    try:
        _run(redis_url, steps, examples, phases)
    except AssertionError as error:
        return error
    return None


def _run(redis_url: str, steps: type[MortalSteps], examples: int, phases: tuple[Phase, ...]) -> None:
    with closing(Server(redis_url, steps)) as server:
        server.do(server.steps.load())
        machine = type("Machine", (ConversationMachine,), {"server": server})
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=examples,
                stateful_step_count=STEPS_AN_EXAMPLE,
                phases=phases,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
