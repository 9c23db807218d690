"""What a turn had no tool call left for, in words for the customer. Pure."""

from collections.abc import Sequence

from services.router_worker.conversation import ToolUse
from services.router_worker.intents import IntentCatalogue
from services.router_worker.phrasebooks import Phrasebook

_MOST_NAMED = 20


def left_out(todo: Sequence[ToolUse], book: Phrasebook) -> str:
    """What the bot says of the calls that it could not make any more; nothing when there are none."""
    found = dict.fromkeys(_value(use, book.catalogue) for use in todo)
    values = [f"**{value}**" for value in found if value is not None]
    more = ["…"] if len(values) > _MOST_NAMED else []
    questions = [book.texts.other_questions] if None in found else []
    rest = ", ".join([*values[:_MOST_NAMED], *more, *questions])
    return book.texts.left_out.format(rest=rest) if rest else ""


def _value(use: ToolUse, catalogue: IntentCatalogue) -> str | None:
    """The value that the call was to be made with; None when it answers a question in words."""
    slots = catalogue.get(use.intent).slots if use.intent in catalogue else ()
    asked_about = (slot.name for slot in slots if slot.required != "for_guests")
    return next((str(use.arguments[name]) for name in asked_about if name in use.arguments), None)
