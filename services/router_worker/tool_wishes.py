"""What a model's wish for a tool comes to. A model says what it was told to say, by whomever: nothing is trusted.

Only tools that exist are called, only with arguments that they have, and a look-up of an order only with what the
customer has said, or with a number of a list of their own orders. Pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.router_worker.conversation import Conversation, FinishedCall, Turn
from services.router_worker.intent import Slot
from services.router_worker.language_models.protocol import NOT_ALLOWED, ToolCallWanted
from services.router_worker.slots import given_value
from services.router_worker.tools import tools

MOST_IDENTICAL = 3
_NAMES = tuple(tool["name"] for tool in tools())


class NotAllowedError(Exception):
    """The call is not made; the text tells the model why."""


@dataclass(frozen=True, kw_only=True)
class CustomersWords:
    """What the customer has said in this conversation: in their messages, and the values taken from them."""

    messages: Sequence[str]
    slots: Mapping[str, str]
    guest: bool


def arguments_for(
    wanted: ToolCallWanted, said: CustomersWords, turn: Turn, slots: Mapping[str, Slot]
) -> dict[str, Any]:
    """The arguments with which the wanted tool may be called. Raises NotAllowedError when it may not."""
    schema = next((tool["parameters"] for tool in tools() if tool["name"] == wanted.tool), None)
    if schema is None:
        raise NotAllowedError(f"There is no such tool; there are {', '.join(_NAMES)}.")
    arguments = _typed(wanted.arguments, schema)
    if wanted.tool == "get_order":
        arguments = _of_the_customers_order(arguments, said, turn, slots)
    same = [call for call in turn.finished if (call.tool, call.arguments) == (wanted.tool, arguments)]
    if len(same) >= MOST_IDENTICAL:
        raise NotAllowedError("This call was made before, with the same result.")
    return arguments


def _typed(written: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that the tool has, in its types; others are left out."""
    known = {
        name: _value(name, written[name], described)
        for name, described in schema["properties"].items()
        if written.get(name) is not None
    }
    if missing := [name for name in schema.get("required", ()) if name not in known]:
        raise NotAllowedError(f"The call lacks {', '.join(missing)}.")
    return known


def _value(name: str, value: Any, described: Mapping[str, Any]) -> Any:
    kind = next((one for one in described.get("anyOf", (described,)) if one["type"] != "null"), described)
    if kind["type"] == "integer" and not isinstance(value, bool):
        try:
            return min(max(int(value), kind.get("minimum", 0)), kind.get("maximum", 100))
        except (TypeError, ValueError, OverflowError):
            raise NotAllowedError(f"{name} must be a number.") from None
    if kind["type"] == "string" and isinstance(value, str | int):
        text = str(value).strip()
        if len(text) > kind.get("maxLength", 4_000) or text not in kind.get("enum", (text,)):
            raise NotAllowedError(f"{name} is not a value that this tool takes.")
        return text
    raise NotAllowedError(f"{name} must be a {kind['type']}.")


def _of_the_customers_order(
    arguments: dict[str, Any], said: CustomersWords, turn: Turn, slots: Mapping[str, Slot]
) -> dict[str, Any]:
    number = _said(arguments["order_id"], "order_id", said, slots)
    if number is None and str(arguments["order_id"]) in _own_orders(turn, said):
        number = arguments["order_id"]
    if number is None:
        raise NotAllowedError("The customer has not named this order. Ask them for its number.")
    email = _said(arguments.get("email", ""), "email", said, slots) or said.slots.get("email")
    return {"order_id": number} | ({"email": email} if said.guest and email else {})


def _said(value: str, name: str, said: CustomersWords, slots: Mapping[str, Slot]) -> str | None:
    """`value` as the customer has said it."""
    if value and value == said.slots.get(name):
        return value
    slot = slots.get(name)
    if slot is None or not value:
        return None
    given = (given_value(slot, value, message) for message in reversed(said.messages))
    return next((found for found in given if found is not None), None)


def _own_orders(turn: Turn, said: CustomersWords) -> set[str]:
    """The numbers in the lists of the signed-in customer's orders that this turn has asked for."""
    lists: Iterable[dict[str, Any]] = (
        call.result
        for call in turn.finished
        if call.tool == "list_my_orders" and call.status == "ok" and call.result and not said.guest
    )
    return {str(order["order_id"]) for found in lists for order in found.get("orders", ())}


def refuse(conversation: Conversation, wanted: ToolCallWanted, error: NotAllowedError) -> Conversation:
    """The call stands among the turn's calls as refused, without what the model wrote into it."""
    finished = conversation.open_turn.finished
    call = FinishedCall(
        call_id=f"refused-{len(finished) + 1}",
        tool=wanted.tool if wanted.tool in _NAMES else "unknown",
        arguments={},
        status="refused",
        error_code=NOT_ALLOWED,
        error_message=str(error),
    )
    return conversation.but_turn(finished=(*finished, call))
