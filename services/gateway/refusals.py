"""What a client is told when its wish is not granted."""

import structlog
from prometheus_client import Counter

from services.shared.frames import CloseCode, ErrorCode, ErrorFrame

log = structlog.get_logger()

REFUSED = Counter("supportbot_refused_total", "Wishes of clients that were refused", ["code"])
UNAVAILABLE_RETRY_MS = 2000


class RefusedError(Exception):
    """The client's wish is not granted; `code` is one of the contract's error codes.

    `close_code`: this connection is of no more use, and is closed with it.
    """

    def __init__(
        self,
        code: ErrorCode,
        message: str,
        *,
        retry_after_ms: int | None = None,
        close_code: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.retry_after_ms = retry_after_ms
        self.close_code = close_code

    def answer(self, ref: str | None = None) -> ErrorFrame:
        """What the client is sent, once."""
        REFUSED.labels(self.code).inc()
        return ErrorFrame(
            code=self.code,
            message=str(self),
            ref=ref,
            retry_after_ms=self.retry_after_ms,
            fatal=self.close_code is not None,
        )


class UnauthorizedError(RefusedError):
    """The token does not open what the client wants; it begins anew with another one, or with none."""

    def __init__(self, message: str) -> None:
        super().__init__("unauthorized", message, close_code=CloseCode.UNAUTHORIZED)


def unavailable(error: Exception, ref: str | None = None) -> ErrorFrame:
    """What the client is told when the broker does not answer, which is noted."""
    log.warning("the broker does not answer", reason=type(error).__name__)
    message = "the service cannot take messages at the moment, try again shortly"
    return ErrorFrame(code="unavailable", message=message, ref=ref, retry_after_ms=UNAVAILABLE_RETRY_MS)
