"""Anything that can happen to a conversation, in any order, against the plain model of the promises.

Workers read, begin, write, commit, die in the middle, are taken over while they live, and see their answers lost;
tools answer twice; leases run out; deadlines pass; customers send again, stop, come back at any frame. At the end
all processes have died once more, what was left pending is done by others, and everything must have its answer.
"""

import asyncio
import itertools
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar
from uuid import uuid4

import orjson
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from redis.asyncio import Redis

from services.shared.actions import Proposal
from services.shared.events import (
    ActionConfirmed,
    ActionDeclined,
    ConversationStarted,
    DeadLettered,
    MessageReceived,
    ReplyCompleted,
    StopRequested,
    ToolCompleted,
    ToolRequested,
    new_id,
    parse_event,
)
from services.shared.frame_log import START, FrameLog, order_of, user_message
from services.shared.letter_steps import bury
from services.shared.steps import Commit, Entry, Grant, Steps
from services.shared.streams import CHAT_MESSAGES, CHAT_REPLIES, TOOL_REQUESTS, TOOL_RESULTS
from tests.chaos.conversation_model import ConversationModel

Value = TypeVar("Value")

CONVERSATION, SESSION = "c1", "s1"
INBOX_LIMIT = 4
LEASE_MS = 600_000  # none runs out by itself
WORKERS = ("one", "two", "three")
READ_BY_ROUTER = (CHAT_MESSAGES.key(0), TOOL_RESULTS.key(0))
REQUESTS = TOOL_REQUESTS.key(0)

picks = st.integers(0, 30)
workers = st.sampled_from(WORKERS)


class Died(Exception):  # noqa: N818 it is an end, not an error
    """The process ended at this point."""


class MortalSteps(Steps):
    """Steps whose process dies once it has made so many calls; None lets it live."""

    calls_to_live: int | None = None

    async def call(self, function: str, keys: Sequence[str], args: Sequence[str | int]) -> Any:
        self._live()
        return await super().call(function, keys, args)

    def _live(self) -> None:
        if self.calls_to_live is None:
            return
        if self.calls_to_live == 0:
            raise Died
        self.calls_to_live -= 1


class Server:
    """A Redis for machines, one after the other, called from outside an event loop."""

    def __init__(self, url: str, steps: type[MortalSteps] = MortalSteps) -> None:
        self._runner = asyncio.Runner()
        self.redis = Redis.from_url(url)
        self.steps = steps(self.redis)

    def do(self, coroutine: Coroutine[Any, Any, Value]) -> Value:
        return self._runner.run(coroutine)

    def close(self) -> None:
        self.do(self.redis.aclose())
        self._runner.close()


@dataclass(eq=False)
class Job:
    """One entry in the hands of one worker, and what it has been granted for it."""

    worker: str
    entry: Entry
    tool_call_id: str = ""
    grant: Grant | None = None
    written: int = 0


