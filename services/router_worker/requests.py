"""Several things wanted at once: "where is 1042, and what is your return policy?". Pure."""

import re
from collections.abc import Callable, Iterator, Sequence

from services.router_worker.intent import Intent
from services.router_worker.intents import IntentCatalogue
from services.router_worker.language_models.classifier import Guess
from services.router_worker.language_models.protocol import Wanted

# A part counts as a request of its own only when its intent is clear; a sentence seldom has more than one.
_CLEAR = 0.6
_FEWEST_WORDS = 3

_BEGINNING = (
    r"(?:also|then|please|can|could|do|does|did|is|are|was|will|would|may|what|what's|whats|where|where's|wheres|when|"
    r"how|who|which|why|i want|i need|i would|i'd|i have|i also|tell|show|track|check|cancel|return|change|give|let|"
    r"status|"
    r"was|wie|wo|wann|wer|welche|warum|kann|können|ich möchte|ich will|bitte)"
)
_ASKS = re.compile(rf"\?|^\W*(?:(?:and|also|plus|und|außerdem)\s+)?{_BEGINNING}\b", re.IGNORECASE)
_BETWEEN = re.compile(
    r"\n+"
    r"|(?<=[a-z0-9)][.!?;])\s+(?=[A-Za-zÄÖÜäöü])"
    rf"|[\s,;]+(?:and|also|plus|und|außerdem)\s+(?={_BEGINNING}\b)"
    rf"|,\s*(?={_BEGINNING}\b)",
    re.IGNORECASE,
)


_ADDRESS = re.compile(
    r"(?:[,;.]?\s?\b(?:(?:and|with|from|under|my|the|meine?)\s){0,3}(?:e-?mail|mail)(?:[\s-]?addres?se?)?"
    r"(?:\s(?:is|was|ist))?\s?:?\s?)?(?<!\S)\S{1,64}@\S+",
    re.IGNORECASE,
)


def without_address(text: str) -> str:
    """`text` without an e-mail address and "my e-mail is", which say nothing about what is wanted."""
    return _ADDRESS.sub("", _squeezed(text))


def several_wanted(
    texts: Sequence[str], guess: Callable[[str], Guess], catalogue: IntentCatalogue
) -> tuple[Wanted, ...]:
    """What the messages ask for, each with its own words; empty unless these are several different things."""
    found = requests_in(texts, guess, catalogue)
    return found if len({wanted.intent for wanted in found}) > 1 else ()


def requests_in(
    texts: Sequence[str], guess: Callable[[str], Guess], catalogue: IntentCatalogue
) -> tuple[Wanted, ...]:
    """Every clear request of the messages with its words and those that lead to it or follow it."""
    found: list[Wanted] = []
    lead = ""
    for part in _parts(texts):
        intent = _request(part, guess, catalogue)
        if intent is None and not found:
            lead += f"{part} "
        elif intent is None or (found and found[-1].intent == intent.name):
            found[-1] = Wanted(intent=found[-1].intent, text=f"{found[-1].text} {part}")
        else:
            found.append(Wanted(intent=intent.name, text=f"{lead}{part}"))
            lead = ""
    return tuple(found)


def _parts(texts: Sequence[str]) -> Iterator[str]:
    """The messages cut into sentences, and where "and" begins another question."""
    for part in _BETWEEN.split(_squeezed("\n".join(texts))):
        if part.strip():
            yield part.strip()


def _request(part: str, guess: Callable[[str], Guess], catalogue: IntentCatalogue) -> Intent | None:
    """What the part asks for; None when it tells something, such as an address that another part needs."""
    if len(part.split()) < _FEWEST_WORDS or not _ASKS.search(part):
        return None
    guessed = guess(part)
    intent = catalogue.get(guessed.intent)
    if guessed.confidence < _CLEAR or intent.action not in {"call_tool", "handoff"}:
        return None
    return intent


def _squeezed(text: str) -> str:
    """One space or line end where there are several: long runs of them would make the patterns slow."""
    return re.sub(r" ?\n\s*", "\n", re.sub(r"[^\S\n]+", " ", text))
