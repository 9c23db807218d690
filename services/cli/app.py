"""The `supportbot` command: one file a command.

What a command needs is imported when it runs, so that `supportbot --help` answers at once.
"""

import sys

import typer

from services.cli import ask, chat, migrate, up
from services.cli.dead_letters import dead_letters
from services.cli.doctor.command import doctor
from services.cli.errors import CommandError
from services.cli.events import events
from services.cli.intents import intents
from services.cli.knowledge import knowledge
from services.cli.orders import orders
from services.shared.errors import SetupError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="An AI customer-support bot.",
)
app.command("ask")(ask.ask)
app.command("chat")(chat.chat)
app.command("doctor")(doctor)
app.command("migrate")(migrate.migrate)
app.command("up")(up.up)
app.add_typer(dead_letters, name="dead-letters")
app.add_typer(events, name="events")
app.add_typer(intents, name="intents")
app.add_typer(knowledge, name="knowledge")
app.add_typer(orders, name="orders")


def main() -> None:
    """Runs a command. What can be expected to go wrong is one line, not a traceback."""
    try:
        app()
    except (SetupError, CommandError) as error:
        sys.stderr.write(f"supportbot: {error}\n")
        sys.exit(1)
