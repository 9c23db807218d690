"""From the text of an article to its sections.

A section is what stands between one heading and the next. It is what the search finds and what a reply cites, so
its id must outlive edits elsewhere in the article: it is made of the file's name and the headings above it, as in
`returns#how-to-send-it-back`. A second heading with the same path gets `-2`; the later parts of a section that
was too long to stay whole get `~2`, `~3`.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token

from services.tools_worker.knowledge.front_matter import split_front_matter
from services.tools_worker.knowledge.problems import InvalidArticleError

LONGEST_SECTION = 3_000

_markdown = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_BREAKS = {"softbreak", "hardbreak"}
_WORDS = {"text", "code_inline", "image"}
_NOTE = re.compile(r"<!--\s*(also|asked|not answered):(.*?)-->", re.DOTALL)
_CODE = {"fence", "code_block"}


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of an article that stands for itself.

    `lines` are its first and last line in the file, counted from 1; `text` is its Markdown without the heading,
    `plain` its words alone; `keywords` are further words that customers use for it, and `asked` questions of theirs
    that it answers.
    """

    section_id: str
    title: str
    heading_path: tuple[str, ...]
    lines: tuple[int, int]
    keywords: tuple[str, ...]
    asked: tuple[str, ...]
    text: str
    plain: str


@dataclass(frozen=True, kw_only=True)
class Article:
    """A file of the knowledge base.

    `keywords` are words that customers use and the text does not; `unanswered` are questions that no article answers.
    """

    name: str
    title: str
    keywords: tuple[str, ...]
    unanswered: tuple[str, ...]
    sections: tuple[Section, ...]


@dataclass(frozen=True, kw_only=True)
class _Block:
    """A block on the outermost level: a paragraph, a list, a heading… `begin` and `end` are lines from 0."""

    tokens: Sequence[Token]
    begin: int
    end: int
    source: str

    @property
    def heading_level(self) -> int:
        """1 to 6 for a heading with words, else 0."""
        return int(self.tokens[0].tag[1]) if self.tokens[0].type == "heading_open" and self.line else 0

    @property
    def words(self) -> str:
        texts = (_inline(token) if token.type == "inline" else token.content for token in self.tokens)
        kinds = (token.type == "inline" or token.type in _CODE for token in self.tokens)
        return "\n".join(text.strip() for text, has_words in zip(texts, kinds, strict=True) if has_words)

    @property
    def line(self) -> str:
        return " ".join(self.words.split())


@dataclass(kw_only=True)
class _Draft:
    """A heading and the blocks below it; the text before the first heading has none."""

    path: tuple[_Block, ...]
    blocks: list[_Block] = field(default_factory=list)
    keywords: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


def parse_article(name: str, source: str) -> Article:
    """The article `name`, a file's path without its ending. Raises InvalidArticleError with the line at fault."""
    matter, body, offset = split_front_matter(source.replace("\r\n", "\n").replace("\r", "\n"))
    blocks = list(_blocks(body))
    headline = _headline(blocks)
    title = matter.title or (headline.line if headline else "")
    if not title:
        raise InvalidArticleError(offset + 1, "has no title; begin it with a line '# Title'")
    sections = tuple(_sections(name, title, headline, blocks, offset))
    unanswered = tuple(question for block in blocks for question in _lines(block, "not answered"))
    if not sections and not unanswered:
        raise InvalidArticleError(offset + 1, "has no text below its title")
    return Article(name=name, title=title, keywords=matter.keywords, unanswered=unanswered, sections=sections)


def _headline(blocks: Sequence[_Block]) -> _Block | None:
    """The heading that is the article's title: the first of level 1, else the first."""
    headings = [block for block in blocks if block.heading_level]
    return next((heading for heading in headings if heading.heading_level == 1), next(iter(headings), None))


def _sections(
    name: str, title: str, headline: _Block | None, blocks: Sequence[_Block], offset: int
) -> Iterator[Section]:
    ids: Counter[str] = Counter()
    for draft in _drafts(blocks):
        headings = tuple(block.line for block in draft.path if block is not headline)
        section_id = _section_id(name, headings, ids) if draft.blocks else ""
        for number, piece in enumerate(_pieces(draft.blocks), start=1):
            begin = draft.path[-1].begin if number == 1 and draft.path else piece[0].begin
            yield Section(
                section_id=section_id if number == 1 else f"{section_id}~{number}",
                title=title,
                heading_path=(title, *headings),
                keywords=tuple(draft.keywords),
                asked=tuple(draft.asked),
                lines=(begin + 1 + offset, piece[-1].end + offset),
                text="\n\n".join(block.source for block in piece),
                plain="\n".join(block.words for block in piece),
            )


def _blocks(body: str) -> Iterator[_Block]:
    lines = body.split("\n")
    opened: list[Token] = []
    for token in _markdown.parse(body):
        opened.append(token)
        if token.level == 0 and token.nesting <= 0:
            begin, end = opened[0].map or (0, 0)
            source = "\n".join(lines[begin:end]).strip("\n")
            yield _Block(tokens=tuple(opened), begin=begin, end=begin + source.count("\n") + 1, source=source)
            opened.clear()


def _drafts(blocks: Sequence[_Block]) -> Iterator[_Draft]:
    """The article cut at its headings. Blocks without words (rules, comments, other HTML) are left out."""
    draft = _Draft(path=())
    for block in blocks:
        if block.heading_level:
            yield draft
            above = (heading for heading in draft.path if heading.heading_level < block.heading_level)
            draft = _Draft(path=(*above, block))
        elif block.words:
            draft.blocks.append(block)
        else:
            draft.keywords += [word.strip() for word in _note(block, "also").split(",") if word.strip()]
            draft.asked += _lines(block, "asked")
    yield draft


def _note(block: _Block, kind: str) -> str:
    """What a comment says, which readers do not see: `<!-- also: kids, toddler -->` has keywords."""
    match = _NOTE.fullmatch(block.source.strip())
    return match.group(2) if match and match.group(1) == kind else ""


def _lines(block: _Block, kind: str) -> list[str]:
    return [line.strip() for line in _note(block, kind).splitlines() if line.strip()]


def _pieces(blocks: Sequence[_Block]) -> Iterator[list[_Block]]:
    """The blocks in runs of at most LONGEST_SECTION characters; one longer block stays whole."""
    piece: list[_Block] = []
    size = 0
    for block in blocks:
        if piece and size + len(block.source) > LONGEST_SECTION:
            yield piece
            piece, size = [], 0
        piece.append(block)
        size += len(block.source)
    if piece:
        yield piece


def _inline(token: Token) -> str:
    return "".join(" " if child.type in _BREAKS else child.content for child in _spoken(token.children or ()))


def _spoken(children: Sequence[Token]) -> Iterator[Token]:
    """What of a line is words: not links' addresses, marks of emphasis, or HTML."""
    return (child for child in children if child.type in _BREAKS | _WORDS)


def _section_id(name: str, headings: Sequence[str], taken: Counter[str]) -> str:
    slugs = [re.sub(r"[\W_]+", "-", heading.casefold()).strip("-") or "section" for heading in headings]
    section_id = f"{name}#{'/'.join(slugs)}" if slugs else name
    taken[section_id] += 1
    return section_id if taken[section_id] == 1 else f"{section_id}-{taken[section_id]}"
