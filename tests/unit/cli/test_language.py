import pytest

from services.cli.language import terminal_language


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "de_AT.UTF-8"}, "de-AT"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "de_DE"}, "de-DE"),
        ({"LC_ALL": "fr", "LC_MESSAGES": "de_DE"}, "fr"),
        ({"LC_ALL": "", "LANG": "ca_ES@valencia"}, "ca-ES"),
        ({"LANG": "C.UTF-8"}, None),
        ({"LANG": "POSIX"}, None),
        ({}, None),
    ],
)
def test_the_terminal_s_language_is_that_of_its_messages(
    environment: dict[str, str], language: str | None
) -> None:
    assert terminal_language(environment) == language
