"""One attempt at a turn: what it was granted, and what it has gathered for its commit."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ag_ui.core import BaseEvent

from services.router_worker.conversation import Conversation
from services.router_worker.language_models.protocol import MOST_CALLS, Limits, Switched, ToolStep, Usage
from services.router_worker.phrasebooks import Phrasebook
from services.router_worker.tool_wishes import CustomersWords
from services.router_worker.transcript import history
from services.router_worker.turn_writer import TurnWriter
from services.shared.events import Envelope, ModelCalled, ModelSwitched
from services.shared.grants import Grant


@dataclass
class Attempt:
    """`model` is the one that answered last, at first the one that will be asked; `book` is what the bot says.

    `until` is the time on the monotonic clock by which the models must have answered.
    """

    grant: Grant
    writer: TurnWriter
    conversation: Conversation
    book: Phrasebook
    model: str
    events: list[Envelope] = field(default_factory=list)
    frames: list[BaseEvent] = field(default_factory=list)
    waiting_for: str = ""
    until: float = math.inf
    handoff: str = ""

    @property
    def message_ids(self) -> list[str]:
        return [message.message_id for message in self.grant.inbox]

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(message.text for message in self.grant.inbox)

    @property
    def intent(self) -> str:
        return self.conversation.turn.intent if self.conversation.turn else ""

    @property
    def steps(self) -> tuple[ToolStep, ...]:
        """The tool calls of this turn that have ended."""
        turn = self.conversation.turn
        return tuple(call.as_step() for call in turn.finished) if turn else ()

    @property
    def calls_made(self) -> int:
        """Of language models, in the whole turn."""
        before = self.conversation.turn.model_calls if self.conversation.turn else 0
        return before + sum(isinstance(event, ModelCalled) for event in self.events)

    @property
    def limits(self) -> Limits:
        return Limits(calls=max(0, MOST_CALLS - self.calls_made), until=self.until)

    @property
    def customers_words(self) -> CustomersWords:
        said = [message.text for message in history(self.grant.transcript) if message.role == "user"]
        return CustomersWords(
            messages=(*said, *self.texts),
            slots=self.conversation.slots,
            guest=self.grant.customer_id is None,
        )

    def envelope(self) -> dict[str, Any]:
        """The fields that every event of this turn shares."""
        first = self.grant.inbox[0]
        return {
            "conversation_id": self.grant.conversation_id,
            "turn_id": self.grant.turn_id,
            "customer_id": self.grant.customer_id,
            "causation_id": first.event_id,
            "trace": first.trace,
        }

    def account(self, usage: Iterable[Usage], switches: Iterable[Switched] = ()) -> None:
        """Put calls of language models on the account, and what was changed from one to another for."""
        self.events += [
            ModelSwitched(
                **self.envelope(),
                purpose=switch.purpose,
                from_model=switch.from_model,
                to_model=switch.to_model,
                reason=switch.reason,
            )
            for switch in switches
        ]
        for call in usage:
            self.events.append(
                ModelCalled(
                    **self.envelope(),
                    purpose=call.purpose,
                    model=call.model,
                    outcome=call.outcome,
                    input_tokens=call.input_tokens,
                    output_tokens=call.output_tokens,
                    latency_ms=call.latency_ms,
                    cost_usd=call.cost_usd,
                )
            )
            if call.outcome in {"ok", "length"}:
                self.model = call.model
