import shutil
from pathlib import Path

import pytest

from services.router_worker.conversation import Conversation
from services.router_worker.intent import Intent
from services.router_worker.intents import (
    INTENTS_DIR,
    OUT_OF_SCOPE,
    IntentCatalogue,
    ambiguous_examples,
    read_intents,
)
from services.router_worker.language_models.classifiers import classifier_by_words
from services.router_worker.language_models.protocol import IntentDecision, RouteRequest
from services.router_worker.phrasebooks import english_book
from services.router_worker.planning import Planner
from services.router_worker.plans import UseTool
from services.router_worker.prompts import decision_schema, route_messages
from services.shared.errors import SetupError

GIFT_NOTE = """\
name: gift_note
description: The customer wants a note put into a parcel.
examples:
  - put a card in my parcel
slots:
  - name: note
    description: What the note says
    pattern: .+
    question: What shall it say?
    invalid_reply: What shall it say?
action: call_tool
tool: write_note
arguments:
  text: '{note}'
  size: 2
reply:
  - I can write a note.
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the smallest catalogue there may be."""
    shutil.copy(INTENTS_DIR / f"{OUT_OF_SCOPE}.yaml", tmp_path)
    return tmp_path


def problems_of(folder: Path) -> list[str]:
    return read_intents(folder)[1]


def test_every_intent_of_the_shop_is_there() -> None:
    expected = {
        "greeting", "thanks", "goodbye", "order_status", "cancel_order", "change_order", "refund_or_return",
        "shipping", "payment", "account", "product_or_policy", "complaint", "feedback", "talk_to_person",
        "are_you_a_bot", "out_of_scope",
    }  # fmt: skip
    assert expected <= set(IntentCatalogue.load().names)


def test_every_intent_has_ten_examples_of_its_own() -> None:
    intents = [intent for intent in IntentCatalogue.load() if intent.name != OUT_OF_SCOPE]
    assert [intent.name for intent in intents if len(intent.examples) < 10] == []
    assert ambiguous_examples(IntentCatalogue.load()) == []


def test_an_example_that_stands_in_two_intents_is_named(folder: Path) -> None:
    (folder / "gift_note.yaml").write_text(GIFT_NOTE)
    (folder / "second.yaml").write_text(GIFT_NOTE.replace("gift_note", "second"))
    intents, problems = read_intents(folder)
    assert problems == []
    assert "is an example of gift_note and of second" in ambiguous_examples(intents)[0]


def test_an_intent_is_added_everywhere_by_adding_a_file(folder: Path) -> None:
    """To the catalogue, what a language model is told and may answer, the offline classifier, and the plan."""
    (folder / "gift_note.yaml").write_text(GIFT_NOTE)
    (folder / "other.yaml").write_text(GIFT_NOTE.replace("gift_note", "other").replace("a card in", "ice on"))
    catalogue = IntentCatalogue.load(folder)
    assert catalogue.names == ("gift_note", "other", OUT_OF_SCOPE)

    system = route_messages(catalogue, RouteRequest(texts=("hello",)))[0]["content"]
    assert "gift_note: The customer wants a note put into a parcel." in system
    properties = decision_schema(catalogue)["json_schema"]["schema"]["properties"]
    assert "gift_note" in properties["intent"]["enum"]
    assert "note" in properties["slots"]["properties"]
    classifier = classifier_by_words(catalogue, cache=folder)
    assert classifier.guess("put a card in my parcel").intent == "gift_note"
    decision = IntentDecision(intent="gift_note", confidence=1.0, slots={"note": "Hooray"})
    _, plan = Planner(book=english_book(catalogue), guest=True).route(Conversation(), decision, "a card")
    assert plan == UseTool(tool="write_note", arguments={"text": "Hooray", "size": 2})


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("examples:\n", "exmples:\n", "gift_note.yaml:3: exmples: Extra inputs are not permitted"),
        (
            "pattern: .+",
            "pattern: '('",
            "gift_note.yaml:8: slots.0.pattern: Value error, is not a regular expr",
        ),
        ("action: call_tool", "action: dance", "gift_note.yaml:11: action: Input should be 'answer'"),
        ("tool: write_note\n", "", "gift_note.yaml:1: Value error, a tool belongs to the action call_tool"),
        ("'{note}'", "'{nose}'", "argument text: ['nose'] is neither a slot of this intent nor text"),
        ("name: gift_note", "name: gift", "gift_note.yaml:1: name gift must be the file's name, gift_note"),
        ("size: 2", "size: [2", "gift_note.yaml:16: is not YAML"),
        ("description: The", "descriptio: The", "gift_note.yaml:1: description: Field required"),
        (
            "  size: 2",
            "  size: 2\noffers: tea",
            "gift_note.yaml:16: offers: Input should be 'customer_asked'",
        ),
        (
            "pattern: .+",
            "required: perhaps\n    pattern: .+",
            "gift_note.yaml:8: slots.0.required: Input should be True, False or 'for_guests'",
        ),
        (
            "  size: 2",
            "  size: 2\nenquiry: {pattern: how, intent: nowhere}",
            "gift_note.yaml:1: enquiry: there is no intent nowhere",
        ),
        ("pattern: .+", "as_in: nowhere", "gift_note.yaml:8: nowhere.yaml describes no slot note"),
        (
            "tool: write_note",
            "tool: write_note\nlook_up: {tool: get_note, arguments: {text: '{nose}'}}",
            "argument text: ['nose'] is neither a slot of this intent",
        ),
    ],
)
def test_a_mistake_is_reported_with_its_file_and_line(folder: Path, old: str, new: str, problem: str) -> None:
    assert old in GIFT_NOTE
    (folder / "gift_note.yaml").write_text(GIFT_NOTE.replace(old, new, 1))
    assert any(problem in found for found in problems_of(folder)), problems_of(folder)


