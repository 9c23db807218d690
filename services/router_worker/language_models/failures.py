"""Every way in which a call of a model can fail, as one error that says what to do next."""

import math

import openai

# A provider that asks for a longer pause is not waited for: the customer is.
_LONGEST_PAUSE_SECONDS = 3.0
_AGAIN = frozenset({408, 409, 425, 429})


class CallError(Exception):
    """One failed try. `outcome` names the kind for the account; `pause` is what the provider asked for."""

    def __init__(self, outcome: str, *, retry: bool, pause: float | None = None) -> None:
        super().__init__(outcome)
        self.outcome = outcome
        self.retry = retry
        self.pause = pause


def bad_answer(outcome: str = "bad_answer") -> CallError:
    """The server answered, and the answer is no completion."""
    return CallError(outcome, retry=True)


def call_error(error: Exception) -> CallError:
    """What the SDK raised, in our words."""
    match error:
        case CallError():
            return error
        case TimeoutError() | openai.APITimeoutError():
            return CallError("timeout", retry=True)
        case openai.APIConnectionError():
            return CallError("unreachable", retry=True)
        case openai.APIStatusError(status_code=status):
            outcome = "rate_limited" if status == 429 else f"http_{status}"
            return CallError(outcome, retry=status in _AGAIN or status >= 500, pause=_asked_pause(error))
        case openai.APIError():
            return bad_answer("error_in_answer")
        case _:
            return bad_answer()


def try_again(error: BaseException) -> bool | float:
    """Whether a second try may help, for stamina: no, yes, or the pause that the provider asked for.

    Stamina asks about a cancellation, too: that is never tried again.
    """
    if not isinstance(error, CallError) or not error.retry:
        return False
    if error.pause is None:
        return True
    return error.pause if error.pause <= _LONGEST_PAUSE_SECONDS else False


def _asked_pause(error: openai.APIStatusError) -> float | None:
    try:
        seconds = float(error.response.headers["retry-after"])
    except (KeyError, ValueError):
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None
