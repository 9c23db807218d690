"""The commands that look at files, and how every command fails."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from services.cli.app import app, main
from tests.ports import free_port

GOLD = Path(__file__).parents[2] / "gold" / "intents.csv"


def supportbot(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, catch_exceptions=False)


def test_every_problem_of_the_articles_is_named_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "good.md").write_text("# Returns\n\nYou have 30 days.\n")
    (tmp_path / "bad.md").write_text("---\ntitle: [unclosed\n---\n\n# Text\n\nText.\n")
    done = supportbot("knowledge", "check", str(tmp_path))
    assert done.exit_code == 1
    assert f"{tmp_path}/bad.md:2: " in done.stderr
    assert "1 articles with 1 sections, 1 problems" in done.stdout


def test_the_articles_that_come_along_have_no_problem() -> None:
    assert supportbot("knowledge", "check").exit_code == 0


def test_a_question_shows_the_sections_that_answer_it(tmp_path: Path) -> None:
    (tmp_path / "returns.md").write_text(
        "# Returns\n\n## Return policy\n\nYou may return boots within 30 days.\n"
    )
    (tmp_path / "payment.md").write_text("# Payment\n\n## Cards\n\nWe take every card.\n")
    said = supportbot("knowledge", "search", "can I return my boots", "--dir", str(tmp_path)).stdout
    assert "returns#return-policy" in said
    assert "payment" not in said


def test_a_question_without_an_answer_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "returns.md").write_text("# Returns\n\nYou have 30 days.\n")
    assert "do not answer" in supportbot("knowledge", "search", "zyzzyva", "--dir", str(tmp_path)).stdout


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "returns.md").write_text("# Returns\n\n## Policy\n\nReturn boots within 30 days.\n")
    (folder / "payment.md").write_text("# Payment\n\n## Cards\n\nWe take every card.\n")
    return folder


def test_articles_are_measured_on_questions_of_ones_own(shop: Path, tmp_path: Path) -> None:
    questions = tmp_path / "questions.jsonl"
    questions.write_text(
        '{"query": "can I return boots", "sections": ["returns#policy"]}\n'
        '{"query": "can I return boots", "sections": ["payment"]}\n'
        '{"query": "who was Napoleon", "sections": []}\n'
    )
    done = supportbot("knowledge", "eval", str(questions), "--folder", str(shop), "--min", "0.6", "--json")
    figures = json.loads(done.stdout)
    assert done.exit_code == 1
    assert (figures["ndcg_at_10"], figures["right_first"], figures["declined"]) == (0.5, 0.5, 1.0)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('{"query": "boots", "sections": ["returns#policies"]}', "there is no section returns#policies"),
        ('{"query": "", "sections": []}', "query: String should have at least 1 character"),
        ('{"query": "boots"}', "sections: Field required"),
        ("boots", "Invalid JSON"),
    ],
)
def test_what_is_wrong_with_questions_to_articles_is_named_with_file_and_line(
    shop: Path, tmp_path: Path, line: str, problem: str
) -> None:
    questions = tmp_path / "questions.jsonl"
    questions.write_text('{"query": "boots", "sections": ["returns"]}\n' + line + "\n")
    done = supportbot("knowledge", "eval", str(questions), "--folder", str(shop))
    assert done.exit_code == 1
    assert f"{questions}:2: {problem}" in done.stderr


def test_every_problem_of_the_intents_is_named_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "greeting.yaml").write_text(
        "name: greeting\ndescription: Says hello\nreply: [Hello]\nwrong: 1\n"
    )
    done = supportbot("intents", "check", str(tmp_path))
    assert done.exit_code == 1
    assert f"{tmp_path}/greeting.yaml:4: wrong:" in done.stderr


def test_what_a_translation_lacks_is_named_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "fr.yaml").write_text("texts:\n  handoff: Bonjour\n", encoding="utf-8")
    done = supportbot("intents", "check", "--translations", str(tmp_path))
    assert done.exit_code == 1
    assert f"{tmp_path / 'fr.yaml'}:1: texts.apology is missing" in done.stderr


def test_the_intents_that_come_along_have_no_problem() -> None:
    assert supportbot("intents", "check").exit_code == 0


@pytest.fixture
def by_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUTER_CLASSIFIER", "words")


@pytest.mark.usefixtures("by_words")
def test_intents_are_measured_on_questions_of_ones_own(tmp_path: Path) -> None:
    questions = tmp_path / "questions.csv"
    questions.write_text(
        "text,intent,order_id\n"
        "where is my order 1043,order_status,1043\n"
        "where is my order,shipping,\n"
        "what is the capital of Peru and why,out_of_scope,\n"
    )
    done = supportbot("intents", "eval", str(questions), "--min", "0.6", "--json")
    figures = json.loads(done.stdout)
    assert done.exit_code == 1
    assert (figures["questions"], figures["accuracy"], figures["out_of_scope_recall"]) == (3, 0.5, 1.0)
    assert (figures["slot_precision"], figures["slot_recall"]) == (1.0, 1.0)
    assert figures["macro_f1"] == pytest.approx((2 / 3 + 0 + 1) / 3, abs=0.001)


@pytest.mark.usefixtures("by_words")
def test_which_intent_was_taken_for_which_is_shown(tmp_path: Path) -> None:
    questions = tmp_path / "questions.csv"
    questions.write_text("text,intent\nwhere is my order,shipping\n")
    assert "shipping taken for order_status: 1" in supportbot("intents", "eval", str(questions)).stdout


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("text,label\nhello,greeting\n", ":1: the columns must be"),
        ("text,intent\nhello,greting\n", ":2: 'greting' is not an intent"),
        ("text,intent\n ,greeting\n", ":2: the text is empty"),
        ("text,intent\nhello\n", ":2: has another number of values"),
        ("text,intent\nhi, there,greeting\n", ":2: has another number of values"),
        ("text,intent\n", ":2: has no question"),
    ],
)
def test_what_is_wrong_with_questions_is_named_with_file_and_line(
    tmp_path: Path, content: str, problem: str
) -> None:
    questions = tmp_path / "questions.csv"
    questions.write_text(content)
    done = supportbot("intents", "eval", str(questions))
    assert done.exit_code == 1
    assert f"{questions}{problem}" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("ask", "hi", "--url", f"http://127.0.0.1:{free_port()}"), "is `supportbot up` running?"),
        (("ask", "hi", "--url", "127.0.0.1:8000"), "is not an address such as http://127.0.0.1:8000"),
        (("events", "tail", "--redis-url", f"redis://127.0.0.1:{free_port()}"), "Redis does not answer"),
        (
            ("events", "tail", "--redis-url", "http://127.0.0.1"),
            "REDIS_URL: must start with redis://",
        ),
        (("knowledge", "check", "/nowhere"), "/nowhere, which is not a folder"),
        (("up", "--scale", "gateway=2"), "write NAME=COUNT"),
        (
            ("intents", "eval", str(GOLD), "--model"),
            "set OPENAI_BASE_URL or OPENAI_API_KEY, and OPENAI_MODEL",
        ),
    ],
)
def test_what_can_be_expected_to_go_wrong_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    for variable in ("OPENAI_BASE_URL", "OPENAI_API_KEY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1")  # restored after a command has set it
    monkeypatch.setattr(sys, "argv", ["supportbot", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("supportbot: ")
    assert said in line


def test_help_needs_none_of_the_libraries_that_take_long_to_import() -> None:
    heavy = {
        "alembic",
        "asyncpg",
        "fastapi",
        "faststream",
        "openai",
        "pydantic",
        "redis",
        "sqlalchemy",
        "websockets",
    }
    imported = "import sys, services.cli.app; print(*{name.partition('.')[0] for name in sys.modules})"
    modules = subprocess.check_output([sys.executable, "-c", imported], text=True).split()
    assert heavy.isdisjoint(modules)
