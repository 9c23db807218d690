"""A Markdown text cut at its headings, each part with its section's id.

An id is made of the file's name and the headings above the text, as in `returns#how-to-send-it-back`, so that it
outlives edits elsewhere. A second heading with the same path gets `-2`.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from services.tools_worker.knowledge.blocks import Block


@dataclass(frozen=True, kw_only=True)
class Part:
    """A heading and what stands below it; what stands before the first heading has none.

    `headings` are its own and those above it without the title, `begin` is its first line, from 0. `blocks` have
    words; the others (rules, comments, other HTML) are `notes`. Without `blocks` there is no id.
    """

    section_id: str
    headings: tuple[str, ...]
    begin: int
    blocks: tuple[Block, ...]
    notes: tuple[Block, ...]


@dataclass(kw_only=True)
class _Draft:
    path: tuple[Block, ...]
    blocks: list[Block] = field(default_factory=list)
    notes: list[Block] = field(default_factory=list)


def headline(blocks: Sequence[Block]) -> Block | None:
    """The heading that is the text's title: the first of level 1, else the first."""
    headings = [block for block in blocks if block.heading_level]
    return next((heading for heading in headings if heading.heading_level == 1), next(iter(headings), None))


def parts(name: str, blocks: Sequence[Block]) -> Iterator[Part]:
    """The parts of the file `name`, its path without the ending."""
    title = headline(blocks)
    ids: Counter[str] = Counter()
    for draft in _drafts(blocks):
        headings = tuple(block.line for block in draft.path if block is not title)
        yield Part(
            section_id=_section_id(name, headings, ids) if draft.blocks else "",
            headings=headings,
            begin=_begin(draft),
            blocks=tuple(draft.blocks),
            notes=tuple(draft.notes),
        )


def _drafts(blocks: Sequence[Block]) -> Iterator[_Draft]:
    draft = _Draft(path=())
    for block in blocks:
        if block.heading_level:
            yield draft
            above = (heading for heading in draft.path if heading.heading_level < block.heading_level)
            draft = _Draft(path=(*above, block))
        else:
            (draft.blocks if block.words else draft.notes).append(block)
    yield draft


def _begin(draft: _Draft) -> int:
    first = (*draft.path[-1:], *draft.blocks, *draft.notes)[:1]
    return first[0].begin if first else 0


def _section_id(name: str, headings: Sequence[str], taken: Counter[str]) -> str:
    slugs = [re.sub(r"[\W_]+", "-", heading.casefold()).strip("-") or "section" for heading in headings]
    section_id = f"{name}#{'/'.join(slugs)}" if slugs else name
    taken[section_id] += 1
    return section_id if taken[section_id] == 1 else f"{section_id}-{taken[section_id]}"
