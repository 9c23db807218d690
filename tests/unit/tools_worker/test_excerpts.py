from hypothesis import given
from hypothesis import strategies as st

from services.tools_worker.knowledge.excerpts import snippet, truncate
from services.tools_worker.knowledge.terms import Terms

ENGLISH = Terms("english")


def passage(text: str, query: str, longest: int = 60) -> str:
    return snippet(text, tuple(ENGLISH.places(text, set(ENGLISH.of(query)))), longest)


def test_a_short_text_stays_whole() -> None:
    assert truncate("Short.", 100) == ("Short.", False)


def test_a_long_text_is_cut_after_a_paragraph() -> None:
    assert truncate("First one.\n\nSecond one, longer.", 20) == ("First one.", True)


def test_without_a_paragraph_it_is_cut_after_a_sentence() -> None:
    assert truncate("A first sentence. A second sentence.", 25) == ("A first sentence.", True)


def test_without_a_sentence_it_is_cut_after_a_word() -> None:
    assert truncate("many words and no end", 14) == ("many words and", True)


@given(text=st.text(), longest=st.integers(min_value=2, max_value=50))
def test_what_is_kept_is_always_a_beginning_within_the_limit(text: str, longest: int) -> None:
    kept, cut = truncate(text, longest)
    assert text.startswith(kept)
    assert len(kept) <= longest or not cut
    assert cut == (len(text) > longest)


def test_the_snippet_is_the_sentence_with_most_of_the_terms() -> None:
    text = "We ship daily. Parcels are small. Returned boots are refunded within 5 days. Ask us anything."
    assert passage(text, "when are boots refunded").startswith("…Returned boots are refunded")


def test_the_snippet_is_the_beginning_when_no_term_occurs() -> None:
    assert passage("We ship daily.", "boots") == "We ship daily."


def test_a_match_late_in_a_long_sentence_is_shown() -> None:
    assert "refund" in passage("word " * 40 + "refund", "refund")
