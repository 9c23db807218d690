"""Anything that can happen to a conversation, in any order, against the plain model of the promises.

Workers read, begin, write, commit, die in the middle, are taken over while they live, and see their answers lost;
tools answer twice; leases run out; deadlines pass; customers send again, stop, answer proposals twice or too late,
come back at any frame. At the end all processes have died once more, what was left pending is done by others, and
everything must have its answer.
"""

from typing import Any
from uuid import uuid4

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from services.shared.entries import Entry
from services.shared.events import ToolCompleted, ToolRequested, new_id, parse_event
from services.shared.grants import Grant
from tests.chaos.conversation_customer import Customer
from tests.chaos.conversation_routers import Routers
from tests.chaos.conversation_world import (
    CONVERSATION,
    LEASE_MS,
    READ_BY_ROUTER,
    REQUESTS,
    WORKERS,
    Job,
    workers,
)


class ConversationMachine(Customer, Routers):
    # Time

    @precondition(lambda self: self.model.turn and self.model.turn.alive)
    @rule()
    def lease_runs_out(self) -> None:
        self.do(self._let_lease_run_out())

    async def _let_lease_run_out(self) -> None:
        key = self.steps.keys(CONVERSATION).conversation
        if await self.redis.hexists(key, "until"):
            await self.redis.hset(key, "until", "0")
        self.model.let_lease_run_out()

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
