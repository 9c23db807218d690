"""Runs of the conversation machine: over the steps as they are, and over broken ones."""

import traceback
from collections.abc import Iterator
from contextlib import closing

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import INVARIANT_MARKER, run_state_machine_as_test

from tests.chaos.broken_steps import BrokenSteps
from tests.chaos.conversation_machine import ConversationMachine
from tests.chaos.mortal_steps import MortalSteps, Server

STEPS_AN_EXAMPLE = 40
STEPS_A_STORY = (6, 9, 12, 16, 20, STEPS_AN_EXAMPLE)


def hold(redis_url: str, *, examples: int) -> None:
    """Raise, with the shortest story that Hypothesis finds, unless the promises hold in all examples."""
    _run(redis_url, MortalSteps, examples, STEPS_AN_EXAMPLE, tuple(Phase))


def finds(redis_url: str, steps: type[BrokenSteps], *, examples: int) -> bool:
    """Whether the machine sees in so many examples that these steps are broken."""
    return _failure(redis_url, steps, examples, STEPS_AN_EXAMPLE, (Phase.generate,)) is not None


def story(redis_url: str, steps: type[BrokenSteps], *, examples: int) -> str | None:
    """How these steps break a promise, and which; None when that is not found in so many examples of each length."""
    for length in STEPS_A_STORY:  # the short ones first, which is faster than to shorten a long one
        if error := _failure(redis_url, steps, examples, length, (Phase.generate,)):
            return "\n".join([*_what_happened(error), _what_broke(error)])
    return None


def _what_happened(error: AssertionError) -> Iterator[str]:
    """Hypothesis' notes without the checks that it makes after every step."""
    for note in getattr(error, "__notes__", ()):
        for line in note.splitlines():
            name = line.removeprefix("state.").partition("(")[0]
            if not hasattr(getattr(ConversationMachine, name, None), INVARIANT_MARKER):
                yield line


def _what_broke(error: AssertionError) -> str:
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"broken: {place.name}: {str(error) or place.line}"


def _failure(
    redis_url: str, steps: type[BrokenSteps], examples: int, length: int, phases: tuple[Phase, ...]
) -> AssertionError | None:
    try:
        _run(redis_url, steps, examples, length, phases)
    except AssertionError as error:
        return error
    return None


def _run(
    redis_url: str, steps: type[MortalSteps], examples: int, length: int, phases: tuple[Phase, ...]
) -> None:
    with closing(Server(redis_url, steps)) as server:
        server.do(server.steps.load())
        machine = type("Machine", (ConversationMachine,), {"server": server})
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=examples,
                stateful_step_count=length,
                phases=phases,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
