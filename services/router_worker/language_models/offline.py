"""A model without a network: an intent classifier and composed replies. Deterministic."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import timedelta

from services.router_worker import repair
from services.router_worker.intents import OUT_OF_SCOPE, IntentCatalogue
from services.router_worker.language_models.classifier import Classifier, Guess
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
    Wanted,
)
from services.router_worker.number_words import digits_for_words
from services.router_worker.phrasebooks import Phrasebooks
from services.router_worker.requests import requests_in, several_wanted, without_address
from services.router_worker.slots import expected_slots, find_slots, without_values

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
        intents = [book.catalogue.get(name) for name in (request.intent, *request.also)]
        text = compose(request, intents, book.replies)
        for number, chunk in enumerate(_chunks(text)):
            if number:
                await asyncio.sleep(self._pace.total_seconds())
            yield TextDelta(text=chunk, composed=True)
        yield Usage(purpose="reply", model=self.name, latency_ms=_since(started))

    def decide(self, request: RouteRequest) -> IntentDecision:
        """What `route` answers, at once."""
        book = self._books.of(request.language)
        every_slot, guess = book.catalogue.slots.values(), self._classifiers[book.language].guess
        text = "\n".join(request.texts)
        slots = find_slots(every_slot, text, asked=expected_slots(request, every_slot))
        guessed = guess(without_address(digits_for_words(text)))
        if (slots or repair.names_another(text)) and repair.only_names(without_values(every_slot, text)):
            guessed = Guess(intent=OUT_OF_SCOPE, confidence=guessed.confidence)
        intent, confidence = guessed.intent, guessed.confidence
        wanted = several_wanted(request.texts, guess, book.catalogue)
        if wanted:
            intent = intent if intent in {each.intent for each in wanted} else wanted[0].intent
        elif (beside := self._request_beside(request, intent)) and request.pending is None:
            intent = beside
        elif request.pending is not None:
            intent, confidence = _while_waiting(request.pending, guessed, text, slots, book.catalogue)
        elif intent == OUT_OF_SCOPE and (slots or repair.names_another(text)):
            intent = _owner_of(slots, request.topic, book.catalogue)
        return IntentDecision(
            intent=intent,
            confidence=round(confidence, 3),
            slots=slots,
            action=book.catalogue.get(intent).action,
            wanted=wanted,
        )

    def wanted(self, request: RouteRequest) -> tuple[Wanted, ...]:
        """What the messages ask for where that is clearly several things; else nothing."""
        book = self._books.of(request.language)
        return several_wanted(request.texts, self._classifiers[book.language].guess, book.catalogue)

    def _request_beside(self, request: RouteRequest, intent: str) -> str | None:
        """What is asked for beside words of thanks or anger: "thanks! and where is 1042?"."""
        book = self._books.of(request.language)
        if intent == OUT_OF_SCOPE or book.catalogue.get(intent).action != "answer":
            return None
        found = requests_in(request.texts, self._classifiers[book.language].guess, book.catalogue)
        return found[0].intent if found else None

    def certainly(self, request: RouteRequest) -> IntentDecision | None:
        """The decision where nobody needs to be asked for a second opinion; None where that would help."""
        book = self._books.of(request.language)
        every_slot, guess = book.catalogue.slots.values(), self._classifiers[book.language].guess
        text = "\n".join(request.texts)
        if self.wanted(request):
            return None
        if request.pending is not None:
            slots = find_slots(every_slot, text, asked=expected_slots(request, every_slot))
            alone = request.pending.slot in slots and not re.search(r"\w", without_values(every_slot, text))
            return self.decide(request) if alone else None
        return self.decide(request) if guess(without_address(digits_for_words(text))).certain else None


def _owner_of(slots: dict[str, str], topic: str, catalogue: IntentCatalogue) -> str:
    """The intent that a value on its own asks for: the one spoken of, else one that cannot do without it."""
    if topic in catalogue:
        return topic
    owners = (intent for intent in catalogue if any(slot.name in slots for slot in intent.slots))
    needing = (intent.name for intent in owners if any(slot.required is True for slot in intent.slots))
    return next(needing, OUT_OF_SCOPE)


def _while_waiting(
    pending: PendingQuestion, guess: Guess, text: str, slots: dict[str, str], catalogue: IntentCatalogue
) -> tuple[str, float]:
    """A value, or something like one, answers the question; what is clearly another intent does not."""
    own = catalogue.get(guess.intent)
    if catalogue.get(pending.intent).action == "handoff" and own.action == "call_tool" and "?" in text:
        return own.name, guess.confidence
    if slots and not (own.slots and guess.intent != OUT_OF_SCOPE):
        return pending.intent, 1.0
    wordless = not re.search(r"[^\W\d_]", text)
    if wordless or "@" in text or (guess.intent == OUT_OF_SCOPE and _looks_like_a_value(text)):
        return pending.intent, 0.5
    return guess.intent, guess.confidence


def _looks_like_a_value(text: str) -> bool:
    return bool(re.search(r"\d", text)) or len(text.split()) <= 3


def _chunks(text: str) -> Iterator[str]:
    words = re.findall(r"\s*\S+", text)
    for start in range(0, len(words), _WORDS_A_CHUNK):
        yield "".join(words[start : start + _WORDS_A_CHUNK])


def _since(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)
