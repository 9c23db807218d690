"""From the bytes of a frame to one of the contract's records, or to the error that the client is told."""

import json
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json

from services.shared.frames import MAX_TEXT_CHARACTERS, ClientFrame, ErrorFrame, Message, client_frames


class BadFrameError(Exception):
    """A frame that is not in the contract; `answer` is what the client is sent."""

    def __init__(self, answer: ErrorFrame) -> None:
        super().__init__(answer.message)
        self.answer = answer


def decode(text: str) -> ClientFrame:
    """The record of a text frame. Raises BadFrameError with bad_json, bad_request or too_long."""
    value = _json(text)
    ref = value.get("client_id") if isinstance(value, dict) else None
    ref = ref if isinstance(ref, str) else None
    try:
        frame = client_frames.validate_python(value)
    except ValidationError as error:
        raise BadFrameError(ErrorFrame(code="bad_request", message=_explain(error), ref=ref)) from None
    if isinstance(frame, Message):
        return check_message(frame)
    return frame


def _json(text: str) -> Any:
    try:
        from_json(text, allow_inf_nan=False)  # bounds the depth, refuses NaN and lone surrogates
        return json.loads(text, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, _DuplicateKeyError) else "not valid JSON"
        message = f"{reason}: send one JSON object a frame"
        raise BadFrameError(ErrorFrame(code="bad_json", message=message)) from None


class _DuplicateKeyError(ValueError):
    pass


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _DuplicateKeyError("a key stands twice in one object")
    return found


def _explain(error: ValidationError) -> str:
    problem = error.errors(include_input=False, include_url=False)[0]
    # The first part of a location inside a union is the tag, not a key of the frame.
    place = problem["loc"][1:] if problem["loc"] else ()
    pointer = "".join(f"/{part}" for part in place) or "/type"
    return f"{pointer}: {problem['msg']}"


def check_message(message: Message) -> Message:
    """The message as it is accepted. Raises BadFrameError with too_long, or bad_request for an empty one."""
    if len(message.text) > MAX_TEXT_CHARACTERS:
        text = f"a message has at most {MAX_TEXT_CHARACTERS} characters, this one has {len(message.text)}"
        raise BadFrameError(ErrorFrame(code="too_long", message=text, ref=message.client_id))
    text = message.text.replace("\x00", "").strip()
    if not text:
        answer = ErrorFrame(code="bad_request", message="/text: is empty", ref=message.client_id)
        raise BadFrameError(answer)
    return message.model_copy(update={"text": text})
