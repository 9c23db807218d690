"""The guarded steps with something left out of `commit.lua`, under a library name of their own."""

from collections.abc import Sequence
from typing import Any, ClassVar

from services.shared.function_library import LIBRARY
from services.shared.steps import Steps


class AlteredSteps(Steps):
    """`removed` is the text of commit.lua that is missing, `put` what stands there instead."""

    removed: ClassVar[str]
    put: ClassVar[str] = ""

    @classmethod
    def _name(cls) -> str:
        return cls.__name__.lower()

    async def load(self) -> None:
        library = LIBRARY.read_text()
        assert self.removed in library, f"{self._name()} leaves nothing out any more"
        library = library.replace(self.removed, self.put)
        library = library.replace("name=supportbot", f"name={self._name()}")
        await self._redis.function_load(library.replace("'sb_", f"'{self._name()}_"), replace=True)

    async def call(self, function: str, keys: Sequence[str], args: Sequence[str | int]) -> Any:
        return await super().call(function.replace("sb_", f"{self._name()}_"), keys, args)


class NoFence(AlteredSteps):
    """Whoever commits is believed."""

    removed = """\
  if redis.call('HGET', conversation, 'token') ~= args[1] then
    return 'fenced'
  end
"""
