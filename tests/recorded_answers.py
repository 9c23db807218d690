"""What a model answered, by what it was asked: an oracle replays it over HTTP."""

import json
import re
from collections.abc import AsyncIterator

from services.router_worker import prompts
from services.router_worker.intents import IntentCatalogue
from services.router_worker.language_models.fencing import Fence, clean
from services.router_worker.language_models.protocol import (
    LanguageModel,
    ReplyPart,
    ReplyRequest,
    Routed,
    RouteRequest,
    TextDelta,
)


class RecordedModel:
    """Another model that keeps its answers, in the form in which `scripted-models.mjs` looks them up."""

    def __init__(self, model: LanguageModel, catalogue: IntentCatalogue) -> None:
        self.name = model.name
        self.answers: dict[str, str] = {}
        self._model = model
        self._catalogue = catalogue

    async def route(self, request: RouteRequest) -> Routed:
        routed = await self._model.route(request)
        pending = f"{request.pending.slot} of {request.pending.intent}" if request.pending else ""
        decision = routed.decision
        self._keep(
            ["route", _said(request.texts), pending],
            json.dumps(
                {
                    "intent": decision.intent,
                    "confidence": decision.confidence,
                    "slots": decision.slots,
                    "action": decision.action,
                }
            ),
        )
        return routed

    async def reply(self, request: ReplyRequest) -> AsyncIterator[ReplyPart]:
        text = ""
        async for part in self._model.reply(request):
            if isinstance(part, TextDelta):
                text += part.text
            yield part
        self._keep(
            ["reply", _said(request.texts), request.intent, request.language, self._results(request)], text
        )

    def _results(self, request: ReplyRequest) -> list[str]:
        """The tools' results as the model reads them, without their fences."""
        messages = prompts.reply_messages(self._catalogue, request, Fence())
        contents = [message["content"] for message in messages if message["role"] == "tool"]
        return [re.sub(r"</?data-\w+>", "", content).strip() for content in contents]

    def _keep(self, asked: list[object], answer: str) -> None:
        self.answers[json.dumps(asked, separators=(",", ":"), ensure_ascii=False)] = answer


def _said(texts: tuple[str, ...]) -> str:
    return clean("\n".join(texts))
