"""knowledge_search: what the shop's articles say about a question."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import BaseModel, Field

from services.tools_worker.knowledge.knowledge_base import Hit, KnowledgeBase
from services.tools_worker.tools.fitting import fitting
from services.tools_worker.tools.tool import Arguments, Caller, ToolSpec

MOST_BYTES = 7_000


class KnowledgeSearchArguments(Arguments):
    query: Annotated[
        str,
        Field(
            min_length=1,
            max_length=4_000,
            description="The question, in the customer's words or in key words",
        ),
    ]
    top_k: Annotated[int, Field(ge=1, le=10, description="How many sections at most")] = 4


class KnowledgeSection(BaseModel):
    """A section that may answer the question; `section_id` is what a citation names."""

    section_id: str
    title: str
    heading_path: tuple[str, ...]
    text: str = Field(description="The section's Markdown")
    truncated: bool = Field(description="Whether the section goes on after `text`")
    snippet: str = Field(description="The passage that matches the question best")
    score: float


class KnowledgeSearchResult(BaseModel):
    """Sections, best first. `known` is false, and there are none, when the articles do not answer this."""

    known: bool
    results: tuple[KnowledgeSection, ...]


@dataclass(frozen=True, kw_only=True)
class KnowledgeSearch:
    knowledge: KnowledgeBase

    spec: ClassVar[ToolSpec] = ToolSpec(
        name="knowledge_search",
        description=(
            "Search the shop's articles on shipping, returns, refunds, payment, accounts, warranty, sizes, "
            "privacy and other policies. Answer only from the sections it returns, and cite them; when `known` is "
            "false, the shop has no answer to the question."
        ),
        effect="read",
        arguments=KnowledgeSearchArguments,
    )

    async def run(self, args: KnowledgeSearchArguments, caller: Caller) -> KnowledgeSearchResult:  # noqa: ARG002
        hits = await asyncio.to_thread(self.knowledge.search, args.query, args.top_k)
        return KnowledgeSearchResult(
            known=bool(hits), results=fitting(map(_section, hits), most_bytes=MOST_BYTES)
        )


def _section(hit: Hit) -> KnowledgeSection:
    return KnowledgeSection(
        section_id=hit.section.section_id,
        title=hit.section.title,
        heading_path=hit.section.heading_path,
        text=hit.text,
        truncated=hit.truncated,
        snippet=hit.snippet,
        score=round(hit.score, 3),
    )
