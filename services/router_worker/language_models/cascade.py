"""A model that is only asked what is not clear without it."""

from collections.abc import AsyncIterator

from services.router_worker.language_models.offline import OfflineModel
from services.router_worker.language_models.protocol import (
    LanguageModel,
    ReplyPart,
    ReplyRequest,
    Routed,
    RouteRequest,
)

DECIDED_HERE = "classifier"


class CascadeModel:
    """Routes by the classifier where it is certain, else by the model; replies are the model's."""

    def __init__(self, *, model: LanguageModel, offline: OfflineModel) -> None:
        self.name = model.name
        self._model = model
        self._offline = offline

    async def route(self, request: RouteRequest) -> Routed:
        decision = self._offline.certainly(request)
        if decision is None:
            return await self._model.route(request)
        return Routed(decision=decision, decided_by=DECIDED_HERE)

    def reply(self, request: ReplyRequest) -> AsyncIterator[ReplyPart]:
        return self._model.reply(request)
