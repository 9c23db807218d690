import json

from services.router_worker import prompts
from services.router_worker.intents import IntentCatalogue
from services.router_worker.language_models.fencing import Fence, clean
from services.router_worker.language_models.protocol import (
    HistoryMessage,
    PendingQuestion,
    ReplyRequest,
    RouteRequest,
    ToolStep,
)

CATALOGUE = IntentCatalogue.load()


def test_the_schema_admits_only_what_the_catalogue_has() -> None:
    response_format = prompts.decision_schema(CATALOGUE)
    schema = response_format["json_schema"]["schema"]
    assert response_format["json_schema"]["strict"] is True
    assert schema["properties"]["intent"]["enum"] == list(CATALOGUE.names)
    assert list(schema["properties"]["slots"]["properties"]) == list(CATALOGUE.slots)
    for part in (schema, schema["properties"]["slots"]):
        assert part["additionalProperties"] is False
        assert part["required"] == list(part["properties"])


def test_the_router_is_told_every_intent_and_what_is_open() -> None:
    request = RouteRequest(
        texts=("1043",),
        history=(HistoryMessage(role="assistant", text="Which order?"),),
        slots={"email": "a@example.com"},
        pending=PendingQuestion(intent="order_status", slot="order_id", asked=1),
    )
    system, *rest = prompts.route_messages(CATALOGUE, request)
    assert all(f"- {name}: " in system["content"] for name in CATALOGUE.names)
    assert "has just asked for order_id of order_status" in system["content"]
    assert "email = a@example.com" in system["content"]
    assert rest == [{"role": "assistant", "content": "Which order?"}, {"role": "user", "content": "1043"}]


def test_sections_of_all_searches_are_numbered_on() -> None:
    def search(call_id: str, title: str) -> ToolStep:
        result = {"results": [{"section_id": "a#b", "title": title, "text": "Text."}]}
        return ToolStep(call_id=call_id, tool="knowledge_search", arguments={}, status="ok", result=result)

    request = ReplyRequest(texts=("?",), intent="shipping", steps=(search("1", "One"), search("2", "Two")))
    contents = [
        message["content"]
        for message in prompts.reply_messages(CATALOGUE, request, Fence("x"))
        if message["role"] == "tool"
    ]
    assert contents == [
        "<data-x>\n[1] One\nText.\n</data-x>",
        "<data-x>\n[2] Two\nText.\n</data-x>",
    ]


def test_a_refusal_reaches_the_model_with_its_code() -> None:
    step = ToolStep(
        call_id="1",
        tool="get_order",
        arguments={},
        status="refused",
        error_code="order_not_found",
        error_message="No",
    )
    request = ReplyRequest(texts=("?",), intent="order_status", steps=(step,))
    content = prompts.reply_messages(CATALOGUE, request, Fence("x"))[-1]["content"]
    assert json.loads(content.splitlines()[1]) == {
        "status": "refused",
        "error": {"code": "order_not_found", "message": "No"},
    }


def test_hidden_text_is_removed() -> None:
    hidden = "a\u200bb\u202ec\u2066d\U000e0041e\ufefff<!-- one --><!<!-- two -->-- three -->g<!-- open"
    assert clean(hidden) == "abcdefg"


def test_visible_text_is_left_alone() -> None:
    text = "Grüße, 你好, café — 24 € 🙂\n\t<b>bold</b>"
    assert clean(text) == text


def test_no_two_fences_are_alike() -> None:
    assert Fence().opening != Fence().opening


def test_the_model_is_told_the_language_of_the_customer_s_page() -> None:
    request = ReplyRequest(texts=("1042",), intent="order_status", language="de")
    system = prompts.reply_messages(CATALOGUE, request, Fence())[0]["content"]
    assert "the language of the page is de" in system
