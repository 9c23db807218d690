"""A conversation as the terminal has it: a question, then its answer."""

import time
from collections.abc import Callable

from services.cli.answers import Answer, Answers
from services.cli.client import ChatClient
from services.cli.errors import ChatError


class Conversation:
    """Questions one after the other on one client."""

    def __init__(self, client: ChatClient) -> None:
        self._client = client
        self._answers = Answers()

    def ask(self, text: str, *, within: float, on_change: Callable[[Answer], None] | None = None) -> Answer:
        """The whole answer; `on_change` sees it grow. Raises ChatError when there is none in time."""
        deadline = time.monotonic() + within
        client_id = self._client.send(text)
        try:
            for event in self._client.events(within=deadline - time.monotonic()):
                self._answers.apply(event)
                if answer := self._answers.to(client_id):
                    return answer
                if on_change:
                    on_change(self._answers.current)
        except TimeoutError:
            pass
        raise ChatError(f"no answer within {within:g} s; `supportbot doctor` may say why")

    def stop(self) -> None:
        """Ends the answer that is being written; what stands of it is the answer."""
        self._client.stop()
