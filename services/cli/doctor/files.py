"""Are the articles, the intents and the page in order?"""

from pathlib import Path

from services.cli.doctor.finding import Finding, fail, ok, warn
from services.router_worker.intents import IntentCatalogue, read_intents
from services.router_worker.phrasebooks import translation_problems
from services.shared.errors import SetupError
from services.tools_worker.knowledge.knowledge_base import KnowledgeBase

_ALL_PROBLEMS = "`supportbot intents check` names every problem"


def check_knowledge(folder: Path, language: str) -> Finding:
    try:
        base = KnowledgeBase.load(folder, language)
    except SetupError as error:
        return fail("knowledge", str(error), "point KNOWLEDGE_DIR to a folder of Markdown files")
    if base.problems:
        text = f"{len(base.problems)} problems, first {base.problems[0]}"
        return fail("knowledge", text, "`supportbot knowledge check` names them all")
    if not base.sections:
        return warn(
            "knowledge", f"{folder} has no articles", "put Markdown files there, or set KNOWLEDGE_DIR"
        )
    return ok("knowledge", f"{len(base.sections)} sections in {folder}")


def check_intents(folder: Path, translations: Path) -> Finding:
    found, problems = read_intents(folder)
    if problems:
        return fail("intents", problems[0], _ALL_PROBLEMS)
    try:
        untranslated = translation_problems(IntentCatalogue(found), translations)
    except SetupError as error:
        return fail("intents", str(error), _ALL_PROBLEMS)
    if untranslated:
        return warn("intents", untranslated[0], _ALL_PROBLEMS)
    return ok("intents", f"{len(found)} in {folder}")


def check_page(folder: Path) -> Finding:
    if not (folder / "index.html").is_file():
        return warn("page", f"{folder} has no page", "`make web/dist/index.html` builds it (needs Node 20)")
    return ok("page", str(folder.resolve()))
