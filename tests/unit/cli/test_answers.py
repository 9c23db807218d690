"""Events in, each message's answer out."""

from typing import Any

from services.cli.answers import Answer, Answers

ORDER = {"order_id": "1042", "status": "shipped", "items": [], "total": "1.00", "currency": "USD"}
CITATION = {
    "number": 1,
    "section_id": "returns#policy",
    "title": "Returns",
    "heading_path": ["Returns", "Policy"],
}


def fed(*events: dict[str, Any]) -> Answers:
    answers = Answers()
    for event in events:
        answers.apply(event)
    return answers


def custom(name: str, **value: Any) -> dict[str, Any]:
    return {"type": "CUSTOM", "name": name, "value": value}


def acknowledged(client_id: str = "c1", message_id: str = "m1") -> dict[str, Any]:
    return custom("message.acknowledged", client_id=client_id, message_id=message_id)


def started(run_id: str = "r1") -> dict[str, Any]:
    return {"type": "RUN_STARTED", "threadId": "t", "runId": run_id}


def finished(*message_ids: str, outcome: str = "success") -> dict[str, Any]:
    return {
        "type": "RUN_FINISHED",
        "outcome": {"type": outcome},
        "result": {"in_reply_to": list(message_ids)},
    }


def said(*deltas: str, message_id: str = "reply") -> list[dict[str, Any]]:
    return [
        {"type": "TEXT_MESSAGE_START", "messageId": message_id, "role": "assistant"},
        *({"type": "TEXT_MESSAGE_CONTENT", "messageId": message_id, "delta": delta} for delta in deltas),
    ]


def shown(kind: str, content: dict[str, Any], message_id: str = "card") -> dict[str, Any]:
    return {"type": "ACTIVITY_SNAPSHOT", "messageId": message_id, "activityType": kind, "content": content}


def answer_of(answers: Answers, client_id: str = "c1") -> Answer:
    answer = answers.to(client_id)
    assert answer is not None
    return answer


def test_a_message_has_its_answer_when_a_run_that_names_it_has_finished() -> None:
    answers = fed(acknowledged(), started(), *said("Hel", "lo"))
    assert answers.to("c1") is None
    answers.apply(finished("m1"))
    assert answer_of(answers).text == "Hello"


def test_a_message_has_no_answer_when_the_run_answered_another_one() -> None:
    answers = fed(acknowledged(), started(), *said("Hello"), finished("m0"))
    assert answers.to("c1") is None


def test_messages_that_were_answered_together_share_the_answer() -> None:
    answers = fed(
        acknowledged("c1", "m1"), acknowledged("c2", "m2"), started(), *said("Both"), finished("m1", "m2")
    )
    assert answer_of(answers, "c1") is answer_of(answers, "c2")


def test_text_begins_anew_when_another_worker_takes_the_reply_over() -> None:
    answers = fed(acknowledged(), started(), *said("Hal"), started(), *said("Hello"), finished("m1"))
    assert answer_of(answers).text == "Hello"


def test_cards_and_sources_stand_once_when_they_were_shown_twice() -> None:
    cards = [
        shown("order", {"order": ORDER}),
        shown("orders", {"orders": [], "more_orders": 2}, "list"),
        shown("citations", {"citations": [CITATION]}, "reply:citations"),
    ]
    answer = answer_of(fed(acknowledged(), started(), *cards, *said("Text [1]"), *cards, finished("m1")))
    assert list(answer.orders.values()) == [ORDER]
    assert list(answer.lists.values()) == [{"orders": [], "more_orders": 2}]
    assert answer.sources == [CITATION]


def test_the_status_is_what_the_bot_does_and_ends_with_the_run() -> None:
    answers = fed(acknowledged(), started(), custom("status", stage="tool", text="Looking up your order…"))
    assert answers.current.status == "Looking up your order…"
    answers.apply(finished("m1"))
    assert answer_of(answers).status is None


def test_an_apology_is_an_answer_that_failed() -> None:
    error = {"type": "RUN_ERROR", "message": "Sorry", "metadata": {"in_reply_to": ["m1"]}}
    answer = answer_of(fed(acknowledged(), started(), *said("Sorry"), error))
    assert answer.failed
    assert answer.text == "Sorry"


def test_what_stands_is_the_answer_when_the_customer_stopped_it() -> None:
    answer = answer_of(fed(acknowledged(), started(), *said("You can"), finished("m1", outcome="cancelled")))
    assert answer.stopped
    assert answer.text == "You can"


def test_a_snapshot_gives_the_answers_that_were_missed() -> None:
    snapshot = {
        "type": "MESSAGES_SNAPSHOT",
        "messages": [
            {"id": "m0", "role": "user", "content": "hi", "metadata": {"client_id": "c0", "answered": True}},
            {"id": "a0", "role": "assistant", "content": "Hello", "metadata": {"in_reply_to": ["m0"]}},
            {
                "id": "m1",
                "role": "user",
                "content": "order 1042",
                "metadata": {"client_id": "c1", "answered": True},
            },
            {"id": "o1", "role": "activity", "activityType": "order", "content": {"order": ORDER}},
            {"id": "a1", "role": "assistant", "content": "On its way", "metadata": {"in_reply_to": ["m1"]}},
        ],
    }
    answers = fed(started(), *said("stale"), snapshot)
    assert answer_of(answers, "c0").text == "Hello"
    assert not answer_of(answers, "c0").orders
    assert answer_of(answers, "c1").text == "On its way"
    assert list(answer_of(answers, "c1").orders.values()) == [ORDER]
