"""The keys of Redis under which a conversation lives."""

from collections.abc import Iterator

from services.shared.streams import partition_of


class ConversationKeys:
    """The keys of one conversation, in the order in which `commit.lua` names them."""

    def __init__(self, conversation_id: str, partitions: int) -> None:
        self.partition = partition_of(conversation_id, partitions)
        tag = f"{{{self.partition}}}"
        self.conversation = f"conversation:{tag}:{conversation_id}"
        self.inbox = f"inbox:{tag}:{conversation_id}"
        self.transcript = f"transcript:{tag}:{conversation_id}"
        self.frames = f"frames:{tag}:{conversation_id}"
        self.deadlines = f"deadlines:{tag}"
        self.accepted = f"accepted:{tag}:{conversation_id}"
        self.votes = f"votes:{tag}:{conversation_id}"
        self.actions = f"actions:{tag}:{conversation_id}"
        self.channel = f"push:{tag}:{conversation_id}"

    def __iter__(self) -> Iterator[str]:
        return iter(
            (
                self.conversation,
                self.inbox,
                self.transcript,
                self.frames,
                self.deadlines,
                self.accepted,
                self.votes,
                self.actions,
            )
        )


def tool_call_mark(partition: int, tool_call_id: str) -> str:
    """The key that says that a tool call has been done."""
    return f"tool_call:{{{partition}}}:{tool_call_id}"
