"""A conversation on a real server, its plain model beside it, and what must hold of both after every step."""

import itertools
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

import orjson
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant

from services.shared.entries import Entry
from services.shared.events import ConversationStarted
from services.shared.frame_log import START, FrameLog, order_of
from services.shared.grants import Grant
from services.shared.streams import CHAT_MESSAGES, CHAT_REPLIES, TOOL_REQUESTS, TOOL_RESULTS
from tests.chaos.conversation_model import ConversationModel
from tests.chaos.mortal_steps import Server
from tests.recorded import events_on

Value = TypeVar("Value")

CONVERSATION, SESSION = "c1", "s1"
INBOX_LIMIT = 4
LEASE_MS = 600_000  # none runs out by itself
WORKERS = ("one", "two", "three")
READ_BY_ROUTER = (CHAT_MESSAGES.key(0), TOOL_RESULTS.key(0))
REQUESTS = TOOL_REQUESTS.key(0)

picks = st.integers(0, 30)
workers = st.sampled_from(WORKERS)


@dataclass(eq=False)
class Job:
    """One entry in the hands of one worker, and what it has been granted for it."""

    worker: str
    entry: Entry
    tool_call_id: str = ""
    grant: Grant | None = None
    written: int = 0


class ConversationWorld(RuleBasedStateMachine):
    server: ClassVar[Server]

    def __init__(self) -> None:
        super().__init__()
        self.redis, self.steps = self.server.redis, self.server.steps
        self.frames = FrameLog(self.redis, partitions=1)
        self.model = ConversationModel(inbox_limit=INBOX_LIMIT)
        self.jobs: list[Job] = []
        self.calls: list[str] = []
        self.buried: set[str] = set()
        self.left_to_deadline = False
        self._numbers = itertools.count(1)
        self.do(self._set_up())

    def do(self, coroutine: Coroutine[Any, Any, Value]) -> Value:
        return self.server.do(coroutine)

    async def _set_up(self) -> None:
        await self.redis.flushdb()
        for stream, group in (
            (READ_BY_ROUTER[0], "router"),
            (READ_BY_ROUTER[1], "router"),
            (REQUESTS, "tools"),
        ):
            await self.redis.xgroup_create(stream, group, id="0", mkstream=True)
        started = ConversationStarted(conversation_id=CONVERSATION, session_id=SESSION)
        await self.steps.open_conversation(started, "epoch")

    def _frame(self) -> str:
        return orjson.dumps({"frame": next(self._numbers)}).decode()

    # What must hold after every step

    @invariant()
    def answers_are_once_and_in_order(self) -> None:
        replies = self.do(self._events(CHAT_REPLIES.key(0)))
        answered = [message_id for reply in replies for message_id in reply["in_reply_to"]]
        assert answered == self.model.message_ids[: self.model.answered]

    @invariant()
    def frames_are_those_that_were_written(self) -> None:
        frames = self.do(self.frames.since(CONVERSATION, START))
        assert frames is not None
        assert [frame.event for frame in frames] == self.model.log
        cursors = [START, *(frame.cursor for frame in frames)]
        assert [frame.previous for frame in frames] == cursors[:-1]
        assert cursors == sorted(cursors, key=order_of)

    @invariant()
    def tool_calls_are_requested_and_done_once(self) -> None:
        for stream in (REQUESTS, TOOL_RESULTS.key(0)):
            calls = [event["tool_call_id"] for event in self.do(self._events(stream))]
            assert len(calls) == len(set(calls))

    @invariant()
    def proposals_are_answered_once(self) -> None:
        events = self.do(self._events(CHAT_MESSAGES.key(0)))
        said = [event["action_id"] for event in events if "action_id" in event]
        answered = [
            each for each, state in self.model.proposals.items() if state in ("confirmed", "declined")
        ]
        assert sorted(said) == sorted(answered)

    @invariant()
    def whoever_waits_is_owed_an_answer(self) -> None:
        """By an entry that is pending or not yet read, or by whoever acts at a deadline."""
        by_deadline = self.left_to_deadline or any(not job.entry.entry_id for job in self.jobs)
        if self.model.waiting and not by_deadline:
            assert sum(self.do(self._open_entries(stream)) for stream in (*READ_BY_ROUTER, REQUESTS))

    @invariant()
    def the_entry_of_a_turn_is_pending_until_its_commit(self) -> None:
        """However many others could go on with it by chance: this one must."""
        owner = self.do(self._owner())
        if owner and owner not in self.buried:
            assert any(self.do(self._pends(stream, owner)) for stream in READ_BY_ROUTER)

    async def _owner(self) -> str:
        key = self.steps.keys(CONVERSATION).conversation
        entry: Any = await self.redis.hget(key, "entry")
        return (entry or b"").decode()

    async def _pends(self, stream: str, entry_id: str) -> bool:
        return bool(await self.redis.xpending_range(stream, "router", min=entry_id, max=entry_id, count=1))

    async def _open_entries(self, stream: str) -> int:
        [group] = await self.redis.xinfo_groups(stream)
        open_entries: int = group["pending"] + group["lag"]
        return open_entries

    async def _events(self, stream: str) -> list[dict[str, Any]]:
        return await events_on(self.redis, stream)
