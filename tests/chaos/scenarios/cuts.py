"""R5: connections are cut at any byte, pages are loaded anew, second tabs look on."""

import random

from bench.customer import Customer
from tests.chaos.crowd import crowd, speak
from tests.chaos.outcome import Figure, Outcome, percentile
from tests.chaos.proxy import proxies
from tests.chaos.stack import Crew, Stack

FEWEST_BYTES, MOST_BYTES = 1, 6_000


async def cuts(
    stack: Stack, *, cuts: int = 100, conversations: int = 20, messages: int = 200, resume_seconds: float = 1
) -> Outcome:
    """Customers come back at the other gateway each time; every third has lost its cursor, every second has a
    second tab."""
    await stack.call(Crew())
    positions = (random.randint(FEWEST_BYTES, MOST_BYTES) for _ in range(cuts))
    async with proxies(stack.gateways, positions) as between:
        urls = [f"ws://{proxy.address}/ws" for proxy in between]
        customers = crowd(urls, conversations=conversations, messages=messages, pause=0.2)
        for customer in customers[::3]:
            customer.forgetful = True
        tabs = [Customer(urls=urls, follows=customer) for customer in customers[::2]]
        everyone = [*customers, *tabs]
        await speak(everyone, within=90)
        cut = sum(proxy.cut for proxy in between)

    outcome = Outcome(
        load=f"{messages} messages, {conversations} conversations, {len(tabs)} second tabs",
        faults=f"{cut} connections cut at random bytes",
    )
    outcome.take(await stack.verdict(everyone))
    returns = [seconds for customer in everyone for seconds in customer.returns]
    outcome.figures += [
        Figure("cuts", cut, at_least=cuts),
        Figure("resume p95", percentile(returns, 0.95), at_most=resume_seconds, unit="s"),
    ]
    return outcome
