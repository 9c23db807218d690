"""Is every message answered once and in order, and is every event in Postgres?

Sends numbered messages over many sockets at once, waits for the answers, and compares what the clients saw, what
stands in the streams, and what stands in Postgres. Exit 1 when anything is lost, doubled or out of order.

    python -m bench.load --messages 300 --sockets 30
"""

import argparse
import asyncio
import sys
import time

from rich.console import Console
from rich.table import Table

from bench.customer import Customer
from bench.stack import addresses
from bench.verdict import Verdict, compare

TEXTS = (
    "where is my order 1042? I am ada@example.com",
    "what is your return policy?",
    "hi",
    "how long does shipping take?",
    "thanks",
)


async def send_all(url: str, *, messages: int, sockets: int, burst: bool, limit: float) -> list[Customer]:
    """Hold `sockets` conversations at once with `messages` messages among them."""
    socket_url = url.replace("http", "ws", 1) + "/ws"
    shares = [messages // sockets + (number < messages % sockets) for number in range(sockets)]
    customers = [
        Customer(
            urls=[socket_url], texts=[TEXTS[number % len(TEXTS)] for number in range(share)], burst=burst
        )
        for share in shares
    ]
    until = time.monotonic() + limit
    await asyncio.gather(*(customer.run(until) for customer in customers))
    return customers


def show(verdict: Verdict, *, messages: int, sockets: int, seconds: float, cuts: int) -> None:
    figures = {
        "lost": verdict.lost,
        "doubled": verdict.doubled,
        "out of order": verdict.out_of_order,
        "garbled": verdict.garbled,
        "apologies": verdict.apologies,
        "cuts": cuts,
        "events": verdict.events,
        "rows in Postgres": verdict.rows,
    }
    table = Table(title=f"{messages} messages over {sockets} sockets in {seconds:.1f} s")
    for column in figures:
        table.add_column(column, justify="right")
    table.add_row(*map(str, figures.values()))
    Console().print(table)


async def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--messages", type=int, default=300)
    parser.add_argument("--sockets", type=int, default=30)
    parser.add_argument("--burst", action="store_true", help="send without waiting for the answers")
    parser.add_argument("--limit", type=float, default=180, help="seconds to wait for the last answer")
    parser.add_argument("--partitions", type=int, default=1)
    parser.add_argument("--url")
    parser.add_argument("--redis-url")
    parser.add_argument("--database-url")
    options = parser.parse_args()
    stack = addresses(options.url, options.redis_url, options.database_url)
    started = time.monotonic()
    customers = await send_all(
        stack.url,
        messages=options.messages,
        sockets=options.sockets,
        burst=options.burst,
        limit=options.limit,
    )
    seconds = time.monotonic() - started
    verdict = await compare(customers, stack.redis_url, stack.database_url, partitions=options.partitions)
    show(
        verdict,
        messages=options.messages,
        sockets=options.sockets,
        seconds=seconds,
        cuts=sum(len(customer.cuts) for customer in customers),
    )
    return 0 if verdict.good else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
