import pytest

from services.router_worker import repair


@pytest.mark.parametrize(
    "text",
    ["yes", "Yes!", "yes please", "ok, do it", "sure thing, thanks", "that would be great", "ja bitte"],
)
def test_agreement_is_heard_in_few_words(text: str) -> None:
    assert repair.says_yes(text)


@pytest.mark.parametrize(
    "text", ["yes, where is my order?", "yesterday", "ok but how long does it take", "okra", ""]
)
def test_more_than_agreement_is_not_agreement(text: str) -> None:
    assert not repair.says_yes(text)


@pytest.mark.parametrize("text", ["no", "No thanks", "nah, I'm good", "not now", "never mind", "nein danke"])
def test_a_no_is_heard_in_few_words(text: str) -> None:
    assert repair.says_no(text)


@pytest.mark.parametrize("text", ["no, where is it?", "nothing has arrived", "notebook", "no, I meant 1043"])
def test_more_than_a_no_is_not_a_no(text: str) -> None:
    assert not repair.says_no(text)


@pytest.mark.parametrize("text", ["cancel", "Cancel that please", "forget it", "never mind", "stop", "nvm"])
def test_the_wish_to_leave_a_question_is_heard(text: str) -> None:
    assert repair.drops(text)


@pytest.mark.parametrize("text", ["cancel my order", "stop the delivery", "cancel order 1043"])
def test_the_wish_to_stop_an_order_is_not_taken_for_it(text: str) -> None:
    assert not repair.drops(text)


@pytest.mark.parametrize(
    "text",
    [
        "I don't have it",
        "I can't find the number",
        "no idea",
        "I won't tell you",
        "I'd rather not say",
        "that's none of your business",
        "I deleted the mail",
        "why do you need my email?",
        "ich habe die Nummer nicht",
    ],
)
def test_who_has_or_gives_no_value_is_heard(text: str) -> None:
    assert repair.refuses(text)


@pytest.mark.parametrize(
    "text",
    [
        "1043",
        "what is your return policy?",
        "ada@example.com",
        "where is that?",
        "I can't find my size, which ones are there?",
        "I don't know for sure, 1043 I think",
    ],
)
def test_other_words_are_no_refusal(text: str) -> None:
    assert not repair.refuses(text)


@pytest.mark.parametrize(
    "text", ["my other order", "another one", "a different order please", "meine andere Bestellung"]
)
def test_another_order_is_heard(text: str) -> None:
    assert repair.names_another(text)


@pytest.mark.parametrize("text", ["my order", "anything else", "what other colours are there"])
def test_another_thing_is_no_other_order(text: str) -> None:
    assert not repair.names_another(text)


@pytest.mark.parametrize("rest", ["sorry, I meant ", "and ?", "not  but ", "no, my other order", "it's #"])
def test_words_that_only_say_which_one_are_told_from_a_request(rest: str) -> None:
    assert repair.only_names(rest)
    assert not repair.only_names(f"{rest} cancel")


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("forget it, how much is express shipping?", "how much is express shipping?"),
        ("Never mind. What is your return policy?", "What is your return policy?"),
        ("how much is shipping? never mind", "how much is shipping? never mind"),
        ("never mind!", "never mind!"),
    ],
)
def test_what_is_asked_after_a_question_is_left_stands_alone(text: str, rest: str) -> None:
    assert repair.after_dropping(text) == rest
