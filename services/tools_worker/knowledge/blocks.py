"""The blocks of a Markdown text on its outermost level."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

_markdown = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_BREAKS = {"softbreak", "hardbreak"}
_WORDS = {"text", "code_inline", "image"}
_CODE = {"fence", "code_block"}
_LISTS = {"bullet_list_open", "ordered_list_open"}


@dataclass(frozen=True, kw_only=True)
class Block:
    """A paragraph, a list, a heading… `begin` and `end` are lines from 0."""

    tokens: Sequence[Token]
    begin: int
    end: int
    source: str

    @property
    def heading_level(self) -> int:
        """1 to 6 for a heading with words, else 0."""
        return int(self.tokens[0].tag[1]) if self.tokens[0].type == "heading_open" and self.line else 0

    @property
    def is_list(self) -> bool:
        return self.tokens[0].type in _LISTS

    @property
    def words(self) -> str:
        """What it says, a line for each paragraph, item or cell in it."""
        texts = (_inline(token) if token.type == "inline" else token.content for token in self.tokens)
        kinds = (token.type == "inline" or token.type in _CODE for token in self.tokens)
        return "\n".join(text.strip() for text, has_words in zip(texts, kinds, strict=True) if has_words)

    @property
    def line(self) -> str:
        """What it says in one line."""
        return " ".join(self.words.split())


def blocks_of(text: str) -> Iterator[Block]:
    """The blocks of a text whose lines end in a line feed, in their order."""
    lines = text.split("\n")
    opened: list[Token] = []
    for token in _markdown.parse(text):
        opened.append(token)
        if token.level == 0 and token.nesting <= 0:
            begin, end = opened[0].map or (0, 0)
            source = "\n".join(lines[begin:end]).strip("\n")
            yield Block(tokens=tuple(opened), begin=begin, end=begin + source.count("\n") + 1, source=source)
            opened.clear()


def _inline(token: Token) -> str:
    return "".join(" " if child.type in _BREAKS else child.content for child in _spoken(token.children or ()))


def _spoken(children: Sequence[Token]) -> Iterator[Token]:
    """What of a line is words: not links' addresses, marks of emphasis, or HTML."""
    return (child for child in children if child.type in _BREAKS | _WORDS)
