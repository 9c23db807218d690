"""The terminal's client against a gateway that misbehaves on purpose, over a real socket."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from services.cli.client import ChatClient
from services.cli.conversation import Conversation
from services.cli.errors import ChatError, UnreachableError
from tests.ports import free_port

Scene = Callable[["Line"], None]


class Line:
    """The gateway's end of one connection."""

    def __init__(self, socket: ServerConnection) -> None:
        self._socket = socket

    def hear(self) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(self._socket.recv(timeout=10))
        return frame

    def say(self, event: dict[str, Any], cursor: str | None = None) -> None:
        self._socket.send(json.dumps({"cursor": cursor, "conversation_id": "conv", "event": event}))

    def fail(self, code: str, ref: str | None = None, **more: Any) -> None:
        self._socket.send(
            json.dumps({"type": "error", "code": code, "message": f"this is {code}", "ref": ref, **more})
        )

    def cut(self) -> None:
        """As a network does it: no closing handshake."""
        self._socket.socket.close()

    def close(self, code: int) -> None:
        self._socket.close(code)

    def open(self) -> dict[str, Any]:
        """The client's greeting, answered."""
        greeting = self.hear()
        opened = {"session_token": "token", "conversation_id": "conv", "epoch": "e1", "cursor": "0-0"}
        self.say(
            {"type": "CUSTOM", "name": "session.opened", "value": {"ref": greeting["client_id"], **opened}}
        )
        return greeting

    def acknowledge(self, message: dict[str, Any]) -> None:
        value = {"client_id": message["client_id"], "message_id": "m1"}
        self.say({"type": "CUSTOM", "name": "message.acknowledged", "value": value})

    def begin(self) -> None:
        self.say({"type": "RUN_STARTED", "threadId": "conv", "runId": "r1"}, "1-1")
        self.say({"type": "TEXT_MESSAGE_START", "messageId": "a1", "role": "assistant"}, "1-2")
        self.say({"type": "TEXT_MESSAGE_CONTENT", "messageId": "a1", "delta": "Hel"}, "1-3")

    def finish(self) -> None:
        self.say({"type": "TEXT_MESSAGE_CONTENT", "messageId": "a1", "delta": "lo"}, "1-4")
        result = {"in_reply_to": ["m1"]}
        self.say({"type": "RUN_FINISHED", "threadId": "conv", "runId": "r1", "result": result}, "1-5")


@contextmanager
def gateway(*scenes: Scene) -> Iterator[str]:
    """Plays one scene a connection; the last one goes on for all that follow."""
    waiting = list(scenes)
    failures: list[BaseException] = []

    def play(socket: ServerConnection) -> None:
        scene = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        with contextlib.suppress(ConnectionClosed, OSError):
            try:
                scene(Line(socket))
            except AssertionError as failure:
                failures.append(failure)

    with serve(play, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.socket.getsockname()[1]}"
        finally:
            server.shutdown()
            thread.join()
    assert failures == []


def ask(url: str, *, within: float = 10.0) -> str:
    with ChatClient(url, patience=5) as client:
        return Conversation(client).ask("hello?", within=within).text


def answering(line: Line) -> None:
    line.open()
    line.acknowledge(line.hear())
    line.begin()
    line.finish()
    line.hear()


def test_a_question_gets_its_answer() -> None:
    with gateway(answering) as url:
        assert ask(url) == "Hello"


def test_the_answer_is_whole_when_the_connection_was_cut_in_its_middle() -> None:
    def cut_in_the_middle(line: Line) -> None:
        line.open()
        line.acknowledge(line.hear())
        line.begin()
        line.cut()

    def resumed(line: Line) -> None:
        greeting = line.open()
        assert greeting["type"] == "resume"
        assert (greeting["cursor"], greeting["epoch"]) == ("1-3", "e1")
        line.finish()
        line.hear()

    with gateway(cut_in_the_middle, resumed) as url:
        assert ask(url) == "Hello"


def test_a_message_is_sent_again_with_its_id_when_its_acknowledgement_was_lost() -> None:
    heard: list[dict[str, Any]] = []

    def deaf(line: Line) -> None:
        line.open()
        heard.append(line.hear())
        line.close(1012)

    def hearing(line: Line) -> None:
        line.open()
        heard.append(line.hear())
        line.acknowledge(heard[-1])
        line.begin()
        line.finish()
        line.hear()

    with gateway(deaf, hearing) as url:
        assert ask(url) == "Hello"
    assert heard[0] == heard[1]


def test_an_acknowledged_message_is_not_sent_again_when_the_connection_is_made_anew() -> None:
    def acknowledging(line: Line) -> None:
        line.open()
        line.acknowledge(line.hear())
        line.close(1012)

    def strict(line: Line) -> None:
        line.open()
        with pytest.raises(TimeoutError):
            line._socket.recv(timeout=0.3)
        line.begin()
        line.finish()
        line.hear()

    with gateway(acknowledging, strict) as url:
        assert ask(url) == "Hello"


def test_a_message_is_sent_again_later_when_the_gateway_asks_for_patience() -> None:
    def busy(line: Line) -> None:
        line.open()
        message = line.hear()
        line.fail("rate_limited", ref=message["client_id"], retry_after_ms=50)
        assert line.hear() == message
        line.acknowledge(message)
        line.begin()
        line.finish()
        line.hear()

    with gateway(busy) as url:
        assert ask(url) == "Hello"


def test_the_reason_is_told_when_the_gateway_refuses_a_message() -> None:
    def refusing(line: Line) -> None:
        line.open()
        line.fail("too_long", ref=line.hear()["client_id"])

    with gateway(refusing) as url, pytest.raises(ChatError, match="this is too_long"):
        ask(url)


def test_no_new_connection_is_made_when_the_session_has_expired() -> None:
    connections: list[Line] = []

    def expired(line: Line) -> None:
        connections.append(line)
        line.open()
        line.hear()
        line.close(4401)

    with gateway(expired) as url, pytest.raises(ChatError, match="4401"):
        ask(url)
    assert len(connections) == 1


def test_the_wait_ends_in_time_when_no_answer_comes() -> None:
    connections: list[Line] = []

    def silent(line: Line) -> None:
        connections.append(line)
        line.open()
        line.acknowledge(line.hear())
        line.hear()

    with gateway(silent) as url, pytest.raises(ChatError, match=r"no answer within 0\.5 s"):
        ask(url, within=0.5)
    assert len(connections) == 1


def test_a_gateway_without_its_broker_is_asked_again() -> None:
    def unavailable(line: Line) -> None:
        line.hear()
        line.fail("unavailable", retry_after_ms=100)
        line.close(1013)

    def lost(line: Line) -> None:
        line.open()
        line.hear()
        line.cut()

    with gateway(lost, unavailable, answering) as url:
        assert ask(url) == "Hello"


def test_the_way_out_is_told_when_nobody_listens() -> None:
    with pytest.raises(UnreachableError, match="is `supportbot up` running"):
        ask(f"http://127.0.0.1:{free_port()}")
