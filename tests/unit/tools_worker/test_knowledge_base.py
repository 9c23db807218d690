import asyncio
import os
from datetime import timedelta
from pathlib import Path

import pytest

from services.shared.errors import SetupError
from services.tools_worker.knowledge.folder import LARGEST_FILE
from services.tools_worker.knowledge.knowledge_base import LONGEST_TEXT, KnowledgeBase
from tests.eventually import eventually
from tests.unit.tools_worker.meanings import CountingModel

RETURNS = "# Returns\n## How long\nYou can return boots within 30 days.\n"
THIRTY_DAYS = "# Returns\n## How long\nWithin thirty days.\n"
ASKED = "# Returns\n## How long\n- When do I get my money?\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "knowledge"
    inside.mkdir()
    (inside / "returns.md").write_text(RETURNS)
    return inside


@pytest.fixture
def asked(folder: Path) -> Path:
    """The folder with an article and what is asked of it."""
    (folder / "returns.md").write_text(THIRTY_DAYS)
    (folder / "questions").mkdir()
    (folder / "questions" / "returns.md").write_text(ASKED)
    return folder


@pytest.fixture
def model(tmp_path: Path) -> CountingModel:
    return CountingModel(tmp_path / "kept")


def names(knowledge: KnowledgeBase) -> list[str]:
    return [section.section_id for section in knowledge.sections]


def test_articles_in_folders_below_are_found_under_their_path(folder: Path) -> None:
    (folder / "shop").mkdir()
    (folder / "shop" / "hours.md").write_text("# Hours\nNine to five.")
    assert names(KnowledgeBase.load(folder)) == ["returns#how-long", "shop/hours"]


def test_readmes_hidden_files_and_other_kinds_are_passed_over(folder: Path) -> None:
    (folder / ".hidden").mkdir()
    for name in ("README.md", ".draft.md", "notes.txt", ".hidden/secret.md"):
        (folder / name).write_text("# Other\nText.")
    knowledge = KnowledgeBase.load(folder)
    assert (names(knowledge), knowledge.problems) == (["returns#how-long"], ())


def test_a_link_out_of_the_folder_is_reported_and_not_read(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("# Secret\nSesame.")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "more.md").write_text("# More\nSesame.")
    (folder / "link.md").symlink_to(tmp_path / "secret.md")
    (folder / "place").symlink_to(tmp_path / "outside", target_is_directory=True)
    knowledge = KnowledgeBase.load(folder)
    assert names(knowledge) == ["returns#how-long"]
    assert [problem.file for problem in knowledge.problems] == ["link.md"]


def test_a_link_that_stays_inside_is_followed(folder: Path) -> None:
    (folder / "..data").mkdir()
    (folder / "..data" / "hours.md").write_text("# Hours\nNine to five.")
    (folder / "hours.md").symlink_to(Path("..data", "hours.md"))
    assert names(KnowledgeBase.load(folder)) == ["hours", "returns#how-long"]


