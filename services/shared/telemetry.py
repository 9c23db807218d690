"""One log for the whole process: structlog and every library's logger in one format, on standard error.

Ids bound with `structlog.contextvars.bind_contextvars(conversation_id=..., turn_id=...)` stand in every line
of the task. What customers write, tokens and personal data are never logged (see redaction.py).
"""

import logging
import os
import sys
import traceback
from collections.abc import Iterator
from typing import Any

import orjson
import structlog
from pydantic import ValidationError
from structlog.typing import EventDict, Processor, WrappedLogger

from services.shared.errors import SetupError
from services.shared.redaction import redact_field, redact_text
from services.shared.settings import RedisSettings

_MAX_ERROR_CHARACTERS = 500
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_COLOURS = {"debug": "\x1b[2m", "warning": "\x1b[33m", "error": "\x1b[31m", "critical": "\x1b[1;31m"}
_RESET = "\x1b[0m"

# Below these levels the libraries print requests, frames or SQL parameters: what customers wrote.
_FLOORS = {
    "asyncio": logging.INFO,
    "faststream": logging.WARNING,
    "httpcore": logging.WARNING,
    "httpcore2": logging.WARNING,
    "httpx": logging.WARNING,
    "httpx2": logging.WARNING,
    "openai": logging.WARNING,
    "sqlalchemy": logging.WARNING,
    "uvicorn": logging.WARNING,
    "uvicorn.error": logging.WARNING,
    "websockets": logging.WARNING,
}


def configure_logging(service: str, settings: RedisSettings) -> None:
    """Sends every log of this process through one formatter. Raises SetupError for an unknown level."""
    level = settings.log_level.upper()
    if level not in _LEVELS:
        raise SetupError(f"LOG_LEVEL is {settings.log_level!r}; use one of {', '.join(_LEVELS)}")
    _configure_structlog(service, logging.getLevelNamesMapping()[level])
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(service, settings.log_format))
    handler.setLevel(level)  # some libraries set their own logger's level lower
    _take_over_loggers(handler, level)


def _configure_structlog(service: str, level: int) -> None:
    structlog.configure(
        processors=[*_common_processors(service), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _common_processors(service: str) -> list[Processor]:
    def name_service(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        return {"service": service, **event}

    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        name_service,
    ]


def _formatter(service: str, log_format: str) -> structlog.stdlib.ProcessorFormatter:
    coloured = sys.stderr.isatty() and "NO_COLOR" not in os.environ
    renderer: Processor = _render_json if log_format == "json" else _TextRenderer(coloured=coloured)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_common_processors(service), structlog.stdlib.add_logger_name],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _describe_exception,
            _redact,
            renderer,
        ],
    )


def _take_over_loggers(handler: logging.Handler, level: str) -> None:
    logging.raiseExceptions = False  # a record that cannot be formatted would be printed as it is, unredacted
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(level)
    logging.captureWarnings(capture=True)
    for name in [*logging.root.manager.loggerDict, *_FLOORS]:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    for name, floor in _FLOORS.items():
        logging.getLogger(name).setLevel(max(floor, logging.getLevelNamesMapping()[level]))


def _describe_exception(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Replaces `exc_info` by the trace without the values that went through it."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["exception"] = "\n".join(_trace(error))
    return event


def _trace(error: BaseException) -> Iterator[str]:
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield from _trace(cause)
        yield "which led to:"
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"  {frame.filename}:{frame.lineno} in {frame.name}"
    yield f"{type(error).__qualname__}: {_message(error)}"
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            yield from (f"  | {line}" for line in _trace(part))


def _message(error: BaseException) -> str:
    return _without_inputs(error)[:_MAX_ERROR_CHARACTERS]


def _without_inputs(error: BaseException) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    problems = error.errors(include_input=False, include_context=False, include_url=False)
    return "; ".join(": ".join([*map(str, problem["loc"]), problem["msg"]]) for problem in problems)


def _redact(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Redacts every value; the fields that each line has come first."""
    head = {key: event.pop(key) for key in ("service", "time", "level")}
    message = redact_text(str(event.pop("event", "")))
    return {**head, "event": message, **{key: redact_field(key, value) for key, value in event.items()}}


def _render_json(_: WrappedLogger, __: str, event: EventDict) -> str:
    return orjson.dumps(event, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_SUBCLASS).decode()


class _TextRenderer:
    """`service time LEVEL event key=value`; the lines of a trace begin with the service's name too."""

    def __init__(self, *, coloured: bool) -> None:
        self._coloured = coloured

    def __call__(self, _: WrappedLogger, __: str, event: EventDict) -> str:
        service, time = event.pop("service"), event.pop("time")
        level, message = event.pop("level"), event.pop("event")
        exception = event.pop("exception", None)
        pairs = " ".join(f"{key}={_bare(value)}" for key, value in event.items())
        line = f"{time[11:23]} {level.upper():<8} {message} {pairs}".rstrip()
        if self._coloured and level in _COLOURS:
            line = f"{_COLOURS[level]}{line}{_RESET}"
        lines = [*line.splitlines(), *(exception.splitlines() if exception else ())]
        return "\n".join(f"{service:<18} {text}" for text in lines)


def _bare(value: Any) -> str:
    text = str(value)
    return repr(text) if not text or any(character.isspace() for character in text) else text
