"""Many customers at once."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from bench.customer import Customer
from tests.eventually import eventually

# A look-up by a guest of an order, a search in the articles, and what needs neither.
TEXTS = (
    "where is my order 1042? I am ada@example.com",
    "what is your return policy?",
    "hi",
    "how long does shipping take?",
    "thanks",
)


def crowd(urls: Sequence[str], *, conversations: int, messages: int, **options: Any) -> list[Customer]:
    """Customers with `messages` messages among them; each comes first to another of the gateways."""
    return [
        Customer(
            urls=[*urls[number % len(urls) :], *urls[: number % len(urls)]],
            texts=[
                TEXTS[(number + index) % len(TEXTS)]
                for index in range(messages // conversations + (number < messages % conversations))
            ],
            **options,
        )
        for number in range(conversations)
    ]


async def speak(customers: Sequence[Customer], *, within: float) -> None:
    """Let them all speak until each has its answers or the time is up."""
    until = time.monotonic() + within
    await asyncio.gather(*(customer.run(until) for customer in customers))


async def answers(customers: Sequence[Customer], more: int, *, within: float = 60) -> None:
    """Return once that many more messages are answered than now."""

    def answered() -> int:
        return sum(len(customer.screen.answered) for customer in customers)

    before = answered()
    await eventually(lambda: answered() >= before + more, within=within)


def last_finished(customers: Sequence[Customer]) -> float:
    return max(customer.finished_at for customer in customers)
