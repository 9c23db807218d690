"""From the text of an article to its sections.

A section is what stands between one heading and the next. It is what the search finds and what a reply cites, so
its id must outlive edits elsewhere in the article: see `outline.py`. The later parts of a section that was too long
to stay whole get `~2`, `~3`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.tools_worker.knowledge.blocks import Block, blocks_of
from services.tools_worker.knowledge.front_matter import split_front_matter
from services.tools_worker.knowledge.outline import Part, headline, parts
from services.tools_worker.knowledge.problems import InvalidArticleError

LONGEST_SECTION = 3_000
PART_MARK = "~"

_KEYWORDS = re.compile(r"<!--\s*also:(.*?)-->", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of an article that stands for itself.

    `lines` are its first and last line in the file, counted from 1; `text` is its Markdown without the heading,
    `plain` its words alone; `keywords` are further words that customers use for it.
    """

    section_id: str
    title: str
    heading_path: tuple[str, ...]
    lines: tuple[int, int]
    keywords: tuple[str, ...]
    text: str
    plain: str

    @property
    def whole_id(self) -> str:
        """The id of the section that this is a part of, or is."""
        return self.section_id.partition(PART_MARK)[0]


@dataclass(frozen=True, kw_only=True)
class Article:
    """A file of the knowledge base; `keywords` are words that customers use and the text does not."""

    name: str
    title: str
    keywords: tuple[str, ...]
    sections: tuple[Section, ...]


def parse_article(name: str, source: str) -> Article:
    """The article `name`, a file's path without its ending. Raises InvalidArticleError with the line at fault."""
    matter, body, offset = split_front_matter(source.replace("\r\n", "\n").replace("\r", "\n"))
    blocks = list(blocks_of(body))
    heading = headline(blocks)
    title = matter.title or (heading.line if heading else "")
    if not title:
        raise InvalidArticleError(offset + 1, "has no title; begin it with a line '# Title'")
    sections = tuple(section for part in parts(name, blocks) for section in _sections(title, part, offset))
    if not sections:
        raise InvalidArticleError(offset + 1, "has no text below its title")
    return Article(name=name, title=title, keywords=matter.keywords, sections=sections)


def _sections(title: str, part: Part, offset: int) -> Iterator[Section]:
    for number, piece in enumerate(_pieces(part.blocks), start=1):
        begin = part.begin if number == 1 else piece[0].begin
        yield Section(
            section_id=part.section_id if number == 1 else f"{part.section_id}{PART_MARK}{number}",
            title=title,
            heading_path=(title, *part.headings),
            keywords=tuple(_keywords(part.notes)),
            lines=(begin + 1 + offset, piece[-1].end + offset),
            text="\n\n".join(block.source for block in piece),
            plain="\n".join(block.words for block in piece),
        )


def _keywords(notes: Sequence[Block]) -> Iterator[str]:
    """What comments say, which readers do not see: `<!-- also: kids, toddler -->` has keywords."""
    for note in notes:
        match = _KEYWORDS.fullmatch(note.source.strip())
        words = match.group(1).split(",") if match else ()
        yield from (word.strip() for word in words if word.strip())


def _pieces(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """The blocks in runs of at most LONGEST_SECTION characters; one longer block stays whole."""
    piece: list[Block] = []
    size = 0
    for block in blocks:
        if piece and size + len(block.source) > LONGEST_SECTION:
            yield piece
            piece, size = [], 0
        piece.append(block)
        size += len(block.source)
    if piece:
        yield piece