def test_all_mistakes_are_reported_at_once_when_a_catalogue_is_loaded(folder: Path) -> None:
    (folder / "gift_note.yaml").write_text(GIFT_NOTE.replace("tool: write_note\n", ""))
    (folder / "other.yaml").write_text("[")
    with pytest.raises(SetupError, match=r"gift_note\.yaml.*other\.yaml"):
        IntentCatalogue.load(folder)


def test_a_slot_must_mean_the_same_in_every_intent(folder: Path) -> None:
    (folder / "gift_note.yaml").write_text(GIFT_NOTE)
    (folder / "second.yaml").write_text(GIFT_NOTE.replace("gift_note", "second").replace(".+", r"\d+"))
    assert problems_of(folder) == [
        f"{folder}/second.yaml:1: slot note has another pattern than in gift_note.yaml"
    ]


def test_a_slot_is_described_once_and_used_by_other_intents(folder: Path) -> None:
    (folder / "gift_note.yaml").write_text(GIFT_NOTE)
    described = GIFT_NOTE[GIFT_NOTE.index("    description: What") : GIFT_NOTE.index("action:")]
    used = "    as_in: gift_note\n    required: false\n"
    (folder / "second.yaml").write_text(
        GIFT_NOTE.replace("gift_note", "second").replace(described, used).replace("put a card", "put a box")
    )
    catalogue = IntentCatalogue.load(folder)
    [first], [second] = catalogue.get("gift_note").slots, catalogue.get("second").slots
    assert second == first.model_copy(update={"required": False})


@pytest.mark.parametrize(
    ("known", "guest", "missing"),
    [
        (set(), True, "order_id"),
        ({"order_id"}, True, "email"),
        ({"order_id"}, False, None),
        ({"email"}, True, "order_id"),
        ({"order_id", "email"}, True, None),
    ],
)
def test_slots_are_asked_for_in_their_order_and_some_of_guests_alone(
    known: set[str], guest: bool, missing: str | None
) -> None:
    slot = IntentCatalogue.load().get("order_status").missing(known, guest=guest)
    assert (slot and slot.name) == missing


def test_what_belongs_to_a_slot_that_may_be_missing_is_not_asked_for_without_it() -> None:
    intent = IntentCatalogue.load().get("cancel_order")
    assert intent.missing(set(), guest=True) is None
    slot = intent.missing({"order_id"}, guest=True)
    assert slot is not None
    assert slot.name == "email"


def test_the_look_up_is_made_once_its_slots_are_known() -> None:
    intent = IntentCatalogue.load().get("cancel_order")
    assert intent.look_up_arguments({}) is None
    assert intent.look_up_arguments({"email": "ada@example.com"}) is None
    assert intent.look_up_arguments({"order_id": "1043"}) == {"order_id": "1043"}


def test_a_catalogue_needs_an_answer_to_everything_else(tmp_path: Path) -> None:
    assert problems_of(tmp_path) == [f"{tmp_path}: has no .yaml file"]
    (tmp_path / "gift_note.yaml").write_text(GIFT_NOTE)
    assert problems_of(tmp_path) == [
        f"{tmp_path}: needs out_of_scope.yaml, the answer to what no other intent covers"
    ]


def test_arguments_are_made_from_text_and_slots() -> None:
    intent = Intent(
        name="search",
        description="Search",
        action="call_tool",
        tool="search",
        arguments={"query": "orders: {text}", "top_k": 3},
        reply=("Sorry.",),
    )
    assert intent.arguments_for(text="{where} is it", slots={}) == {
        "query": "orders: {where} is it",
        "top_k": 3,
    }


def test_a_known_slots_value_is_no_part_of_the_text() -> None:
    intent = IntentCatalogue.load().get("change_order")
    arguments = intent.arguments_for(
        text="another address for #w2378156, please", slots={"order_id": "W2378156"}
    )
    assert arguments["query"].endswith(": another address for please")


def test_an_argument_is_left_out_when_its_slot_is_empty() -> None:
    intent = IntentCatalogue.load().get("order_status")
    assert intent.arguments_for(text="where is it", slots={}) == {}
    assert intent.arguments_for(text="where is it", slots={"order_id": "1043"}) == {"order_id": "1043"}
