"""What a tool says when the shop's orders cannot be asked."""

from collections.abc import Iterator
from contextlib import contextmanager

from services.tools_worker.orders.source import OrderSourceError
from services.tools_worker.tools.tool import UnavailableError


@contextmanager
def asking_orders() -> Iterator[None]:
    """An OrderSourceError of the block as the UnavailableError that every tool raises for it."""
    try:
        yield
    except OrderSourceError as error:
        raise UnavailableError(
            "order_source_unavailable", "Orders cannot be looked up at the moment."
        ) from error
