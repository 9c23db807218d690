"""AG-UI over plain HTTP, spoken to by AG-UI's own client and by hand."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import Stack

WEB = Path(__file__).parents[2] / "web"


def asked(text: str, *, message_id: str = "m1", thread: str = "thread-1") -> dict[str, Any]:
    return {
        "threadId": thread,
        "runId": "run-1",
        "messages": [{"id": message_id, "role": "user", "content": text}],
    }


def post(stack: Stack, body: Any, **headers: str) -> httpx.Response:
    return httpx.post(f"{stack.url}/agui", json=body, headers=headers, timeout=30)


def events(response: httpx.Response) -> list[dict[str, Any]]:
    assert response.headers["content-type"].startswith("text/event-stream"), response.text
    return [json.loads(line[6:]) for line in response.text.splitlines() if line.startswith("data: ")]


def said(response: httpx.Response) -> str:
    return "".join(event["delta"] for event in events(response) if event["type"] == "TEXT_MESSAGE_CONTENT")


def test_the_unmodified_http_agent_holds_a_conversation_of_two_messages(stack: Stack) -> None:
    ada = httpx.post(f"{stack.url}/demo/identity", json={"customer_id": "cus_ada"}).json()
    done = subprocess.run(
        ["node", "test/agui-conversation.mjs", f"{stack.url}/agui", "Where is my order?", "1042"],
        cwd=WEB,
        env={**os.environ, "IDENTITY_TOKEN": ada["identity_token"]},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert len(told["conversations"]) == 1
    texts = [
        each["content"] for each in told["messages"] if each["role"] == "assistant" and each.get("content")
    ]
    assert "order number" in texts[0]
    assert "1042" in texts[-1]
    assert [each for each in told["messages"] if each.get("activityType") == "order"]


def test_the_same_message_sent_again_gets_the_same_answer_and_is_not_asked_twice(stack: Stack) -> None:
    first = post(stack, asked("What is your return policy?"))
    token = f"Bearer {first.headers['x-session-token']}"
    again = post(stack, asked("What is your return policy?"), authorization=token)
    assert said(again) == said(first)
    assert "30 days" in said(first)
    assert events(again)[-1]["result"] == events(first)[-1]["result"]
    other = post(stack, asked("Something else"), authorization=token)
    assert other.status_code == 409
    assert other.json()["code"] == "conflict"


def test_a_thread_of_one_session_is_another_conversation_in_another_session(stack: Stack) -> None:
    opened = [
        next(event["value"] for event in events(post(stack, asked("hi"))) if event["type"] == "CUSTOM")
        for _ in range(2)
    ]
    assert opened[0]["conversation_id"] != opened[1]["conversation_id"]
    foreign = asked("hi", thread=opened[0]["conversation_id"])
    answer = post(stack, foreign, authorization=f"Bearer {opened[1]['session_token']}")
    mine = next(event["value"] for event in events(answer) if event["type"] == "CUSTOM")
    assert mine["conversation_id"] not in {each["conversation_id"] for each in opened}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "bad_request"),
        ({"threadId": "t", "runId": "r", "messages": []}, 400, "bad_request"),
        (asked(""), 400, "bad_request"),
        (asked("x" * 4001), 413, "too_long"),
        (asked("x" * 1_100_000), 413, "too_long"),
    ],
)
def test_a_request_that_cannot_be_answered_says_why(
    stack: Stack, body: dict[str, Any], status: int, code: str
) -> None:
    answer = post(stack, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_token_that_is_none_is_refused_and_a_foreign_page_too(stack: Stack) -> None:
    assert post(stack, asked("hi"), authorization="Bearer nonsense").status_code == 401
    assert post(stack, asked("hi"), origin="https://evil.example").status_code == 403


def test_a_page_of_an_allowed_origin_may_read_the_answer(stack: Stack, shop_port: int) -> None:
    origin = f"http://127.0.0.1:{shop_port}"
    before = httpx.options(f"{stack.url}/agui", headers={"origin": origin})
    assert before.headers["access-control-allow-origin"] == origin
    for needed in ("authorization", "x-identity-token"):
        assert needed in before.headers["access-control-allow-headers"].lower()
    assert post(stack, asked("hi"), origin=origin).headers["access-control-allow-origin"] == origin
