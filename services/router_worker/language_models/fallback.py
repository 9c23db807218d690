"""Several models as one: when the first cannot, the next does."""

from collections.abc import AsyncIterator, Iterator, Sequence

import structlog

from services.router_worker.language_models.circuit import Circuit
from services.router_worker.language_models.protocol import (
    LanguageModel,
    ModelError,
    ReplyPart,
    ReplyRequest,
    Routed,
    RouteRequest,
    StartOver,
    TextDelta,
    ToolCallWanted,
    Usage,
)

_log = structlog.get_logger()


class FallbackModel:
    """Asks the models in turn. The account of a reply names every model that was asked, and how it failed.

    A model that keeps failing is left out for a while. The last one is always asked.
    """

    def __init__(self, models: Sequence[LanguageModel]) -> None:
        self.name = models[0].name
        self._last = models[-1]
        self._before_last = [(model, Circuit()) for model in models[:-1]]

    async def route(self, request: RouteRequest) -> Routed:
        usage: tuple[Usage, ...] = ()
        for model, circuit in self._usable():
            try:
                routed = await model.route(request)
            except ModelError as error:
                _note_failure(model, circuit, error)
                usage += error.usage
            else:
                circuit.succeeded()
                return Routed(decision=routed.decision, usage=usage + routed.usage)
        try:
            routed = await self._last.route(request)
        except ModelError as error:
            raise ModelError(str(error), usage + error.usage) from error
        return Routed(decision=routed.decision, usage=usage + routed.usage)

    async def reply(self, request: ReplyRequest) -> AsyncIterator[ReplyPart]:
        """When a model fails in the middle, the next one begins anew: two half answers are none."""
        for model, circuit in self._usable():
            said = False
            try:
                async for part in model.reply(request):
                    said = said or isinstance(part, TextDelta | ToolCallWanted)
                    yield part
            except ModelError as error:
                _note_failure(model, circuit, error)
                if said:
                    yield StartOver()
                for usage in error.usage:
                    yield usage
            else:
                circuit.succeeded()
                return
        async for part in self._last.reply(request):
            yield part

    def _usable(self) -> Iterator[tuple[LanguageModel, Circuit]]:
        return (pair for pair in self._before_last if pair[1].closed)


def _note_failure(model: LanguageModel, circuit: Circuit, error: ModelError) -> None:
    circuit.failed()
    _log.warning("language model failed", model=model.name, reason=str(error))
