"""What a client is told when its wish is not granted."""

from services.shared.frames import CloseCode, ErrorCode


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


class UnauthorizedError(RefusedError):
    """The token does not open what the client wants; it begins anew with another one, or with none."""

    def __init__(self, message: str) -> None:
        super().__init__("unauthorized", message, close_code=CloseCode.UNAUTHORIZED)
