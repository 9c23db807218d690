"""Steps that are broken on purpose, each by one change of commit.lua, under a library name of their own."""

from collections.abc import Sequence
from typing import Any, ClassVar

from services.shared.steps import LIBRARY, Commit, Committed, Grant
from tests.chaos.conversation_machine import MortalSteps

_FENCE = """\
  if redis.call('HGET', conversation, 'token') ~= args[1] then
    return 'fenced'
  end
"""


class BrokenSteps(MortalSteps):
    """`removed` is the text of commit.lua that is missing, `put` what stands there instead."""

    removed: ClassVar[str]
    put: ClassVar[str] = ""

    @classmethod
    def _name(cls) -> str:
        return cls.__name__.lower()

    async def load(self) -> None:
        library = LIBRARY.read_text()
        assert self.removed in library, f"{self._name()} breaks nothing any more"
        library = library.replace(self.removed, self.put)
        library = library.replace("name=supportbot", f"name={self._name()}").replace(
            "'sb_", f"'{self._name()}_"
        )
        await self._redis.function_load(library, replace=True)

    async def _call(self, function: str, keys: Sequence[str], args: Sequence[str | int]) -> Any:
        return await super()._call(function.replace("sb_", f"{self._name()}_"), keys, args)


class NoFence(BrokenSteps):
    """Whoever commits is believed."""

    removed = _FENCE


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


BROKEN: tuple[type[BrokenSteps], ...] = (
    NoFence,
    AcknowledgedOutside,
    WholeInboxAnswered,
    ToolResultTwice,
    FramesUnchecked,
)