class ConversationMachine(RuleBasedStateMachine):
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

    # The customer

    @rule(client_id=st.sampled_from("abcdefghij"), text=st.sampled_from("xy"))
    def send(self, client_id: str, text: str) -> None:
        event_id, frame = new_id(), self._frame()
        event = MessageReceived(
            event_id=event_id,
            conversation_id=CONVERSATION,
            message_id=str(event_id),
            client_id=client_id,
            text=text,
        )
        outcome = self.do(
            self.steps.accept_message(
                event, session_id=SESSION, frame=frame, inbox_limit=INBOX_LIMIT, backlog_limit=10
            )
        )
        assert outcome == self.model.send(client_id, text, str(event_id), frame)

    @precondition(lambda self: self.model.turn)
    @rule()
    def stop(self) -> None:
        assert self.model.turn is not None
        event = StopRequested(conversation_id=CONVERSATION, turn_id=self.model.turn.turn_id)
        assert self.do(self.steps.request_stop(event, session_id=SESSION))
        self.model.turn.told_to_stop = True

    @precondition(lambda self: self.model.proposals)
    @rule(pick=picks, confirms=st.booleans(), stranger=st.booleans(), times=st.integers(1, 2))
    def answer_proposal(self, pick: int, confirms: bool, stranger: bool, times: int) -> None:
        """Any proposal, one that never was among them, by whom it was made to or by another session."""
        known = [*self.model.proposals, "never proposed"]
        action_id, kind = known[pick % len(known)], ActionConfirmed if confirms else ActionDeclined
        session_id, said = "s2" if stranger else SESSION, "confirmed" if confirms else "declined"
        for _ in range(times):
            event, frame = kind(conversation_id=CONVERSATION, action_id=action_id), self._frame()
            outcome = self.do(
                self.steps.answer_action(event, session_id=session_id, client_id=action_id, frame=frame)
            )
            expected = self.model.answer(action_id, said, str(event.event_id), frame, stranger=stranger)
            assert outcome == expected

    @precondition(lambda self: "open" in self.model.proposals.values())
    @rule()
    def proposal_expires(self) -> None:
        action_id = next(each for each, state in self.model.proposals.items() if state == "open")
        self.do(self._expire_proposal(action_id))
        self.model.proposals[action_id] = "expired"

    async def _expire_proposal(self, action_id: str) -> None:
        key = self.steps.keys(CONVERSATION).actions
        kept: Any = await self.redis.hget(key, action_id)  # type: ignore[misc]
        await self.redis.hset(key, action_id, b"0 " + kept.split(b" ", 1)[1])  # type: ignore[misc]

    @rule(pick=picks)
    def come_back(self, pick: int) -> None:
        """From any frame on, a client is given exactly what it missed; without one, a snapshot to go on from."""
        self._reload()
        cursors = [START, *(frame.cursor for frame in self.do(self.frames.since(CONVERSATION, START)) or ())]
        place = pick % len(cursors)
        missed = self.do(self.frames.since(CONVERSATION, cursors[place]))
        assert missed is not None
        assert [frame.event for frame in missed] == self.model.log[place:]

    def _reload(self) -> None:
        snapshot = self.do(self.frames.snapshot(CONVERSATION))
        messages = orjson.loads(snapshot.event)["messages"]
        assert [each["id"] for each in messages if each["role"] == "user"] == self.model.texts
        assert self.do(self.frames.since(CONVERSATION, snapshot.cursor)) is not None

    # The routers

    @rule(worker=workers, begins=st.booleans())
    def read(self, worker: str, begins: bool) -> None:
        """A worker is delivered what is new, and begins with it now or later."""
        known = len(self.jobs)
        for stream in READ_BY_ROUTER:
            found = self.do(self.redis.xreadgroup("router", worker, {stream: ">"}, count=5))
            for _, entries in found:
                self._employ(worker, stream, entries)
        if begins:
            for job in self.jobs[known:]:
                self._begin(job)

    @rule(worker=workers, pick=picks)
    def take_over(self, worker: str, pick: int) -> None:
        """A worker claims what another was delivered; that one may be dead, or only slow."""
        stream = READ_BY_ROUTER[pick % 2]
        pending = self.do(self.redis.xpending_range(stream, "router", min="-", max="+", count=100))
        if pending:
            ids = [pending[pick // 2 % len(pending)]["message_id"]]
            self._employ(worker, stream, self.do(self.redis.xclaim(stream, "router", worker, 0, ids)))

    def _employ(self, worker: str, stream: str, entries: Sequence[tuple[bytes, dict[bytes, bytes]]]) -> None:
        for entry_id, fields in entries:
            event = parse_event(fields[b"__data__"])
            entry = Entry(stream=stream, group="router", entry_id=entry_id.decode())
            call = event.tool_call_id if isinstance(event, ToolCompleted) else ""
            self.jobs.append(Job(worker, entry, tool_call_id=call))

    @precondition(lambda self: any(job.grant is None for job in self.jobs))
    @rule(pick=picks, answer_is_lost=st.booleans())
    def begin(self, pick: int, answer_is_lost: bool) -> None:
        idle = [job for job in self.jobs if job.grant is None]
        self._begin(idle[pick % len(idle)], times=2 if answer_is_lost else 1)

    def _begin(self, job: Job, *, times: int = 1) -> None:
        """The call is made again when its answer was lost on the way."""
        token, turn_id = uuid4().hex, str(new_id())
        for _ in range(times):
            grant = self.do(
                self.steps.begin(
                    CONVERSATION,
                    job.entry,
                    token=token,
                    new_turn_id=turn_id,
                    lease_ms=LEASE_MS,
                    tool_call_id=job.tool_call_id,
                )
            )
            if grant is None:
                self.jobs.remove(job)
                return
            if job.grant is not None:
                self.model.let_lease_run_out()  # it was its own
            self.model.grant(grant, tool_call_id=job.tool_call_id)
            job.grant, job.written = grant, 0

    @precondition(lambda self: self._granted())
    @rule(pick=picks, times=st.integers(1, 2))
    def say(self, pick: int, times: int) -> None:
        job, grant = self._one_granted(pick)
        frame, expected = self._frame(), self.model.fence(grant)
        for _ in range(times):
            fence = self.do(self.steps.write_frames(grant, [frame], written=job.written, lease_ms=LEASE_MS))
            assert fence == expected
        if expected == "fenced":
            self.jobs.remove(job)
        else:
            self.model.log.append(frame)
            job.written += 1

    @precondition(lambda self: self._granted())
    @rule(pick=picks, answer_is_lost=st.booleans(), proposes=st.booleans())
    def end(self, pick: int, answer_is_lost: bool, proposes: bool) -> None:
        job, grant = self._one_granted(pick)
        action_id = f"action-{grant.turn_id}" if proposes else ""
        step = self._reply(grant, proposes=action_id)
        outcome = self.do(self.steps.commit(grant, step))
        assert outcome == self.model.commit(grant, list(step.frames), proposes=action_id)
        if answer_is_lost:
            assert self.do(self.steps.commit(grant, step)) == "fenced"
        self._after(job, outcome)

    @precondition(lambda self: self._granted())
    @rule(pick=picks)
    def ask_tool(self, pick: int) -> None:
        job, grant = self._one_granted(pick)
        call_id = f"{grant.turn_id}-{int(grant.state or 0) + 1}"
        request = ToolRequested(
            conversation_id=CONVERSATION, turn_id=grant.turn_id, tool_call_id=call_id, tool="t", arguments={}
        )
        step = Commit(
            state=str(int(grant.state or 0) + 1),
            events=[request],
            frames=[self._frame()],
            waiting_for=call_id,
        )
        outcome = self.do(self.steps.commit(grant, step))
        assert outcome == self.model.commit(grant, list(step.frames), waiting_for=call_id)
        self._after(job, outcome)

    @precondition(lambda self: self._granted())
    @rule(pick=picks, calls=st.integers(0, 1))
    def die_in_commit(self, pick: int, calls: int) -> None:
        """The process dies before, in or after the commit: all of the step was made, or nothing of it."""
        job, grant = self._one_granted(pick)
        step = self._reply(grant)
        before = self.do(self.redis.xlen(CHAT_REPLIES.key(0)))
        self.steps.calls_to_live = calls
        try:
            self.do(self.steps.commit(grant, step))
        except Died:
            pass
        finally:
            self.steps.calls_to_live = None
        if self.do(self.redis.xlen(CHAT_REPLIES.key(0))) > before:
            assert self.model.commit(grant, list(step.frames)) != "fenced"
        self.kill(job.worker)

    def _reply(self, grant: Grant, *, proposes: str = "") -> Commit:
        """The turn's end: the answer to all of its messages, with a proposal if it makes one."""
        messages = [
            user_message(each.message_id, each.text, each.client_id, each.at_ms, answered=True)
            for each in grant.inbox
            if each.answer is None
        ]
        proposals = [Proposal(action_id=proposes, tool="t", arguments={"of": proposes})] if proposes else []
        reply_id, ids = f"reply-{grant.turn_id}", [each.message_id for each in grant.inbox]
        reply = {"id": reply_id, "role": "assistant", "content": "", "metadata": {"in_reply_to": ids}}
        completed = ReplyCompleted(
            conversation_id=CONVERSATION,
            turn_id=grant.turn_id,
            message_id=reply_id,
            in_reply_to=ids,
            text="",
            intent="i",
            model="m",
            duration_ms=0,
        )
        return Commit(
            state="0",
            events=[completed],
            frames=[self._frame()],
            transcript=[orjson.dumps(message).decode() for message in (*messages, reply)],
            proposals=proposals,
            reply_id=reply_id,
        )

    def _after(self, job: Job, outcome: str) -> None:
        job.grant = None
        if outcome == "done":
            self.left_to_deadline = False
        if outcome != "more":
            self.jobs.remove(job)

    def _granted(self) -> list[Job]:
        return [job for job in self.jobs if job.grant]

    def _one_granted(self, pick: int) -> tuple[Job, Grant]:
        granted = self._granted()
        job = granted[pick % len(granted)]
        assert job.grant is not None
        return job, job.grant

    @precondition(lambda self: any(job.entry.entry_id for job in self.jobs))
    @rule(pick=picks, dies=st.booleans())
    def give_up(self, pick: int, dies: bool) -> None:
        """Work breaks off for good: the entry becomes a dead letter, and the customer is told, unless the process
        dies before that, or another is at work."""
        delivered = [job for job in self.jobs if job.entry.entry_id]
        job = delivered[pick % len(delivered)]
        if job.grant is not None:
            assert self.do(self.steps.renew(job.grant, lease_ms=0)) == self.model.fence(job.grant)
            if self.model.fence(job.grant) != "fenced":
                self.model.let_lease_run_out()
        letter = DeadLettered(
            conversation_id=CONVERSATION,
            stream=job.entry.stream,
            group="router",
            entry_id=job.entry.entry_id,
            deliveries=5,
            reason="given up",
            entry="",
        )
        self.do(bury(self.steps, job.entry, letter))
        self.buried.add(job.entry.entry_id)
        self.jobs.remove(job)
        nobodys = Entry(stream=job.entry.stream, group="router", entry_id="")
        telling = Job(job.worker, nobodys, tool_call_id=job.tool_call_id)
        self.jobs.append(telling)
        if dies:
            self.kill(job.worker)
            return
        self._begin(telling)
        if telling.grant is None:
            self.left_to_deadline = True

    # Time, and the ends of processes

    @precondition(lambda self: self.model.turn and self.model.turn.alive)
    @rule()
    def lease_runs_out(self) -> None:
        self.do(self._let_lease_run_out())

    async def _let_lease_run_out(self) -> None:
        key = self.steps.keys(CONVERSATION).conversation
        if await self.redis.hexists(key, "until"):  # type: ignore[misc]
            await self.redis.hset(key, "until", "0")  # type: ignore[misc]
        self.model.let_lease_run_out()

    @precondition(lambda self: self.jobs)
    @rule(worker=workers)
    def kill(self, worker: str) -> None:
        """What it was delivered stays pending. What it did without an entry is left to the next deadline."""
        for job in [job for job in self.jobs if job.worker == worker]:
            self.jobs.remove(job)
            self.left_to_deadline = self.left_to_deadline or not job.entry.entry_id

    @precondition(lambda self: self.model.waiting and not any(not job.entry.entry_id for job in self.jobs))
    @rule(worker=workers)
    def deadline_passes(self, worker: str) -> None:
        """Two watchdogs see it; one of them ends the turn."""
        deadlines = self.steps.keys(CONVERSATION).deadlines
        self.do(self.redis.zadd(deadlines, {CONVERSATION: 1}))
        assert self.do(self.steps.overdue(0)) == [CONVERSATION]
        job = Job(worker, Entry(stream=READ_BY_ROUTER[0], group="router", entry_id=""))
        first, second = self._expire(job), self._expire(job)
        assert first is not None
        assert second is None
        self.model.grant(first, by_deadline=True)
        job.grant = first
        self.jobs.append(job)

    def _expire(self, job: Job) -> Grant | None:
        return self.do(
            self.steps.expire(
                CONVERSATION, job.entry, token=uuid4().hex, new_turn_id=str(new_id()), lease_ms=LEASE_MS
            )
        )

    # The tools

    @rule(times=st.integers(1, 2))
    def run_tools(self, times: int) -> None:
        """What was requested is done; a worker that comes second changes nothing."""
        found = self.do(self.redis.xreadgroup("tools", "tools", {REQUESTS: ">"}, count=2))
        for _, entries in found:
            for entry_id, fields in entries:
                request = parse_event(fields[b"__data__"])
                assert isinstance(request, ToolRequested)
                self._complete(entry_id.decode(), request, times)

    def _complete(self, entry_id: str, request: ToolRequested, times: int) -> None:
        for _ in range(times):
            completed = ToolCompleted(
                conversation_id=CONVERSATION,
                turn_id=request.turn_id,
                tool_call_id=request.tool_call_id,
                tool=request.tool,
                status="ok",
                duration_ms=0,
            )
            entry = Entry(stream=REQUESTS, group="tools", entry_id=entry_id)
            first = self.do(self.steps.complete_tool_call(entry, completed))
            assert first == (request.tool_call_id not in self.calls)
            self.calls.append(request.tool_call_id)

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
        entry: Any = await self.redis.hget(key, "entry")  # type: ignore[misc]
        return (entry or b"").decode()

    async def _pends(self, stream: str, entry_id: str) -> bool:
        return bool(await self.redis.xpending_range(stream, "router", min=entry_id, max=entry_id, count=1))

    async def _open_entries(self, stream: str) -> int:
        [group] = await self.redis.xinfo_groups(stream)
        open_entries: int = group["pending"] + group["lag"]
        return open_entries

    async def _events(self, stream: str) -> list[dict[str, Any]]:
        return [orjson.loads(fields[b"__data__"]) for _, fields in await self.redis.xrange(stream)]

    # The end

    def teardown(self) -> None:
        """Everybody dies, and others do what is pending. Only what was in the hands of a watchdog, or of who was
        to tell of a dead letter, may wait for its deadline."""
        for worker in WORKERS:
            self.kill(worker)
        while self._go_through_pending():
            pass
        if self.model.waiting and self.left_to_deadline:
            self.deadline_passes(WORKERS[0])
            self._work_off(self.jobs[0])
        assert not self.model.waiting, "messages without an answer, and nobody left to give one"
        self.answers_are_once_and_in_order()
        self.frames_are_those_that_were_written()

    def _go_through_pending(self) -> bool:
        """Have a new worker do what is new or pending; False when there was nothing."""
        self.lease_runs_out()
        for entry_id, fields in self._claim_all(REQUESTS, "tools"):
            request = parse_event(fields[b"__data__"])
            assert isinstance(request, ToolRequested)
            self._complete(entry_id.decode(), request, 1)
        for stream in READ_BY_ROUTER:
            self._employ("last", stream, self._claim_all(stream, "router"))
        found = bool(self.jobs)
        for job in list(self.jobs):
            self._work_off(job)
        return found

    def _claim_all(self, stream: str, group: str) -> list[tuple[bytes, dict[bytes, bytes]]]:
        self.do(self.redis.xreadgroup(group, "last", {stream: ">"}))
        claimed: Any = self.do(self.redis.xautoclaim(stream, group, "last", 0, count=1000))
        entries: list[tuple[bytes, dict[bytes, bytes]]] = claimed[1]
        return entries

    def _work_off(self, job: Job) -> None:
        while job in self.jobs:
            if job.grant is None:
                self._begin(job)
            else:
                outcome = self.do(self.steps.commit(job.grant, step := self._reply(job.grant)))
                assert outcome == self.model.commit(job.grant, list(step.frames))
                self._after(job, outcome)
