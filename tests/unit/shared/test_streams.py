import pytest

from services.shared.events import EVENT_TYPES, Envelope
from services.shared.streams import STREAMS, partition_of, stream_keys, stream_of


@pytest.mark.parametrize("event", EVENT_TYPES)
def test_every_event_has_exactly_one_stream(event: type[Envelope]) -> None:
    assert [stream.name for stream in STREAMS if event in stream.events] == [
        stream_of(event.model_construct()).name
    ]


def test_every_stream_is_kept_by_persistence() -> None:
    assert all("persistence" in stream.groups for stream in STREAMS)


def test_the_partition_of_a_conversation_is_the_crc_that_other_languages_compute() -> None:
    assert partition_of("123456789", 1024) == 0xCBF43926 % 1024
    assert partition_of("anything", 1) == 0


def test_a_key_carries_its_partition_in_a_hash_tag() -> None:
    keys = [key for _, key in stream_keys(2)]

    assert keys[:2] == ["chat.sessions.{0}", "chat.sessions.{1}"]
    assert len(set(keys)) == 2 * len(STREAMS)
