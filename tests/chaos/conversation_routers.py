"""What the routers do with their entries, in any order, with every way to fail in between."""

from collections.abc import Sequence
from uuid import uuid4

import orjson
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from services.shared.actions import Proposal
from services.shared.entries import Entry
from services.shared.events import (
    DeadLettered,
    ReplyCompleted,
    ToolCompleted,
    ToolRequested,
    new_id,
    parse_event,
)
from services.shared.frame_log import user_message
from services.shared.grants import Commit, Grant
from services.shared.letter_steps import bury
from services.shared.streams import CHAT_REPLIES
from tests.chaos.conversation_world import (
    CONVERSATION,
    LEASE_MS,
    READ_BY_ROUTER,
    ConversationWorld,
    Job,
    picks,
    workers,
)
from tests.chaos.mortal_steps import Died


class Routers(ConversationWorld):
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

    @precondition(lambda self: self.jobs)
    @rule(worker=workers)
    def kill(self, worker: str) -> None:
        """What it was delivered stays pending. What it did without an entry is left to the next deadline."""
        for job in [job for job in self.jobs if job.worker == worker]:
            self.jobs.remove(job)
            self.left_to_deadline = self.left_to_deadline or not job.entry.entry_id
