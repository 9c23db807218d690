import pytest

from services.router_worker.language_models.spelling import Spelling

RIGHT_EVERYWHERE = {"order", "cancel", "password", "adventure", "with", "from", "friend", "wish"}
TEXTS = [
    *["cancel my order"] * 40,
    *["I can't find my password"] * 20,
    "wiht a frend",
    "with a wish from a friend",
    *["cacnel it"] * 3,
    *["a cancer drug"] * 20,
]


@pytest.fixture(scope="module")
def spelling() -> Spelling:
    return Spelling(TEXTS, RIGHT_EVERYWHERE.__contains__)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("cancle my oder", "cancel my order"),
        ("Cancell my ordder!", "cancel my order!"),
        ("cacnel teh ordre", "cancel teh order"),
        ("my passwurd", "my password"),
        ("acncel it", "cancel it"),
        ("i cant find my pasword", "i can't find my password"),
    ],
)
def test_a_word_that_is_one_slip_from_one_of_the_texts_is_put_right(
    spelling: Spelling, written: str, meant: str
) -> None:
    assert spelling.corrected(written) == meant


@pytest.mark.parametrize(
    "text",
    [
        "an adventure with friends of mine",  # known, or near to nothing that is common enough
        "border control",  # another first letter
        "cancer older",  # short words with another letter
        "form W2378156, order-no. 1043",
        "ode to joy",  # too short
        "Tromsø, Malmö, 日本",
        "",
    ],
)
def test_what_is_no_slip_of_a_common_word_stays_as_it_is(spelling: Spelling, text: str) -> None:
    assert spelling.corrected(text) == text


def test_a_word_that_the_texts_have_often_enough_themselves_stays_as_it_is() -> None:
    spelling = Spelling([*["pay with clarna"] * 3, *["pay with carna"] * 9], {"carna"}.__contains__)
    assert spelling.corrected("clarna") == "clarna"


def test_the_commoner_word_is_meant_where_two_are_as_near() -> None:
    texts = [*["I paid the postage"] * 3, *["a red package"] * 3, *["the packages"] * 9]
    spelling = Spelling(texts, {"package", "packages"}.__contains__)
    assert spelling.corrected("packagee") == "packages"
