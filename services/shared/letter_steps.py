"""The guarded steps of dead letters: buried, replayed, dropped."""

from typing import Literal, TypeAlias, cast

from redis.asyncio import Redis

from services.shared.conversation_keys import tool_call_mark
from services.shared.entries import Entry
from services.shared.events import DeadLettered, dump_event
from services.shared.grants import reply_id_of
from services.shared.steps import Steps
from services.shared.streams import DEAD_LETTERS, partition_of_key

# Letters stay on their stream for their retention, and longer while nobody stores them.
MARK_SECONDS = 2 * int(DEAD_LETTERS.retention.total_seconds())

Replayed: TypeAlias = Literal["replayed", "settled", "answered", "waiting", "gone"]


def letter_mark(letter: DeadLettered) -> str:
    """The key that says what became of a dead letter: `replayed` or `dropped`."""
    return f"letter:{{{partition_of_key(letter.stream)}}}:{letter.event_id}"


async def bury(steps: Steps, entry: Entry, letter: DeadLettered) -> bool:
    """Move an entry to the dead letters; False when another has acknowledged it meanwhile."""
    answer = await steps.call(
        "sb_bury",
        [entry.stream, DEAD_LETTERS.key(partition_of_key(entry.stream))],
        [entry.group, entry.entry_id, dump_event(letter)],
    )
    return bool(answer)


async def replay(steps: Steps, letter: DeadLettered, *, tool_call_id: str = "") -> Replayed:
    """Deliver a dead letter's entry to its group once more, once in the letter's life.

    A tool call that was answered, if only as failed, is not made again.
    """
    keys = [letter.stream, letter_mark(letter)]
    if tool_call_id:
        keys.append(tool_call_mark(partition_of_key(letter.stream), tool_call_id))
    answer = await steps.call("sb_replay", keys, _delivery_of(letter))
    return cast("Replayed", answer.decode())


async def replay_turn(steps: Steps, letter: DeadLettered, *, message_id: str = "") -> Replayed:
    """As `replay`, after giving the messages that an apology ended back to the conversation's inbox.

    They are those that were to be answered together with `message_id`, or in the letter's turn, without
    those that were answered after all.
    """
    keys = steps.keys(letter.conversation_id)
    if keys.partition != partition_of_key(letter.stream):
        return "gone"
    answer = await steps.call(
        "sb_replay_turn",
        [*keys, letter.stream, letter_mark(letter)],
        [
            *_delivery_of(letter),
            letter.conversation_id,
            message_id,
            reply_id_of(letter.turn_id or ""),
            steps.time_limit_ms,
        ],
    )
    return cast("Replayed", answer.decode())


async def drop(redis: Redis, letter: DeadLettered) -> bool:
    """Settle a dead letter without replaying it; False when it was settled before."""
    done = await redis.set(letter_mark(letter), "dropped", nx=True, ex=MARK_SECONDS)
    return bool(done)


def _delivery_of(letter: DeadLettered) -> list[str | int]:
    return [letter.group, letter.entry_id, letter.entry, MARK_SECONDS]