@pytest.mark.parametrize(
    ("content", "where", "message"),
    [
        (b"# Gr\xfc\xdfe\nText.", "bad.md:1", "UTF-8"),
        (b"# Title\nok\nbad \xff\n", "bad.md:3", "UTF-8"),
        (b"# Title\n\0", "bad.md:2", "NUL"),
        (b"# T\n" + b"x" * LARGEST_FILE, "bad.md:1", "larger than 1024 KiB"),
        (b"no title", "bad.md:1", "no title"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_its_line(
    folder: Path, content: bytes, where: str, message: str
) -> None:
    (folder / "bad.md").write_bytes(content)
    knowledge = KnowledgeBase.load(folder)
    (problem,) = map(str, knowledge.problems)
    assert problem.startswith(where)
    assert message in problem
    assert names(knowledge) == ["returns#how-long"]


def test_a_named_pipe_is_reported_and_never_opened(folder: Path) -> None:
    os.mkfifo(folder / "pipe.md")
    assert [str(problem) for problem in KnowledgeBase.load(folder).problems] == [
        "pipe.md:1: is not a regular file"
    ]


def test_a_folder_that_is_none_or_an_unknown_language_stops_the_start(folder: Path) -> None:
    with pytest.raises(SetupError, match="KNOWLEDGE_DIR"):
        KnowledgeBase.load(folder / "missing")
    with pytest.raises(SetupError, match="KNOWLEDGE_LANGUAGE"):
        KnowledgeBase.load(folder, "klingon")


def test_a_change_is_found_after_a_reload(folder: Path) -> None:
    knowledge = KnowledgeBase.load(folder)
    (folder / "hours.md").write_text("# Opening hours\nOpen on Sundays from 11 to 6.")
    assert knowledge.reload()
    assert [hit.section.section_id for hit in knowledge.search("opening hours on Sundays")] == ["hours"]
    (folder / "hours.md").unlink()
    assert knowledge.reload()
    assert knowledge.search("opening hours on Sundays") == []


def test_a_reload_without_a_change_does_nothing(folder: Path) -> None:
    (folder / "bad.md").write_text("no title")
    assert not KnowledgeBase.load(folder).reload()


def test_a_broken_new_version_is_reported_while_the_old_one_stays(folder: Path) -> None:
    knowledge = KnowledgeBase.load(folder)
    (folder / "returns.md").write_bytes(b"\xff\xfe")
    knowledge.reload()
    assert names(knowledge) == ["returns#how-long"]
    assert [problem.file for problem in knowledge.problems] == ["returns.md"]
    (folder / "returns.md").write_text(RETURNS.replace("30", "60"))
    knowledge.reload()
    assert knowledge.problems == ()
    assert "60 days" in knowledge.search("how long can I return boots")[0].text


def test_the_articles_stay_while_the_folder_is_away(folder: Path) -> None:
    knowledge = KnowledgeBase.load(folder)
    folder.rename(folder.with_name("moved"))
    assert not knowledge.reload()
    assert names(knowledge) == ["returns#how-long"]


async def test_a_watched_folder_is_searchable_soon_after_a_change(folder: Path) -> None:

    knowledge = KnowledgeBase.load(folder)
    watching = asyncio.create_task(knowledge.watch(timedelta(seconds=0.01)))
    (folder / "hours.md").write_text("# Opening hours\nOpen on Sundays.")
    await eventually(lambda: knowledge.search("opening hours on Sundays"))
    watching.cancel()


def test_a_hit_has_its_text_up_to_a_length_and_the_passage_that_matches(folder: Path) -> None:
    filler = "\n\n".join(["Something else entirely stands here."] * 60)
    (folder / "fees.md").write_text(f"# Fees\n## Storage fee\n{filler}\n\nThe storage fee is $2 a day.")
    hit = KnowledgeBase.load(folder).rank("storage fee a day")[0]
    assert hit.truncated
    assert len(hit.text) <= LONGEST_TEXT


def test_the_snippet_shows_the_matched_passage(folder: Path) -> None:
    (folder / "fees.md").write_text(f"# Fees\n{'Nothing of note here. ' * 30}The storage fee is $2 a day.")
    assert "storage fee is $2" in KnowledgeBase.load(folder).search("storage fees")[0].snippet


def test_the_folder_is_searched_by_words_until_the_vectors_are_made(
    asked: Path, model: CountingModel
) -> None:
    knowledge = KnowledgeBase.load(asked, model=model.model)
    assert not knowledge.by_meaning
    assert knowledge.search("returns within thirty days")
    knowledge.take_in_meaning()
    assert knowledge.by_meaning


def test_only_what_an_edit_changed_gets_new_vectors(asked: Path, model: CountingModel) -> None:
    knowledge = KnowledgeBase.load(asked, model=model.model)
    knowledge.take_in_meaning()
    model.encoded.clear()
    (asked / "returns.md").write_text(THIRTY_DAYS.replace("thirty days.", "sixty days.\n\nAnd another week."))
    knowledge.reload()
    knowledge.take_in_meaning()
    assert model.encoded == ["How long: Within sixty days.", "How long: And another week."]


def test_nothing_is_encoded_again_after_a_restart(asked: Path, model: CountingModel) -> None:
    KnowledgeBase.load(asked, model=model.model).take_in_meaning()
    model.encoded.clear()
    restarted = KnowledgeBase.load(asked, model=model.model)
    restarted.take_in_meaning()
    assert restarted.by_meaning
    assert model.encoded == []


def test_articles_without_questions_are_searched_by_words_alone(folder: Path, model: CountingModel) -> None:
    knowledge = KnowledgeBase.load(folder, model=model.model)
    knowledge.take_in_meaning()
    assert not knowledge.by_meaning
    assert model.encoded == []


def test_articles_that_went_away_are_not_found_by_meaning(asked: Path, model: CountingModel) -> None:
    knowledge = KnowledgeBase.load(asked, model=model.model)
    knowledge.take_in_meaning()
    (asked / "returns.md").unlink()
    knowledge.reload()
    knowledge.take_in_meaning()
    assert knowledge.search("when do I get my money") == []


async def test_a_watched_folder_is_searched_by_meaning_soon(asked: Path, model: CountingModel) -> None:
    knowledge = KnowledgeBase.load(asked, model=model.model)
    watching = asyncio.create_task(knowledge.watch(timedelta(seconds=0.01)))
    await eventually(lambda: knowledge.by_meaning)
    watching.cancel()


async def test_vectors_in_the_making_are_given_up_when_the_watch_is_cancelled(
    asked: Path, model: CountingModel
) -> None:
    knowledge = KnowledgeBase.load(asked, model=model.model)
    watching = asyncio.create_task(knowledge.watch())
    await eventually(lambda: knowledge.by_meaning)
    watching.cancel()
    await asyncio.wait([watching])
    (asked / "returns.md").write_text(THIRTY_DAYS.replace("thirty", "sixty"))
    knowledge.reload()
    with pytest.raises(InterruptedError):
        knowledge.take_in_meaning()
