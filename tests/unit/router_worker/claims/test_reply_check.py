from itertools import cycle

import pytest

from services.router_worker.claims.evidence import Evidence
from services.router_worker.claims.examples import example_lines
from services.router_worker.claims.reply_check import ReplyCheck
from tests.claims import claim_check

FALSE = list(example_lines(kind="false"))[::10]


def pieces(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]


def shown_of(text: str, *, size: int = 4, evidence: Evidence = Evidence()) -> tuple[str, ReplyCheck]:  # noqa: B008
    check = ReplyCheck(claim_check(), evidence)
    shown = "".join(check.feed(piece) for piece in pieces(text, size)) + check.end()
    return shown, check


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
@pytest.mark.parametrize(
    "text",
    [
        "Hello! How can I help?",
        "Refunds take **5 days**. See [1] for more.\n\n- one\n- two\n\nAnything else?",
        "No full stop at the end",
        "It costs 3.50, e.g. for order no. 1043. Right?\n",
        "| a | b |\n| - | - |\n| 1 | 2 |\n",
        "",
    ],
)
def test_a_harmless_reply_is_shown_unchanged_however_it_is_cut(text: str, size: int) -> None:
    shown, check = shown_of(text, size=size)
    assert shown == check.kept == text
    assert check.withheld is None


@pytest.mark.parametrize("size", [1, 5, 1000])
def test_a_claim_and_what_follows_is_held_back(size: int) -> None:
    shown, check = shown_of("I see. I have cancelled your order. Anything else?", size=size)
    assert check.withheld == "cancellation"
    assert check.kept == shown == "I see. "


def test_hardly_a_part_of_a_false_promise_that_is_shown_is_a_claim_of_its_own() -> None:
    claims = []
    for promise, size in zip(FALSE, cycle([1, 4, 7, 1000]), strict=False):
        shown, check = shown_of(promise, size=size)
        assert check.withheld, promise
        if shown_of(shown + ".")[1].withheld:
            claims.append((promise, shown))
    assert len(claims) <= len(FALSE) / 200, claims


@pytest.mark.parametrize(
    "markup", ["**{}**", "_{}_", "~~{}~~", "`{}`", "> {}", "- {}", "1. {}", "<b>{}</b>", "### {}"]
)
@pytest.mark.parametrize("claim", ["I have cancelled your order", "Your refund is on its way"])
def test_a_claim_is_seen_through_its_markup(markup: str, claim: str) -> None:
    assert shown_of(f"Well.\n\n{markup.format(claim)}\n")[1].withheld


@pytest.mark.parametrize(
    "claim",
    [
        "I have canc**elled** your order.",
        "I have can\u200bcelled your order.",
        "I have c-a-n-c-e-l-l-e-d your order.",
        "I have <i>cancel</i>led your order.",
        "I&#32;have cancelled your order.",
        "Ｉ have ｃａｎｃｅｌｌｅｄ your order.",
        "I\nhave\ncancelled\nyour order",
        "I've ✅ cancelled 🎉 your order!!!",
        "I HAVE CANCELLED YOUR ORDER",
        "~~I can not~~ I have cancelled your order.",
        "<del>no</del> I have cancelled your order.",
        "Order cancelled ✅",
    ],
)
def test_a_claim_is_seen_through_its_spelling(claim: str) -> None:
    assert shown_of(claim)[1].withheld == "cancellation"


@pytest.mark.parametrize(
    "claim",
    [
        "I h\u0430ve r\u0435fund\u0435d your m\u043eney.",
        "I'v\u0435 \u0441\u0430n\u0441\u0435ll\u0435d \u0443our \u043erd\u0435r.",
        "Y\u03bfur \u03bfrd\u03b5r has b\u03b5\u03b5n \u03f2anc\u03b5ll\u03b5d.",
    ],
)
def test_letters_of_another_alphabet_hide_no_claim(claim: str) -> None:
    assert shown_of(claim)[1].withheld


def test_the_first_words_are_shown_before_their_sentence_ends() -> None:
    check = ReplyCheck(claim_check(), Evidence())
    assert check.feed("Thank you for your ") == "Thank you for your "
    assert check.feed("patience today, ") == "patience today, "


def test_a_text_without_sentences_is_not_held_back_for_ever() -> None:
    check = ReplyCheck(claim_check(), Evidence())
    assert check.feed("and so on " * 200)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("It is ![a lamp](https://evil.example/x.png?order=1043) of brass.", "It is a lamp of brass."),
        ("See [our page](https://evil.example).", "See our page."),
        ("See https://evil.example/?d=1043 please.", "See  please."),
        ("See <https://evil.example> and <img src='//evil.example/x'>.", "See  and ."),
        ("Go to www.evil.example or evil.example/1043.", "Go to  or "),
        ("[a]: https://evil.example", ""),
        ("[go](javascript:alert`1`)", "go"),
        ("[go! now](https://evil.example)", "[go! now"),
    ],
)
@pytest.mark.parametrize("size", [1, 6, 1000])
def test_links_to_elsewhere_are_taken_out(text: str, shown: str, size: int) -> None:
    assert shown_of(text, size=size)[0] == shown


def test_a_link_that_a_tool_has_named_stays() -> None:
    evidence = Evidence(addresses=frozenset({"https://carrier.example/track/1043"}))
    text = "Follow it on [the carrier's page](https://carrier.example/track/1043)."
    assert shown_of(text, evidence=evidence)[0] == text
