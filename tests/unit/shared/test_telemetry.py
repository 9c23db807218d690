import logging
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
import structlog

from services.shared.errors import SetupError
from services.shared.events import parse_event
from services.shared.settings import RedisSettings
from services.shared.telemetry import configure_logging

Lines = Callable[[], list[str]]


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    """The process has one logging configuration; each test gives it back."""
    handlers, level, raising = logging.root.handlers[:], logging.root.level, logging.raiseExceptions
    yield
    logging.root.handlers[:], logging.raiseExceptions = handlers, raising
    logging.root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Lines:
    def read() -> list[str]:
        return capsys.readouterr().err.splitlines()

    return read


def configure(**settings: Any) -> None:
    configure_logging("router_worker", RedisSettings(_env_file=None, **settings))


def test_every_line_begins_with_the_service_when_the_format_is_text(lines: Lines) -> None:
    configure(log_format="text")

    structlog.get_logger().info("turn ended", turn_id="t1", note="two words")
    logging.getLogger("some.library").warning("pool is %s", "full")
    try:
        raise ValueError("broken")  # noqa: TRY301 - a trace is wanted
    except ValueError:
        structlog.get_logger().exception("turn failed")

    written = lines()
    assert all(line.startswith("router_worker ") for line in written)
    assert written[0].endswith("INFO     turn ended turn_id=t1 note='two words'")
    assert written[1].endswith("WARNING  pool is full logger=some.library")
    assert written[-1].endswith("ValueError: broken")


def test_every_line_is_one_json_object_when_the_format_is_json(lines: Lines) -> None:
    configure(log_format="json")

    structlog.get_logger().info("turn ended", turn_id="t1", took_ms=3)
    logging.getLogger("some.library").error("pool is full")

    ours, foreign = (orjson.loads(line) for line in lines())
    assert list(ours)[:4] == ["service", "time", "level", "event"]
    assert [ours[key] for key in ("service", "event", "turn_id", "took_ms")] == [
        "router_worker",
        "turn ended",
        "t1",
        3,
    ]
    assert [foreign[key] for key in ("service", "level", "logger")] == [
        "router_worker",
        "error",
        "some.library",
    ]


def test_bound_ids_stand_in_the_lines_of_libraries_too(lines: Lines) -> None:
    configure(log_format="json")

    with structlog.contextvars.bound_contextvars(conversation_id="c1"):
        logging.getLogger("some.library").warning("slow")

    assert orjson.loads(lines()[0])["conversation_id"] == "c1"


def test_secrets_and_personal_data_reach_no_log(lines: Lines) -> None:
    configure(log_format="json", log_level="DEBUG")
    log = structlog.get_logger()

    log.info("asked ann@mail.example", text="planted words", reason="card 4111 1111 1111 1111")
    logging.getLogger("some.library").warning("Bearer planted-0123456789")
    for library in (
        "uvicorn.error",
        "openai._base_client",
        "httpx",
        "sqlalchemy.engine",
        "websockets.client",
    ):
        logging.getLogger(library).debug("planted frame")
        logging.getLogger(library).info("planted request")
    try:
        parse_event('{"type":"MessageReceived","text":"planted words"}')
    except ValueError:
        log.exception("entry is none of ours")

    written = "\n".join(lines())
    assert "entry is none of ours" in written
    assert "conversation_id: Field required" in written
    for private in ("planted", "ann@", "4111"):
        assert private not in written


def test_a_record_that_cannot_be_formatted_is_not_printed_raw(lines: Lines) -> None:
    configure()

    logging.getLogger("some.library").warning("%d words", "planted")

    assert "planted" not in "\n".join(lines())


def test_a_trace_names_every_cause_and_every_part_of_a_group(lines: Lines) -> None:
    configure()
    cause = ConnectionError("refused")
    error = ExceptionGroup("tasks", [KeyError("a"), TimeoutError("late")])
    error.__cause__ = cause

    structlog.get_logger().error("stopped", exc_info=error)

    written = "\n".join(lines())
    for part in ("ConnectionError: refused", "which led to:", "KeyError: 'a'", "TimeoutError: late"):
        assert part in written


def test_warnings_become_log_lines(lines: Lines) -> None:
    configure()

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old way", DeprecationWarning, stacklevel=1)

    assert "old way" in lines()[0]


def test_lines_below_the_level_are_dropped(lines: Lines) -> None:
    configure(log_level="warning")

    structlog.get_logger().info("detail")
    logging.getLogger("some.library").info("detail")
    logging.getLogger("talkative.library").setLevel(logging.DEBUG)
    logging.getLogger("talkative.library").debug("detail")
    structlog.get_logger().warning("matters")

    assert [line.split()[-1] for line in lines()] == ["matters"]


def test_no_colour_codes_are_written_when_it_is_not_a_terminal(lines: Lines) -> None:
    configure()

    structlog.get_logger().error("red")

    assert "\x1b" not in lines()[0]


def test_an_unknown_level_is_refused_in_one_line() -> None:
    with pytest.raises(SetupError, match="LOG_LEVEL is 'LOUD'; use one of DEBUG, INFO"):
        configure(log_level="LOUD")
