from collections.abc import Sequence

import pytest

from services.persistence_worker.handlers import PersistenceHandlers
from services.shared.delivery import Delivery
from services.shared.errors import PermanentError, TransientError
from services.shared.events import DeadLettered, MessageReceived
from tests.builders import a_delivery, an_event


class Store:
    """Keeps what it is given, or raises."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.kept: list[Delivery] = []

    async def record(self, deliveries: Sequence[Delivery]) -> int:
        if self.error:
            raise self.error
        self.kept += deliveries
        return len(deliveries)


async def test_a_batch_is_recorded_whole() -> None:
    store = Store()
    batch = [a_delivery(an_event(MessageReceived)) for _ in range(3)]
    await PersistenceHandlers(events=store).on_events(batch)
    assert store.kept == batch


@pytest.mark.parametrize("error", [TransientError("away"), PermanentError("never")])
async def test_errors_reach_the_bus_when_events_cannot_be_recorded(error: Exception) -> None:
    with pytest.raises(type(error)):
        await PersistenceHandlers(events=Store(error)).on_events([a_delivery(an_event(MessageReceived))])


async def test_a_dead_letter_is_left_alone_when_it_can_never_be_recorded() -> None:
    letter = a_delivery(an_event(DeadLettered))
    handlers = PersistenceHandlers(events=Store(PermanentError("never")))
    await handlers.on_dead_letters([letter])
    with pytest.raises(PermanentError):  # one of several is at fault: the bus asks again for each alone
        await handlers.on_dead_letters([letter, letter])


async def test_a_dead_letter_waits_when_it_cannot_be_recorded_now() -> None:
    handlers = PersistenceHandlers(events=Store(TransientError("away")))
    with pytest.raises(TransientError):
        await handlers.on_dead_letters([a_delivery(an_event(DeadLettered))])
