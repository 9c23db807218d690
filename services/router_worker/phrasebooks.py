"""What the bot says by itself, in each language that it speaks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from services.router_worker.intent import Intent, Slot
from services.router_worker.intents import IntentCatalogue
from services.router_worker.language_models.replies import Replies
from services.router_worker.texts import Texts
from services.router_worker.translations import TRANSLATIONS_DIR, Translation, read_translations

ENGLISH = "en"

_SAID_OF_AN_INTENT = {"reply", "closing"}
_SAID_OF_A_SLOT = {"question", "invalid_reply", "refused_reply"}


@dataclass(frozen=True, kw_only=True)
class Phrasebook:
    """The intents, the bot's other words and the composed replies, in one language."""

    language: str
    catalogue: IntentCatalogue
    texts: Texts
    replies: Replies

    def words(self) -> dict[str, Any]:
        """Every fixed text by where it stands: what a translation translates."""
        return {
            "texts": self.texts.model_dump(),
            "replies": self.replies.model_dump(),
            "intents": {intent.name: _said(intent) for intent in self.catalogue},
        }

    def translated(self, translation: Translation) -> "Phrasebook":
        """This book in another language; what has no translation stays as it is."""
        words = translation.of(self.words())
        return Phrasebook(
            language=translation.language,
            catalogue=IntentCatalogue(
                tuple(
                    _in_words(intent, words["intents"][intent.name], translation) for intent in self.catalogue
                )
            ),
            texts=Texts.model_validate(words["texts"]),
            replies=Replies.model_validate(words["replies"]),
        )


class Phrasebooks:
    """A book for each language; English, the source of the others, is always among them."""

    def __init__(self, english: Phrasebook, *others: Phrasebook) -> None:
        self.english = english
        self._books: Mapping[str, Phrasebook] = {book.language: book for book in (english, *others)}

    @classmethod
    def load(cls, catalogue: IntentCatalogue, translations: Path = TRANSLATIONS_DIR) -> Self:
        """The books of this catalogue. Raises SetupError naming file and line of what cannot be read."""
        english = english_book(catalogue)
        return cls(english, *(english.translated(found) for found in read_translations(translations)))

    def of(self, language: str | None) -> Phrasebook:
        """The book for a language as clients name it (`de-AT`); the English one where there is none."""
        primary = (language or ENGLISH).partition("-")[0].lower()
        return self._books.get(primary, self.english)

    def __iter__(self) -> Iterator[Phrasebook]:
        return iter(self._books.values())


def english_book(catalogue: IntentCatalogue) -> Phrasebook:
    return Phrasebook(language=ENGLISH, catalogue=catalogue, texts=Texts.load(), replies=Replies.load())


def translation_problems(catalogue: IntentCatalogue, translations: Path) -> list[str]:
    """What is wrong with the translations of a folder, each problem beginning `file:line:`."""
    words = english_book(catalogue).words()
    return [problem for found in read_translations(translations) for problem in found.problems(words)]


def _said(intent: Intent) -> dict[str, Any]:
    slots = {slot.name: slot.model_dump(include=_SAID_OF_A_SLOT, exclude_none=True) for slot in intent.slots}
    return {**intent.model_dump(include=_SAID_OF_AN_INTENT, exclude_none=True), "slots": slots}


def _in_words(intent: Intent, words: dict[str, Any], translation: Translation) -> Intent:
    def slot_in_words(slot: Slot) -> Slot:
        clues = translation.heard("intents", intent.name, "slots", slot.name, "clues")
        return slot.model_copy(update={**words["slots"][slot.name], "clues": (*slot.clues, *clues)})

    examples = translation.heard("intents", intent.name, "examples")
    return intent.model_copy(
        update={
            **words,
            "reply": tuple(words["reply"]),
            "slots": tuple(slot_in_words(slot) for slot in intent.slots),
            "examples": (*intent.examples, *examples),
        }
    )
