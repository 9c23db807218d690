"""A model without a network: an intent classifier and composed replies. Deterministic."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import timedelta

from services.router_worker.intents import OUT_OF_SCOPE, Intent, IntentCatalogue
from services.router_worker.language_models.classifier import Classifier
from services.router_worker.language_models.composition import compose
from services.router_worker.language_models.protocol import (
    IntentDecision,
    PendingQuestion,
    ReplyPart,
    ReplyRequest,
    Routed,
    RouteRequest,
    TextDelta,
    Usage,
)
from services.router_worker.phrasebooks import Phrasebooks
from services.router_worker.slots import expected_slots, find_slots

_WORDS_A_CHUNK = 4


class OfflineModel:
    """Knows what the catalogue's examples teach it, and says so when that is not enough."""

    name = "offline"

    def __init__(
        self,
        *,
        books: Phrasebooks,
        classifiers: Mapping[str, Classifier],
        pace: timedelta = timedelta(milliseconds=10),
    ) -> None:
        """A classifier for the language of each book."""
        self._books = books
        self._classifiers = classifiers
        self._pace = pace

    async def route(self, request: RouteRequest) -> Routed:
        """The classifier's guess, corrected by what the bot is waiting for."""
        started = time.perf_counter()
        decision = self.decide(request)
        usage = Usage(purpose="route", model=self.name, latency_ms=_since(started))
        return Routed(decision=decision, usage=(usage,))

    async def reply(self, request: ReplyRequest) -> AsyncIterator[ReplyPart]:
        """The composed text in chunks of a few words, at the set pace."""
        started = time.perf_counter()
        book = self._books.of(request.language)
        text = compose(request, book.catalogue.get(request.intent), book.replies)
        for number, chunk in enumerate(_chunks(text)):
            if number:
                await asyncio.sleep(self._pace.total_seconds())
            yield TextDelta(text=chunk)
        yield Usage(purpose="reply", model=self.name, latency_ms=_since(started))

    def decide(self, request: RouteRequest) -> IntentDecision:
        """What `route` answers, at once."""
        text = "\n".join(request.texts)
        book = self._books.of(request.language)
        guess = self._classifiers[book.language].guess(text)
        slots = find_slots(book.catalogue.slots.values(), text, asked=expected_slots(request))
        intent, confidence = guess.intent, guess.confidence
        if request.pending is not None:
            intent, confidence = _while_waiting(request.pending, intent, confidence, text, slots)
        elif slots and intent == OUT_OF_SCOPE:
            intent = _owner_of(slots, book.catalogue).name
        return IntentDecision(
            intent=intent,
            confidence=round(confidence, 3),
            slots=slots,
            action=book.catalogue.get(intent).action,
        )


def _owner_of(slots: dict[str, str], catalogue: IntentCatalogue) -> Intent:
    """The intent that a value on its own asks for."""
    return next(intent for intent in catalogue if any(slot.name in slots for slot in intent.slots))


def _while_waiting(
    pending: PendingQuestion, intent: str, confidence: float, text: str, slots: dict[str, str]
) -> tuple[str, float]:
    """A value, or something like one, answers the question; what is clearly another intent does not."""
    if pending.slot in slots:
        return pending.intent, 1.0
    if intent == OUT_OF_SCOPE and _looks_like_a_value(text):
        return pending.intent, 0.5
    return intent, confidence


def _looks_like_a_value(text: str) -> bool:
    return bool(re.search(r"\d", text)) or len(text.split()) <= 2


def _chunks(text: str) -> Iterator[str]:
    words = re.findall(r"\s*\S+", text)
    for start in range(0, len(words), _WORDS_A_CHUNK):
        yield "".join(words[start : start + _WORDS_A_CHUNK])


def _since(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)
