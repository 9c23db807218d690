import pytest

from services.tools_worker.knowledge.questions import Questions, parse_questions
from services.tools_worker.knowledge.search import Found, SectionIndex
from services.tools_worker.knowledge.sections import parse_article
from services.tools_worker.knowledge.terms import Terms

ARTICLES = {
    "returns": "# Returns\n## How long\nYou can return boots within 30 days.\n\n## Cost\nThe label costs $6.95.",
    "shipping": "# Shipping\n## How much it costs\nA parcel costs $5.95.\n\n## Tracking\nWe send a number by e-mail.",
    "care": "# Care\n## Wash a down jacket\nUse the gentle cycle.\n\n## Wax boots\nRub in wax.",
    "sizes": "# Sizes\n## Boots\nThey run small.\n\n## Jackets\nTake your usual size.",
}


def search(
    query: str,
    *,
    articles: dict[str, str] | None = None,
    language: str = "english",
    questions: dict[str, str] | None = None,
) -> list[Found]:
    parsed = [
        parse_article(name, source) for name, source in (ARTICLES if articles is None else articles).items()
    ]
    asked = Questions(parse_questions(name, source) for name, source in (questions or {}).items())
    return SectionIndex(parsed, Terms(language), asked).search(query, 3)


def first(query: str) -> str:
    return search(query)[0].section.section_id


def test_words_are_found_in_other_forms() -> None:
    assert first("waxing my boot") == "care#wax-boots"
    assert first("I bought a jacket, how is it washed?") == "care#wash-a-down-jacket"


def test_spellings_of_one_word_are_one() -> None:
    assert first("TRACKING number by email") == "shipping#tracking"


def test_the_heading_decides_between_sections_that_have_the_word() -> None:
    assert first("do boots run small") == "sizes#boots"


def test_the_article_decides_between_sections_with_the_same_heading() -> None:
    assert first("what does shipping cost") == "shipping#how-much-it-costs"
    assert first("what does a return cost") == "returns#cost"


def test_nothing_is_found_for_a_question_beyond_the_articles() -> None:
    assert search("who won the football match in Paris yesterday") == []


def test_nothing_is_found_when_only_the_frame_of_the_question_is_known() -> None:
    assert search("how much does a helicopter licence cost in Switzerland") == []


def test_nothing_is_found_for_a_query_without_words() -> None:
    assert search("?!… 👋") == []
    assert search("what is it") == []


def test_nothing_is_found_when_there_are_no_articles() -> None:
    assert search("returns", articles={}) == []


def test_a_comment_s_keywords_are_found() -> None:
    assert search(
        "where is the puffer", articles={"care": "# Care\n## Down\n<!-- also: puffer -->\nWash it gently."}
    )


def test_scores_come_in_falling_order() -> None:
    scores = [found.score for found in search("boots")]
    assert scores == sorted(scores, reverse=True)


def test_a_query_of_thousands_of_words_finds_what_its_rarest_words_say() -> None:
    assert (
        search("number " * 2_000 + "gentle cycle for a down jacket")[0].section.section_id
        == "care#wash-a-down-jacket"
    )


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("How much is the parcel?", "The cost of a package is five dollars."),
        ("my card was refused", "When a card is declined, use another one."),
        ("is there mould on grey cheques", "Mold on gray checks."),
    ],
)
def test_words_for_the_same_thing_are_one_word(asked: str, written: str) -> None:
    other = "Opening hours of every day are shown here."
    (best, *_) = search(asked, articles={"wanted": f"# A\n\n{written}", "other": f"# B\n\n{other}"})
    assert best.section.section_id == "wanted"


def test_a_number_in_a_question_is_not_what_it_is_about() -> None:
    articles = {"shipping": "# Shipping\n\nShipping costs five dollars.", "other": "# Hours\n\nNine to five."}
    assert search("what does shipping cost at 38 or 50", articles=articles) != []


def test_a_section_speaks_of_the_words_of_its_questions() -> None:
    asked = {"care": "# Care\n## Wash a down jacket\n- my puffer got soaked in beer\n"}
    assert search("beer on a puffer") == []
    (best, *_) = search("beer on a puffer", questions=asked)
    assert best.section.section_id == "care#wash-a-down-jacket"


def test_a_question_is_declined_when_it_is_one_that_no_article_answers() -> None:
    others = "".join(f"- will animal{number} be let in\n" for number in range(200))
    unanswered = {"returns": f"# Returns\n## Not answered here\n- may I return the label\n{others}"}
    assert first("may I return the label") == "returns#cost"
    assert search("may I return the label", questions=unanswered) == []
    assert search("can you return boots within 30 days", questions=unanswered)


def test_another_language_has_its_own_word_forms() -> None:
    german = {
        "versand": "# Versand\n## Kosten\nEin Paket kostet 5 Euro.",
        "mass": "# Maße\n## Stiefel\nFallen klein aus.",
    }
    assert (
        search("Was kosten die Pakete?", articles=german, language="german")[0].section.section_id
        == "versand#kosten"
    )
