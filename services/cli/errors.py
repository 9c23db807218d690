"""What a command tells its user when it cannot do what was asked."""


class CommandError(Exception):
    """The text is one line that says what is wrong and what to do; there is no traceback, and exit code 1."""


class ChatError(CommandError):
    """The conversation cannot go on."""


class UnreachableError(ChatError):
    """No gateway answers."""
