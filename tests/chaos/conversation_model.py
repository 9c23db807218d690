"""What the promises say of one conversation, in plain Python: no Redis, no fence, no streams."""

from dataclasses import dataclass, field

from services.shared.customer_steps import Answered, Intake
from services.shared.grants import Committed, Fence, Grant


@dataclass
class Turn:
    """The turn that is open. `holder` is the token of who may work on it, `waiting_for` the tool call it needs."""

    turn_id: str
    taken: int
    holder: str | None
    waiting_for: str = ""
    told_to_stop: bool = False
    alive: bool = True
    """Whether the lease of its holder has not run out."""


@dataclass
class ConversationModel:
    """`accepted` are all messages ever taken in, in their order, and answers to proposals among them; the first
    `answered` of them have their answer. `proposals` say whether each is open, expired, confirmed or declined."""

    inbox_limit: int
    accepted: dict[str, tuple[str, str]] = field(default_factory=dict)
    answered: int = 0
    log: list[str] = field(default_factory=list)
    turn: Turn | None = None
    attempt: int = 0
    proposals: dict[str, str] = field(default_factory=dict)

    @property
    def texts(self) -> list[str]:
        """The ids of what the customer wrote: an answer to a proposal is no message."""
        return [
            message_id
            for client_id, (_, message_id) in self.accepted.items()
            if client_id not in self.proposals
        ]

    @property
    def message_ids(self) -> list[str]:
        return [message_id for _, message_id in self.accepted.values()]

    @property
    def waiting(self) -> list[str]:
        return self.message_ids[self.answered :]

    def send(self, client_id: str, text: str, message_id: str, frame: str) -> tuple[Intake, str]:
        """A message is taken in once for its client id; a full inbox refuses it."""
        if client_id in self.accepted:
            before, known_id = self.accepted[client_id]
            return ("accepted" if before == text else "conflict"), known_id
        if len(self.waiting) >= self.inbox_limit:
            return "busy", ""
        self.accepted[client_id] = (text, message_id)
        self.log.append(frame)
        return "accepted", message_id

    def answer(self, action_id: str, answer: str, message_id: str, frame: str, *, stranger: bool) -> Answered:
        """The first answer to an open proposal counts, and is something to be answered."""
        state = None if stranger else self.proposals.get(action_id)
        if state != "open":
            return "not_found" if state is None else state_as_told(state, answer)
        self.proposals[action_id] = answer
        self.accepted[action_id] = ("", message_id)
        self.log.append(frame)
        return "recorded"

    def grant(self, grant: Grant, *, tool_call_id: str = "", by_deadline: bool = False) -> None:
        """Checks that this grant was right, and takes it up: nobody else works on the turn from here."""
        given = [message.message_id for message in grant.inbox]
        assert given, "a grant over nothing"
        assert given == self.waiting[: len(given)], "a grant out of order"
        assert grant.attempt > self.attempt, "an attempt twice"
        said = {each.answer.action_id: each.answer for each in grant.inbox if each.answer}
        for action_id, answer in said.items():
            assert self.proposals[action_id] == ("confirmed" if answer.confirmed else "declined")
            assert answer.arguments == {"of": action_id}, "something else than what was proposed"
        if self.turn is None:
            assert given == self.waiting, "a new turn left messages behind"
            self.turn = Turn(grant.turn_id, len(given), grant.token)
        else:
            self._check_takeover(grant, tool_call_id, by_deadline=by_deadline)
            waiting_for = "" if by_deadline else self.turn.waiting_for
            self.turn = Turn(
                grant.turn_id, len(given), grant.token, waiting_for, told_to_stop=self.turn.told_to_stop
            )
        self.attempt = grant.attempt

    def _check_takeover(self, grant: Grant, tool_call_id: str, *, by_deadline: bool) -> None:
        assert self.turn is not None
        assert grant.turn_id == self.turn.turn_id, "another turn while one is open"
        assert len(grant.inbox) >= self.turn.taken, "a takeover lost messages of the turn"
        if by_deadline:
            return
        assert not (self.turn.holder and self.turn.alive), "a grant while another works"
        if self.turn.waiting_for:
            right = self.turn.told_to_stop or tool_call_id == self.turn.waiting_for
            assert right, "a turn that waits for a tool went on without its result"

    def fence(self, grant: Grant) -> Fence:
        """Whether the holder of this grant may still write."""
        if self.turn is None or self.turn.holder != grant.token:
            return "fenced"
        self.turn.alive = True
        return "stop" if self.turn.told_to_stop else "ok"

    def commit(
        self, grant: Grant, frames: list[str], *, waiting_for: str = "", proposes: str = ""
    ) -> Committed:
        """The end of a step: all of it, or nothing when another has taken over."""
        if self.turn is None or self.turn.holder != grant.token:
            return "fenced"
        self.log += frames
        if proposes:
            self.proposals.setdefault(proposes, "open")
        if waiting_for:
            self.turn.holder, self.turn.waiting_for = None, waiting_for
            return "waiting"
        self.answered += self.turn.taken
        self.turn = None
        return "more" if self.waiting else "done"

    def let_lease_run_out(self) -> None:
        if self.turn is not None:
            self.turn.alive = False


def state_as_told(state: str, answer: str) -> Answered:
    """What a customer is told whose answer comes too late to count."""
    if state == "expired":
        return "expired"
    return "recorded" if state == answer else "settled"
