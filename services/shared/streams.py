"""The table of the event flow: event → stream → writer → groups → retention.

A stream's physical name carries its partition in a hash tag, `chat.messages.{0}`, and so does every key of a
conversation: all of them live in one slot, and a step over several of them is one transaction on one node.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from zlib import crc32

from services.shared import events
from services.shared.events import Envelope


@dataclass(frozen=True, kw_only=True)
class Stream:
    """One stream of the system, over all its partitions."""

    name: str
    events: tuple[type[Envelope], ...]
    writer: str
    groups: tuple[str, ...]
    retention: timedelta

    def key(self, partition: int) -> str:
        """The Redis key of one partition, for example `chat.messages.{0}`."""
        return f"{self.name}.{{{partition}}}"


CHAT_SESSIONS = Stream(
    name="chat.sessions",
    events=(
        events.ConversationStarted,
        events.ClientConnected,
        events.ClientDisconnected,
        events.FeedbackGiven,
    ),
    writer="gateway",
    groups=("persistence",),
    retention=timedelta(days=7),
)
CHAT_MESSAGES = Stream(
    name="chat.messages",
    events=(
        events.MessageReceived,
        events.StopRequested,
        events.ActionConfirmed,
        events.ActionDeclined,
    ),
    writer="gateway",
    groups=("router", "persistence"),
    retention=timedelta(days=7),
)
TOOL_REQUESTS = Stream(
    name="tool.requests",
    events=(events.ToolRequested,),
    writer="router",
    groups=("tools", "persistence"),
    retention=timedelta(days=7),
)
TOOL_RESULTS = Stream(
    name="tool.results",
    events=(events.ToolCompleted,),
    writer="tools",
    groups=("router", "persistence"),
    retention=timedelta(days=7),
)
CHAT_REPLIES = Stream(
    name="chat.replies",
    events=(
        events.IntentRouted,
        events.ReplyCompleted,
        events.ReplyFailed,
        events.ActionProposed,
        events.HandoffRequested,
        events.ContactLeft,
        events.ReplyWithheld,
        events.ModelSwitched,
        events.ModelCalled,
    ),
    writer="router",
    groups=("persistence",),
    retention=timedelta(days=7),
)
DEAD_LETTERS = Stream(
    name="dead.letters",
    events=(events.DeadLettered,),
    writer="any",
    groups=("persistence",),
    retention=timedelta(days=30),
)

STREAMS = (CHAT_SESSIONS, CHAT_MESSAGES, TOOL_REQUESTS, TOOL_RESULTS, CHAT_REPLIES, DEAD_LETTERS)
RECORDERS = frozenset({"persistence"})  # groups to which an event matters however old it is

_STREAM_OF = {event: stream for stream in STREAMS for event in stream.events}


def stream_of(event: Envelope) -> Stream:
    """The one stream that carries events of this class."""
    return _STREAM_OF[type(event)]


def partition_of(conversation_id: str, partitions: int) -> int:
    """The partition of a conversation, the same in every process and language (CRC-32 of its UTF-8 bytes)."""
    return crc32(conversation_id.encode()) % partitions


def partition_of_key(key: str) -> int:
    """The partition of a physical name, for example 0 of `chat.messages.{0}`."""
    return int(key.rpartition("{")[2].rstrip("}"))


def stream_keys(partitions: int) -> Iterator[tuple[Stream, str]]:
    """Every stream with each of its physical keys."""
    for stream in STREAMS:
        for partition in range(partitions):
            yield stream, stream.key(partition)
