from hypothesis import given, settings
from hypothesis import strategies as st

from services.router_worker.citations import MarkFilter, cited, sections_of
from services.router_worker.language_models.protocol import ToolStep

SECTIONS = [{"section_id": f"s{n}", "title": f"T{n}"} for n in (1, 2, 3)]


def filtered(*pieces: str, sections: int = 3) -> str:
    marks = MarkFilter(sections)
    return "".join([*(marks.feed(piece) for piece in pieces), marks.end()])


def test_a_mark_of_a_section_stays_and_another_is_dropped() -> None:
    assert filtered("a [1] b [4] c [0] d [3]") == "a [1] b  c  d [3]"


def test_a_mark_is_known_however_it_is_cut() -> None:
    assert filtered("a [", "1", "]", " b [", "9]") == "a [1] b "


def test_what_only_looks_like_a_mark_is_left_alone() -> None:
    text = "an [array] [12345] [1.5] [ 1 ] [9](https://shop.example) ["

    assert filtered(*text) == text


@settings(deadline=None)
@given(st.text(alphabet="[]() 0123456789ab"), st.lists(st.integers(1, 5)))
def test_pieces_do_not_change_what_is_shown(text: str, lengths: list[int]) -> None:
    pieces, rest = [], text
    for length in lengths:
        pieces.append(rest[:length])
        rest = rest[length:]

    assert filtered(*pieces, rest) == filtered(text)


def test_citations_are_the_marked_sections_each_once_and_in_their_order() -> None:
    found = cited("[3] and [1], again [3], and [7]", SECTIONS)

    assert [(citation.number, citation.section_id) for citation in found] == [(1, "s1"), (3, "s3")]


def test_sections_are_counted_over_all_searches_of_the_turn() -> None:
    def step(status: str, *numbers: int) -> ToolStep:
        results = [SECTIONS[number - 1] for number in numbers]
        return ToolStep(
            call_id="c",
            tool="knowledge_search",
            arguments={},
            status="ok" if status == "ok" else "failed",
            result={"results": results} if status == "ok" else None,
        )

    steps = [step("ok", 2), step("failed"), step("ok", 1)]

    assert [section["section_id"] for section in sections_of(steps)] == ["s2", "s1"]
