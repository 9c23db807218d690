"""A TCP proxy that cuts connections at a byte position, holds bytes back, or stops passing any."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

CHUNK = 65_536


class Proxy:
    """Between clients and one server. Each new connection takes the next of `cuts`: after so many bytes from the
    server it is cut, within a frame or not. When there are no more of them, connections live on."""

    def __init__(self, target: str, cuts: Iterator[int]) -> None:
        self._host, _, port = target.rpartition(":")
        self._port = int(port)
        self._cuts = cuts
        self._server: asyncio.Server | None = None
        self._flowing = asyncio.Event()
        self._flowing.set()
        self.delay = 0.0
        self.address = ""
        self.cut = 0

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.address = f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()

    @contextlib.contextmanager
    def silent(self) -> Iterator[None]:
        """While the block runs nothing passes, and connections stay open."""
        self._flowing.clear()
        try:
            yield
        finally:
            self._flowing.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            server_reader, server_writer = await asyncio.open_connection(self._host, self._port)
            budget = next(self._cuts, None)
            await asyncio.gather(
                self._pump(reader, server_writer, None), self._pump(server_reader, writer, budget)
            )
            server_writer.transport.abort()
        writer.transport.abort()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, budget: int | None
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(CHUNK):
                await self._flowing.wait()
                if self.delay:
                    await asyncio.sleep(self.delay)
                writer.write(data[:budget])
                await writer.drain()
                if budget is not None and (budget := budget - len(data)) <= 0:
                    self.cut += 1
                    break
        # What was written before the cut still arrives: the cut is at that byte.
        with contextlib.suppress(OSError):
            writer.close()


@contextlib.asynccontextmanager
async def proxies(targets: list[str], cuts: Iterator[int]) -> AsyncIterator[list[Proxy]]:
    """A proxy before each target; they share the cuts."""
    running = [Proxy(target, cuts) for target in targets]
    await asyncio.gather(*(proxy.start() for proxy in running))
    try:
        yield running
    finally:
        await asyncio.gather(*(proxy.stop() for proxy in running))
