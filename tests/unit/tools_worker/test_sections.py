import pytest

from services.tools_worker.knowledge.problems import InvalidArticleError
from services.tools_worker.knowledge.sections import LONGEST_SECTION, Section, parse_article


def sections(source: str) -> dict[str, Section]:
    return {section.section_id: section for section in parse_article("returns", source).sections}


def test_each_heading_begins_a_section_with_its_path_and_lines() -> None:
    found = sections(
        "# Returns\nWe take it back.\n\n## How long\n30 days.\n\n### Members\n60 days.\n\n## Cost\nFree.\n"
    )
    assert list(found) == ["returns", "returns#how-long", "returns#how-long/members", "returns#cost"]
    assert found["returns#how-long/members"].heading_path == ("Returns", "How long", "Members")
    assert found["returns#how-long"].lines == (4, 5)
    assert found["returns#how-long"].text == "30 days."


def test_a_heading_without_text_of_its_own_is_no_section() -> None:
    assert list(sections("# Returns\n\n## How long\n### Members\n60 days.")) == ["returns#how-long/members"]


def test_setext_headings_begin_sections_too() -> None:
    assert list(sections("Returns\n=======\nText.\n\nHow long\n--------\n30 days.")) == [
        "returns",
        "returns#how-long",
    ]


def test_a_hash_in_fenced_code_is_no_heading() -> None:
    found = sections("# Returns\n```\n## not a heading\n```\n")
    assert list(found) == ["returns"]
    assert "## not a heading" in found["returns"].text


def test_the_second_heading_of_the_same_name_gets_its_own_id() -> None:
    assert list(sections("# Returns\n## Cost\nA.\n## Cost\nB.")) == ["returns#cost", "returns#cost-2"]


def test_front_matter_gives_title_and_keywords_and_lines_still_count_from_the_top() -> None:
    article = parse_article(
        "returns", "---\ntitle: Sending back\nkeywords: [refund]\nowner: us\n---\n## Cost\nFree.\n"
    )
    assert (article.title, article.keywords) == ("Sending back", ("refund",))
    assert article.sections[0].lines == (6, 7)


def test_a_rule_at_the_beginning_is_not_front_matter() -> None:
    assert list(sections("---\n# Returns\nText.")) == ["returns"]


@pytest.mark.parametrize(
    ("source", "line", "message"),
    [
        ("", 1, "title"),
        ("Just text.", 1, "title"),
        ("# Returns\n\n## Cost\n", 1, "no text"),
        ("---\nkeywords: [a\n---\n# Returns\nText.", 2, "not YAML"),
        ("---\njust words\n---\n# Returns\nText.", 1, "key: value"),
        ("---\nkeywords: refund\n---\n# Returns\nText.", 1, "list of words"),
        ("---\ntitle: 3\n---\n# Returns\nText.", 1, "title must be text"),
    ],
)
def test_an_article_that_cannot_be_used_says_where_and_why(source: str, line: int, message: str) -> None:
    with pytest.raises(InvalidArticleError, match=message) as raised:
        parse_article("returns", source)
    assert raised.value.line == line


def test_a_long_section_is_split_between_paragraphs() -> None:
    paragraphs = [f"{number} {'word ' * 180}".strip() for number in range(5)]
    found = sections("# Returns\n" + "\n\n".join(paragraphs))
    assert list(found) == ["returns", "returns~2"]
    assert all(len(section.text) <= LONGEST_SECTION for section in found.values())
    assert "\n\n".join(section.text for section in found.values()) == "\n\n".join(paragraphs)


def test_words_are_kept_and_markup_addresses_and_html_are_not() -> None:
    plain = sections(
        "# Returns\nSee **the** [label](https://x.example/y) <b>now</b>.\n\n| A | B |\n|---|---|\n| c | d |"
    )["returns"].plain
    assert plain.split("\n") == ["See the label now.", "A", "B", "c", "d"]


def test_comments_are_left_out_and_their_keywords_belong_to_the_section() -> None:
    section = sections("# Returns\n## Cost\n<!-- also: fee,\nprice -->\nFree.\n\n<!-- internal -->\n")[
        "returns#cost"
    ]
    assert section.keywords == ("fee", "price")
    assert section.text == "Free."


def test_windows_line_ends_make_no_difference() -> None:
    assert sections("# Returns\r\n\r\n## Cost\r\nFree.\r\n")["returns#cost"].lines == (3, 4)


def test_a_heading_inside_a_quotation_is_part_of_the_text() -> None:
    assert list(sections("# Returns\n> ## Quoted\n> Text.")) == ["returns"]
