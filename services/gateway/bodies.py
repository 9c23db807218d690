"""The bodies of HTTP requests, read no further than they may be long."""

from starlette.requests import Request


async def read_body(request: Request, *, most_bytes: int) -> bytes | None:
    """The request's body; None when it is longer."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > most_bytes:
            return None
    return body
