"""Letters that are dropped, listed and found, on a real server."""

from typing import Any

from services.shared.dead_letters import DeadLetters
from services.shared.delivery import RawEntry
from services.shared.entries import Entry
from tests.integration.dead_letters.desk import MESSAGES, Desk


async def test_a_dropped_letter_is_kept_but_never_replayed(desk: Desk) -> None:
    await desk.say("hello")
    letter = await desk.buried()
    await desk.answer(failed=True)

    assert await desk.box.drop(letter)
    assert not await desk.box.drop(letter)
    assert await desk.box.replay(letter) == "settled"
    assert [known.state for known in await desk.box.letters()] == ["dropped"]


async def test_letters_are_found_by_either_id_among_many(desk: Desk) -> None:
    for number in range(1203):
        await desk.redis.xadd(MESSAGES, {"__data__": f"poison {number}"})
    bury = DeadLetters(steps=desk.steps).bury
    found: Any = await desk.redis.xreadgroup("router", "worker", {MESSAGES: ">"}, count=2000)
    for entry_id, fields in found[0][1]:
        at = Entry(stream=MESSAGES, group="router", entry_id=entry_id.decode())
        await bury(RawEntry(at=at, fields=fields, deliveries=1), "poison")

    letters = await desk.box.letters()

    assert [letter.event.entry for letter in letters] == [
        f"poison {number}" for number in range(1202, -1, -1)
    ]
    oldest = letters[-1]
    assert await desk.box.find(oldest.entry_id) == [oldest]
    assert await desk.box.find(str(oldest.event.event_id)) == [oldest]
    assert await desk.box.find("0-1") == []
