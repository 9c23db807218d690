import pytest

from services.gateway.languages import preferred_language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de-AT"),
        ("en;q=0.5, pt-BR;q=0.7, *;q=0.1", "pt-BR"),
        ("*, fr;q=0.3", "fr"),
        ("de;q=0", None),
        ("*", None),
        ("", None),
        (None, None),
        ("de;q=9", None),
        ("<script>", None),
        ("x" * 10_000, None),
    ],
    ids=["one", "first", "weighed", "any", "never", "all", "empty", "absent", "overweight", "none", "long"],
)
def test_the_language_is_the_one_asked_for_most(header: str | None, language: str | None) -> None:
    assert preferred_language(header) == language
