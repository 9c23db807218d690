"""The conversation's messages as AG-UI has them: written at the end of a turn, read as the model's history."""

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from services.router_worker.language_models.protocol import HistoryMessage
from services.shared.frame_log import user_message
from services.shared.grants import AcceptedMessage


def history(transcript: Sequence[str]) -> tuple[HistoryMessage, ...]:
    """What customer and bot have said, oldest first."""
    return tuple(
        HistoryMessage(role=message["role"], text=message["content"])
        for message in map(orjson.loads, transcript)
        if message["role"] in {"user", "assistant"}
    )


def customer_messages(inbox: Sequence[AcceptedMessage]) -> Iterator[str]:
    """The messages that the turn has answered, without those that stand in the transcript already.

    What the customer said to a proposal stands in the proposal's card.
    """
    for message in inbox:
        if not message.again and message.answer is None:
            yield _json(
                user_message(
                    message.message_id, message.text, message.client_id, message.at_ms, answered=True
                )
            )


def bot_message(message_id: str, text: str, **metadata: Any) -> str:
    return _json({"id": message_id, "role": "assistant", "content": text, "metadata": metadata})


def activity(message_id: str, activity_type: str, content: dict[str, Any]) -> str:
    """A card or a list beside the text."""
    return _json({"id": message_id, "role": "activity", "activityType": activity_type, "content": content})


def _json(message: dict[str, Any]) -> str:
    return orjson.dumps(message).decode()
