from pathlib import Path
from typing import Any

import orjson

from services.tools_worker.knowledge.knowledge_base import KnowledgeBase
from services.tools_worker.registry import LARGEST_RESULT, Registry
from services.tools_worker.settings import ARTICLES
from services.tools_worker.tools.knowledge_search import KnowledgeSearch
from services.tools_worker.tools.tool import Caller


async def search(query: str, top_k: int = 4, folder: Path = ARTICLES) -> dict[str, Any]:
    registry = Registry([KnowledgeSearch(knowledge=KnowledgeBase.load(folder))])
    caller = Caller(conversation_id="c1", tool_call_id="call-1", customer_id=None)
    outcome = await registry.call("knowledge_search", {"query": query, "top_k": top_k}, caller)
    assert outcome.status == "ok"
    assert outcome.result is not None
    return outcome.result


async def test_a_question_gets_the_section_that_answers_it_with_all_a_citation_needs() -> None:
    result = await search("What is your return policy?")
    best = result["results"][0]
    assert result["known"] is True
    assert (best["section_id"], best["title"]) == ("returns#return-policy", "Returns")
    assert best["heading_path"] == ["Returns", "Return policy"]
    assert "30 days" in best["text"]
    assert best["truncated"] is False


async def test_no_more_sections_come_than_were_asked_for() -> None:
    assert len((await search("how can I return an item", top_k=2))["results"]) == 2


async def test_a_question_beyond_the_articles_is_not_known() -> None:
    assert await search("what's the weather on Mars") == {"known": False, "results": []}


async def test_long_sections_in_any_script_stay_within_the_largest_result(tmp_path: Path) -> None:
    for number in range(10):
        (tmp_path / f"{number}.md").write_text(f"# Rückgabe {number}\n" + "Rückgabe 返品 größer. " * 300)
    result = await search("Rückgabe", top_k=10, folder=tmp_path)
    assert result["results"]
    assert result["results"][0]["truncated"] is True
    assert len(orjson.dumps(result)) <= LARGEST_RESULT
