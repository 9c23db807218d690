"""The conversation on a terminal: answers grow as they come, and stand as Markdown with cards and sources."""

import readline  # noqa: F401  importing it gives `input` its editing keys and history
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

from rich.box import ROUNDED
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markdown import Markdown
from rich.panel import Panel
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from services.cli.answers import Answer
from services.cli.conversation import Conversation
from services.cli.errors import ChatError
from services.cli.plain import order_lines, order_rows, source, words

THINKING = "thinking…"


class ChatScreen:
    def __init__(self, conversation: Conversation, *, within: float, console: Console | None = None) -> None:
        self._conversation = conversation
        self._within = within
        self._console = console or Console(highlight=False)

    def run(self) -> None:
        """Until the customer has had enough."""
        self._console.print(
            Text("Ask about an order, delivery, returns… An empty line ends it.", style="dim")
        )
        while question := self._read():
            try:
                self._console.print(rendered(self._answer(question)))
            except ChatError as error:
                self._console.print(Text(str(error), style="red"))

    def _read(self) -> str:
        try:
            return self._console.input("\n[bold]you ›[/] ").strip()
        except (EOFError, KeyboardInterrupt):
            self._console.print()
            return ""

    def _answer(self, question: str) -> Answer:
        waiting = Group(Spinner("dots", Text(THINKING, style="dim")))
        live = Live(waiting, console=self._console, transient=True, vertical_overflow="ellipsis")
        with self._stopping_on_interrupt(), live:

            def show(answer: Answer) -> None:
                live.update(
                    Group(rendered(answer), Spinner("dots", Text(answer.status or THINKING, style="dim")))
                )

            return self._conversation.ask(question, within=self._within, on_change=show)

    @contextmanager
    def _stopping_on_interrupt(self) -> Iterator[None]:
        """The first Ctrl-C stops the answer, the next one ends the program."""

        def stop(*_: object) -> None:
            signal.signal(signal.SIGINT, before)
            # A thread may wait for the connection's lock; a signal handler, in the midst of a send, may not.
            Thread(target=self._conversation.stop).start()

        before = signal.signal(signal.SIGINT, stop)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)


def rendered(answer: Answer) -> RenderableType:
    """An answer, whole or as far as it has come."""
    return Group(*_parts(answer))


def _table(content: dict[str, Any]) -> Table:
    more = content["more_orders"]
    table = Table(box=ROUNDED, show_header=False, caption=f"and {more} more" if more else None)
    for name in ("order", "day", "status", "items", "total"):
        table.add_column(name, no_wrap=name != "items")
    for row in order_rows(content):
        table.add_row(*map(Text, row))
    return table


def _parts(answer: Answer) -> Iterator[RenderableType]:
    for order in answer.orders.values():
        title = f"Order {order['order_id']} · {words(order['status'])}"
        yield Panel(
            Text("\n".join(order_lines(order))),
            title=Text(title),
            title_align="left",
            box=ROUNDED,
            expand=False,
        )
    for content in answer.lists.values():
        yield _table(content)
    if answer.text:
        yield Markdown(answer.text, hyperlinks=False)
    if answer.handoff:
        yield Text("handed over to our team", style="yellow")
    if answer.stopped:
        yield Text("stopped", style="dim italic")
    for citation in answer.sources:
        yield Text(source(citation), style="dim")
