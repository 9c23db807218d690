"""What the product itself says must pass its own check."""

import re
from pathlib import Path

import pytest

from services.router_worker.claims.evidence import Evidence
from services.router_worker.claims.sentences import Sentences
from services.router_worker.intents import IntentCatalogue
from services.router_worker.language_models.composition import compose
from services.router_worker.language_models.protocol import ReplyRequest, ToolStep
from services.router_worker.phrasebooks import Phrasebooks
from tests.claims import claim_check
from tests.dialogues.shop import demo_orders

ARTICLES = sorted((Path(__file__).parents[4] / "knowledge").glob("*.md"))
claim_in = claim_check().claim_in
BOOKS = {book.language: book for book in Phrasebooks.load(IntentCatalogue.load())}


def sentences(text: str) -> list[str]:
    cutter = Sentences()
    return [sentence for sentence in (*cutter.feed(text), cutter.rest) if sentence.strip()]


@pytest.mark.parametrize("language", sorted(BOOKS))
def test_the_intents_own_replies_pass(language: str) -> None:
    said = [
        sentence
        for intent in BOOKS[language].catalogue
        if intent.action != "handoff"
        for text in (*intent.reply, intent.closing or "")
        for sentence in sentences(text)
    ]
    assert len(said) > 20
    assert [sentence for sentence in said if claim_in(sentence, Evidence())] == []


@pytest.mark.parametrize("language", sorted(BOOKS))
def test_what_is_told_of_an_order_passes(language: str) -> None:
    book = BOOKS[language]
    intent = book.catalogue.get("order_status")
    for order in demo_orders().values():
        view = order.model_dump(mode="json", exclude={"customer_id", "email"})
        step = ToolStep(call_id="1", tool="get_order", arguments={}, status="ok", result={"order": view})
        request = ReplyRequest(texts=("where is it",), intent=intent.name, steps=(step,), language=language)
        told, evidence = sentences(compose(request, [intent], book.replies)), Evidence.of([step])
        assert [sentence for sentence in told if claim_in(sentence, evidence)] == []


@pytest.mark.parametrize("article", ARTICLES, ids=lambda path: path.stem)
def test_an_article_may_be_quoted(article: Path) -> None:
    text = article.read_text(encoding="utf-8")
    result = {"results": [{"title": "", "text": text}]}
    step = ToolStep(call_id="1", tool="knowledge_search", arguments={}, status="ok", result=result)
    evidence = Evidence.of([step])
    told = sentences(re.sub(r"\A---.*?---|<!--.*?-->", "", text, flags=re.DOTALL))
    assert [sentence for sentence in told if claim_in(sentence, evidence)] == []
