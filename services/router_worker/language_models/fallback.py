"""Several models as one: when the first cannot, the next does."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeVar

import structlog

from services.router_worker.language_models.circuit import Circuit
from services.router_worker.language_models.protocol import (
    LanguageModel,
    Limits,
    ModelError,
    ReplyPart,
    ReplyRequest,
    Routed,
    RouteRequest,
    StartOver,
    Switched,
    TextDelta,
    ToolCallWanted,
    Usage,
)

Request = TypeVar("Request", RouteRequest, ReplyRequest)

_log = structlog.get_logger()


class FallbackModel:
    """Asks the models in turn. The account names every model that was asked, and how it failed.

    A model that keeps failing is left out for a while. The last one is always asked: it costs no call.
    """

    def __init__(self, models: Sequence[LanguageModel], circuit: Callable[[], Circuit] = Circuit) -> None:
        self.name = models[0].name
        self._last = models[-1]
        self._before_last = [(model, circuit()) for model in models[:-1]]

    async def route(self, request: RouteRequest) -> Routed:
        relay = _Relay("route")
        for model, circuit in self._usable(relay, request.limits):
            try:
                routed = await model.route(relay.left_of(request))
            except ModelError as error:
                relay.take_failure(model, circuit, error)
            else:
                circuit.succeeded()
                return relay.completed(model, routed)
        try:
            return relay.completed(self._last, await self._last.route(request))
        except ModelError as error:
            relay.switches_to(self._last)
            raise ModelError(str(error), (*relay.usage, *error.usage), tuple(relay.switches)) from error

    async def reply(self, request: ReplyRequest) -> AsyncIterator[ReplyPart]:
        """When a model fails in the middle, the next one begins anew: two half answers are none."""
        relay = _Relay("reply")
        for model, circuit in self._usable(relay, request.limits):
            said = False
            for switched in relay.switches_to(model):
                yield switched
            try:
                async for part in model.reply(relay.left_of(request)):
                    said = said or isinstance(part, TextDelta | ToolCallWanted)
                    yield part
            except ModelError as error:
                relay.take_failure(model, circuit, error)
                if said:
                    yield StartOver()
                for usage in error.usage:
                    yield usage
            else:
                circuit.succeeded()
                return
        for switched in relay.switches_to(self._last):
            yield switched
        async for part in self._last.reply(request):
            yield part

    def _usable(self, relay: "_Relay", limits: Limits) -> Iterator[tuple[LanguageModel, Circuit]]:
        for model, circuit in self._before_last:
            if len(relay.usage) >= limits.calls:
                relay.passes_over(model, "limit")
            elif not circuit.closed:
                relay.passes_over(model, "circuit_open")
            else:
                yield model, circuit


@dataclass
class _Relay:
    """One request on its way from model to model: what was spent, and who did not answer."""

    purpose: Literal["route", "reply"]
    usage: list[Usage] = field(default_factory=list)
    switches: list[Switched] = field(default_factory=list)
    _failed: list[tuple[str, str]] = field(default_factory=list)

    def left_of(self, request: Request) -> Request:
        """The request with the calls that are left to it."""
        return replace(request, limits=request.limits.after(len(self.usage)))

    def take_failure(self, model: LanguageModel, circuit: Circuit, error: ModelError) -> None:
        circuit.failed()
        _log.warning("language model failed", model=model.name, reason=str(error))
        self.usage += error.usage
        self.passes_over(model, error.outcome)

    def passes_over(self, model: LanguageModel, reason: str) -> None:
        self._failed.append((model.name, reason))

    def switches_to(self, model: LanguageModel) -> list[Switched]:
        """The switches that end at this model, from one to the next."""
        names = [name for name, _ in self._failed] + [model.name]
        new = [
            Switched(purpose=self.purpose, from_model=name, to_model=following, reason=reason)
            for (name, reason), following in zip(self._failed, names[1:], strict=True)
        ]
        self._failed.clear()
        self.switches += new
        return new

    def completed(self, model: LanguageModel, routed: Routed) -> Routed:
        self.switches_to(model)
        return replace(routed, usage=(*self.usage, *routed.usage), switches=tuple(self.switches))
