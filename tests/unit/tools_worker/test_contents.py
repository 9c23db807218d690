"""The folder of articles and the folder of questions beside them."""

import os
from pathlib import Path

import pytest

from services.tools_worker.knowledge.contents import Contents
from services.tools_worker.knowledge.folder import LARGEST_FILE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "knowledge"
    (inside / "questions").mkdir(parents=True)
    (inside / "returns.md").write_text("# Returns\n## Cost\nIt is free.\n")
    return inside


def read(folder: Path) -> Contents:
    contents = Contents(folder)
    contents.read()
    return contents


def asked(contents: Contents) -> list[tuple[str, ...]]:
    return [contents.questions.of(section) for section in contents.sections]


def problems(contents: Contents) -> list[str]:
    return [str(problem) for problem in contents.problems]


def test_questions_are_no_article(folder: Path) -> None:
    (folder / "questions" / "returns.md").write_text("# Returns\n## Cost\n- Who pays?\n")
    contents = read(folder)
    assert [section.section_id for section in contents.sections] == ["returns#cost"]
    assert asked(contents) == [("Who pays?",)]


def test_questions_of_an_article_in_a_folder_stand_in_the_same_folder(folder: Path) -> None:
    for below, text in (("shop", "Nine to five."), ("questions/shop", "- When?")):
        (folder / below).mkdir()
        (folder / below / "hours.md").write_text(f"# Hours\n{text}")
    assert asked(read(folder)) == [(), ("When?",)]


def test_articles_need_no_questions(folder: Path) -> None:
    (folder / "questions").rmdir()
    contents = read(folder)
    assert asked(contents) == [()]
    assert problems(contents) == []


def test_a_heading_that_the_article_does_not_have_is_named(folder: Path) -> None:
    (folder / "questions" / "returns.md").write_text("# Returns\n\n## Costs\n- A?\n\n## Cost\n- B?\n")
    contents = read(folder)
    assert problems(contents) == ["questions/returns.md:3: returns.md has no text below such a heading"]
    assert asked(contents) == [("B?",)]


def test_questions_of_an_article_that_does_not_exist_are_named(folder: Path) -> None:
    (folder / "questions" / "return.md").write_text("# Returns\n## Cost\n- Who pays?\n")
    assert problems(read(folder)) == ["questions/return.md:2: there is no article return.md"]


def test_questions_that_none_answers_need_no_article(folder: Path) -> None:
    (folder / "questions" / "beyond.md").write_text("# Beyond\n## Not answered here\n- Do you sell boats?\n")
    contents = read(folder)
    assert contents.questions.unanswered == ("Do you sell boats?",)
    assert problems(contents) == []


def test_questions_that_became_unusable_stay_as_they_were(folder: Path) -> None:
    file = folder / "questions" / "returns.md"
    file.write_text("# Returns\n## Cost\n- Who pays?\n")
    contents = read(folder)
    file.write_text("# Returns\n## Cost\nWho else pays?\n")
    assert contents.read()
    assert problems(contents) == ["questions/returns.md:3: is no list; begin each question with '- '"]
    assert asked(contents) == [("Who pays?",)]


def test_questions_lose_their_section_when_the_article_changes(folder: Path) -> None:
    (folder / "questions" / "returns.md").write_text("# Returns\n## Cost\n- Who pays?\n")
    contents = read(folder)
    (folder / "returns.md").write_text("# Returns\n## What it costs\nIt is free.\n")
    assert contents.read()
    assert problems(contents) == ["questions/returns.md:2: returns.md has no text below such a heading"]


def test_questions_out_of_the_folder_or_no_file_or_too_large_are_not_read(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "secret.md").write_text("# Returns\n## Cost\n- Sesame?\n")
    questions = folder / "questions"
    (questions / "returns.md").symlink_to(tmp_path / "secret.md")
    os.mkfifo(questions / "pipe.md")
    (questions / "vast.md").write_bytes(b"# Vast\n- " + b"x" * LARGEST_FILE)
    contents = read(folder)
    assert asked(contents) == [()]
    assert problems(contents) == [
        "questions/pipe.md:1: is not a regular file",
        "questions/returns.md:1: is a link that leads out of the folder; put the file itself here",
        "questions/vast.md:1: is larger than 1024 KiB; split it",
    ]
