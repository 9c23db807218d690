"""What can go wrong in a handler, named by what should happen next."""


class TransientError(Exception):
    """Try again: the entry stays pending and is delivered once more after the reclaim time."""


class PermanentError(Exception):
    """Trying again cannot help: the entry becomes a dead letter now, with this text as the reason."""


class SetupError(Exception):
    """The process cannot start; the text says in one line what is wrong and what to do."""
