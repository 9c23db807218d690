"""`supportbot chat`: a conversation in the terminal, or from a pipe."""

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli import stack
from services.cli.customers import GUEST, As, identity_token
from services.cli.language import Language, terminal_language

if TYPE_CHECKING:
    from services.cli.conversation import Conversation

ANSWER_SECONDS = 60.0


def chat(
    url: Annotated[
        str | None, typer.Option(help="Where supportbot is.", show_default=stack.DEFAULT_URL)
    ] = None,
    who: As = GUEST,
    language: Language = None,
    plain: Annotated[bool, typer.Option("--plain", help="Text alone, as when reading from a pipe.")] = False,
) -> None:
    """Talk to supportbot; an empty line or Ctrl-D ends it, Ctrl-C stops an answer."""
    from services.cli.client import ChatClient
    from services.cli.conversation import Conversation

    place = stack.chat_url(url)
    with ChatClient(
        place, identity_token=identity_token(place, who), language=language or terminal_language()
    ) as client:
        conversation = Conversation(client)
        if plain or not (sys.stdin.isatty() and sys.stdout.isatty()):
            _chat_plainly(conversation, sys.stdin)
        else:
            from services.cli.chat_screen import ChatScreen

            ChatScreen(conversation, within=ANSWER_SECONDS).run()


def _chat_plainly(conversation: "Conversation", lines: Iterable[str]) -> None:
    """A line is a question; its answer is a block of lines with an empty one after it."""
    from services.cli.plain import plain_answer

    for line in lines:
        if question := line.strip():
            print(plain_answer(conversation.ask(question, within=ANSWER_SECONDS)), end="\n\n", flush=True)
