import pytest

from services.tools_worker.knowledge.problems import InvalidArticleError
from services.tools_worker.knowledge.questions import Questions, parse_questions
from services.tools_worker.knowledge.sections import LONGEST_SECTION, Section, parse_article


def asked(source: str) -> dict[str, tuple[str, ...]]:
    return {each.section_id: each.questions for each in parse_questions("returns", source).asked}


def section(source: str, section_id: str) -> Section:
    return next(each for each in parse_article("returns", source).sections if each.section_id == section_id)


def test_questions_belong_to_the_section_with_the_same_headings() -> None:
    assert asked(
        "# Returns\n- May I?\n## Cost\n- Who pays?\n- Is it free, or not?\n### Members\n- For us?"
    ) == {
        "returns": ("May I?",),
        "returns#cost": ("Who pays?", "Is it free, or not?"),
        "returns#cost/members": ("For us?",),
    }


def test_the_second_heading_of_the_same_name_has_questions_of_its_own() -> None:
    assert asked("# Returns\n## Cost\n- A?\n## Cost\n- B?") == {
        "returns#cost": ("A?",),
        "returns#cost-2": ("B?",),
    }


def test_a_question_may_go_on_in_the_next_line_and_have_marks() -> None:
    assert asked("# Returns\n- How *long*\n  do I have?\n\n- Under $5 & < 2 lbs?") == {
        "returns": ("How long do I have?", "Under $5 & < 2 lbs?")
    }


def test_questions_that_none_answers_stand_below_a_heading_of_their_own() -> None:
    questions = parse_questions("beyond", "# Beyond\r\n\r\n## Not answered here\r\n- Do you sell boats?\r\n")
    assert questions.unanswered == ("Do you sell boats?",)
    assert questions.asked == ()


def test_all_parts_of_a_long_section_have_its_questions() -> None:
    article = "# Returns\n" + "\n\n".join(["word " * (LONGEST_SECTION // 6)] * 3)
    questions = Questions([parse_questions("returns", "# Returns\n- How long?")])
    assert questions.of(section(article, "returns~2")) == ("How long?",)


def test_a_section_that_nobody_asks_for_has_no_questions() -> None:
    questions = Questions([parse_questions("returns", "# Returns\n## Cost\n- Who pays?")])
    assert questions.of(section("# Returns\nText.", "returns")) == ()


@pytest.mark.parametrize(
    ("source", "line", "message"),
    [
        ("", 1, "title of the article"),
        ("## Cost\n- Who pays?", 1, "title of the article"),
        ("- Who pays?", 1, "title of the article"),
        ("# Returns\n\n## Cost\nWho pays?", 4, "begin each question with '- '"),
    ],
)
def test_a_file_that_is_no_list_of_questions_says_where_and_why(source: str, line: int, message: str) -> None:
    with pytest.raises(InvalidArticleError, match=message) as raised:
        parse_questions("returns", source)
    assert raised.value.line == line
