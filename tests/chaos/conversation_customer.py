"""What a customer does, in any order, whatever the workers do."""

from typing import Any

import orjson
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from services.shared.events import ActionConfirmed, ActionDeclined, MessageReceived, StopRequested, new_id
from services.shared.frame_log import START
from tests.chaos.conversation_world import CONVERSATION, INBOX_LIMIT, SESSION, ConversationWorld, picks


class Customer(ConversationWorld):
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
        kept: Any = await self.redis.hget(key, action_id)
        await self.redis.hset(key, action_id, b"0 " + kept.split(b" ", 1)[1])

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
