"""`supportbot ask`: one question, its answer, and the exit code."""

from typing import Annotated

import typer

from services.cli import stack
from services.cli.customers import GUEST, As, identity_token
from services.cli.errors import CommandError
from services.cli.language import Language, terminal_language


def ask(
    question: Annotated[str, typer.Argument(help="What a customer would write.")],
    url: Annotated[
        str | None, typer.Option(help="Where supportbot is.", show_default=stack.DEFAULT_URL)
    ] = None,
    who: As = GUEST,
    language: Language = None,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds to wait for the answer.")] = 60.0,
) -> None:
    """Ask one question and print the answer with its sources."""
    from services.cli.client import ChatClient
    from services.cli.conversation import Conversation
    from services.cli.plain import plain_answer

    place = stack.chat_url(url)
    with ChatClient(
        place,
        identity_token=identity_token(place, who),
        language=language or terminal_language(),
        patience=timeout,
    ) as client:
        answer = Conversation(client).ask(question, within=timeout)
    if answer.failed:
        raise CommandError(answer.text or "the message could not be answered")
    typer.echo(plain_answer(answer))
