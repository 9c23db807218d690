import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.gateway.decoding import BadFrameError, decode
from services.shared.frames import ErrorFrame, Feedback, Message, Resume, Start


def refused(text: str) -> ErrorFrame:
    with pytest.raises(BadFrameError) as error:
        decode(text)
    return error.value.answer


def frame(**fields: object) -> str:
    return orjson.dumps({"client_id": "c1", **fields}).decode()


def test_every_kind_of_frame_is_read() -> None:
    assert decode(frame(type="start")) == Start(type="start", client_id="c1")
    assert isinstance(decode(frame(type="message", text="hi")), Message)
    assert isinstance(decode(frame(type="feedback", message_id="r", rating="none")), Feedback)
    resume = decode(frame(type="resume", session_token="t", conversation_id="c", cursor="12-345"))
    assert isinstance(resume, Resume)
    assert resume.cursor == "12-345"


def test_a_message_is_trimmed_and_loses_its_null_characters() -> None:
    message = decode(frame(type="message", text="\n a\u0000b "))

    assert isinstance(message, Message)
    assert message.text == "ab"


def test_an_error_names_the_frame_it_is_about() -> None:
    assert refused(frame(type="message", text="")).ref == "c1"
    assert refused(frame(type="message", text="x" * 4001)).ref == "c1"
    assert refused("[]").ref is None


@pytest.mark.parametrize("depth", [1_000, 100_000])
def test_deep_nesting_is_bad_json_and_no_crash(depth: int) -> None:
    assert refused("[" * depth).code == "bad_json"
    assert refused("[" * depth + "]" * depth).code == "bad_json"
    assert refused('{"a":' * depth + "1" + "}" * depth).code == "bad_json"


def test_a_duplicate_key_is_told_by_name_of_the_problem() -> None:
    error = refused('{"type":"stop","client_id":"a","client_id":"b"}')

    assert (error.code, error.message) == (
        "bad_json",
        "a key stands twice in one object: send one JSON object a frame",
    )


@settings(deadline=None)
@given(st.text())
def test_any_text_is_a_frame_or_an_error_of_the_contract(text: str) -> None:
    try:
        decode(text)
    except BadFrameError as error:
        assert error.answer.code in {"bad_json", "bad_request", "too_long"}  # noqa: PT017


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(
    st.fixed_dictionaries(
        {}, optional={"type": st.sampled_from(["message", "start", "stop"]), "text": json_values}
    ),
    st.dictionaries(st.text(min_size=1), json_values, max_size=3),
)
def test_any_object_is_a_frame_or_an_error_of_the_contract(
    known: dict[str, object], more: dict[str, object]
) -> None:
    try:
        decode(orjson.dumps({**more, **known}, option=orjson.OPT_PASSTHROUGH_SUBCLASS).decode())
    except BadFrameError as error:
        assert error.answer.code in {"bad_json", "bad_request", "too_long"}  # noqa: PT017
    except orjson.JSONEncodeError:
        return  # an integer that orjson cannot write
