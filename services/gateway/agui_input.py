"""What an AG-UI client asks for: its request, read and checked."""

import hashlib
import re
from typing import Any

from ag_ui.core import RunAgentInput, UserMessage
from pydantic import ValidationError
from starlette.requests import Request

from services.gateway.bodies import read_body
from services.gateway.decoding import BadFrameError, check_message
from services.shared.frames import ErrorFrame, Message

MAX_BODY_BYTES = 1_048_576


async def read_input(request: Request) -> RunAgentInput:
    """The request's body. Raises BadFrameError when it is too large or not what AG-UI sends."""
    body = await read_body(request, most_bytes=MAX_BODY_BYTES)
    if body is None:
        raise BadFrameError(ErrorFrame(code="too_long", message=f"at most {MAX_BODY_BYTES} bytes a request"))
    try:
        return RunAgentInput.model_validate_json(body)
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False)[0]
        pointer = "".join(f"/{part}" for part in problem["loc"])
        raise BadFrameError(ErrorFrame(code="bad_request", message=f"{pointer}: {problem['msg']}")) from None


def session_token(request: Request) -> str | None:
    """The bearer token of the request, if it has one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def last_message(asked: RunAgentInput) -> Message:
    """The customer's newest words: the history before them is the server's to know."""
    last = asked.messages[-1] if asked.messages else None
    if not isinstance(last, UserMessage):
        raise BadFrameError(ErrorFrame(code="bad_request", message="/messages: the last is not the user's"))
    return check_message(Message(type="message", client_id=_client_id(last.id), text=_text(last.content)))


def _client_id(message_id: str) -> str:
    """The message's own id where it can be an idempotency key, else one that follows from it."""
    fits = re.fullmatch(r"[A-Za-z0-9._:-]{1,64}", message_id)
    return message_id if fits else hashlib.sha256(message_id.encode()).hexdigest()


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(part.text for part in content if part.type == "text")
