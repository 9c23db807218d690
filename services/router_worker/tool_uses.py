"""Which tools a request calls, and with what. Pure."""

from collections.abc import Container, Iterable, Iterator, Sequence

import orjson

from services.router_worker.conversation import ToolUse
from services.router_worker.intent import Intent
from services.router_worker.slots import find_values
from services.shared.events import HandoffReason


def uses(
    intent: Intent,
    slots: dict[str, str],
    text: str,
    *,
    query: str,
    expected: Container[str],
    one_of_several: bool,
) -> Iterator[ToolUse]:
    """The tool calls of a request: those for each value that its `text` names, then its own, which asks `query`.

    Of the slots `expected` bare values count. `one_of_several`: the known values may be those of another request.
    """
    for values in _each(intent, slots, text, expected, one_of_several=one_of_several):
        if (arguments := intent.look_up_arguments(values)) is not None and intent.look_up is not None:
            yield ToolUse(intent=intent.name, tool=intent.look_up.tool, arguments=arguments)
        if intent.tool is not None:
            arguments = intent.arguments_for(text=query, slots=values)
            yield ToolUse(intent=intent.name, tool=intent.tool, arguments=arguments)


def _each(
    intent: Intent, slots: dict[str, str], text: str, expected: Container[str], *, one_of_several: bool
) -> Iterator[dict[str, str]]:
    """The known values, once for each value of a slot of which the text names several: 1042 and 1043."""
    for slot in intent.slots:
        if slot.name in slots and slot.required != "for_guests":
            values = find_values(slot, text, asked=slot.name in expected)
            if values and (one_of_several or slots[slot.name] in values):
                yield from ({**slots, slot.name: value} for value in values)
                return
    yield slots


def distinct(planned: Iterable[ToolUse]) -> list[ToolUse]:
    """Without the calls that were planned before, for whichever intent."""
    kept: dict[tuple[str, bytes], ToolUse] = {}
    for use in planned:
        kept.setdefault((use.tool, orjson.dumps(use.arguments, option=orjson.OPT_SORT_KEYS)), use)
    return list(kept.values())


def offered_after(intent: Intent, todo: Sequence[ToolUse]) -> HandoffReason | None:
    """Why a person is offered after the answer to this intent, if one is."""
    looks_up = intent.look_up and any(
        (use.intent, use.tool) == (intent.name, intent.look_up.tool) for use in todo
    )
    return intent.offers or (intent.look_up.offers if intent.look_up and looks_up else None)
