"""Steps that are broken on purpose."""

from bench import altered_steps
from bench.altered_steps import AlteredSteps
from services.shared.grants import Commit, Committed, Grant
from tests.chaos.mortal_steps import MortalSteps


class BrokenSteps(AlteredSteps, MortalSteps):
    """Each by one change of commit.lua."""


class NoFence(altered_steps.NoFence, BrokenSteps):
    """Whoever commits is believed."""


class AcknowledgedOutside(BrokenSteps):
    """The entry is acknowledged by a call of its own, before the commit."""

    removed = "acknowledge(stream, step.group, step.entry)"

    async def commit(self, grant: Grant, step: Commit) -> Committed:
        self._live()
        if grant.entry.entry_id:
            await self._redis.xack(grant.entry.stream, grant.entry.group, grant.entry.entry_id)
        return await super().commit(grant, step)


class WholeInboxAnswered(BrokenSteps):
    """The commit takes what came during the turn for answered."""

    removed = "redis.call('LTRIM', keys[INBOX], tonumber(redis.call('HGET', conversation, 'taken')), -1)"
    put = "redis.call('DEL', keys[INBOX])"


class ToolResultTwice(BrokenSteps):
    """A tool call that is done again has two results."""

    removed = "'1', 'NX', 'EX'"
    put = "'1', 'EX'"


class FramesUnchecked(BrokenSteps):
    """Frames whose acknowledgement was lost are appended again."""

    removed = "if tonumber(redis.call('HGET', keys[CONVERSATION], 'wrote')) == tonumber(args[3]) then"
    put = "if true then"


class AnsweredTwice(BrokenSteps):
    """A proposal that has its answer takes another one."""

    removed = "if state ~= 'open' then"
    put = "if false then"


BROKEN: tuple[type[BrokenSteps], ...] = (
    NoFence,
    AcknowledgedOutside,
    WholeInboxAnswered,
    ToolResultTwice,
    FramesUnchecked,
    AnsweredTwice,
)
