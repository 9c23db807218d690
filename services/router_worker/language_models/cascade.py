"""A model that is only asked what is not clear without it."""

from collections.abc import AsyncIterator
from dataclasses import replace

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
    """Routes by the classifier where it is certain, else by the model; replies are the model's.

    A model names one intent. Where it is one of several that the messages clearly ask for, the others are added.
    """

    def __init__(self, *, model: LanguageModel, offline: OfflineModel, saves_calls: bool = True) -> None:
        """Unless it `saves_calls` the model is asked for every decision."""
        self.name = model.name
        self._model = model
        self._offline = offline
        self._saves_calls = saves_calls

    async def route(self, request: RouteRequest) -> Routed:
        decision = self._offline.certainly(request) if self._saves_calls else None
        if decision is not None:
            return Routed(decision=decision, decided_by=DECIDED_HERE)
        routed = await self._model.route(request)
        wanted = self._offline.wanted(request)
        if routed.decision.intent in {each.intent for each in wanted}:
            return replace(routed, decision=replace(routed.decision, wanted=wanted))
        return routed

    def reply(self, request: ReplyRequest) -> AsyncIterator[ReplyPart]:
        return self._model.reply(request)
