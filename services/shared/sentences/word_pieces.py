"""Texts as numbers of word pieces, as the uncased BERT family of models wants them."""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

_LONGEST_WORD = 100
# Words and numbers as they are; every other visible character is a word of its own.
_TOKEN = re.compile(r"\w+|[^\w\s]", re.UNICODE)
_CJK = re.compile(r"([\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])")


class WordPieces:
    """A vocabulary of whole words and of pieces, which begin with `##`."""

    def __init__(self, vocabulary: Path, *, longest: int) -> None:
        pieces = vocabulary.read_text(encoding="utf-8").splitlines()
        self._numbers = {piece: number for number, piece in enumerate(pieces)}
        self._begin, self._end, self._unknown = (self._numbers[mark] for mark in ("[CLS]", "[SEP]", "[UNK]"))
        self._longest = longest

    def __contains__(self, word: str) -> bool:
        return word in self._numbers

    def numbers(self, text: str) -> list[int]:
        """At most `longest` numbers, the marks of beginning and end among them."""
        pieces = [piece for word in _words(text) for piece in self._pieces(word)]
        return [self._begin, *pieces[: self._longest - 2], self._end]

    def _pieces(self, word: str) -> list[int]:
        """The longest piece that fits, again and again; the unknown mark when one does not."""
        if len(word) > _LONGEST_WORD:
            return [self._unknown]
        found = []
        start = 0
        while start < len(word):
            for end in range(len(word), start, -1):
                piece = word[start:end] if start == 0 else f"##{word[start:end]}"
                if piece in self._numbers:
                    found.append(self._numbers[piece])
                    start = end
                    break
            else:
                return [self._unknown]
        return found


def _words(text: str) -> Iterator[str]:
    """Lower case, without accents and control characters, punctuation apart."""
    visible = "".join(" " if unicodedata.category(sign) == "Cc" else sign for sign in text)
    spaced = _CJK.sub(r" \1 ", visible).lower()
    plain = "".join(
        sign
        for sign in unicodedata.normalize("NFD", spaced)
        if unicodedata.category(sign) not in {"Mn", "Cf"}
    )
    for token in _TOKEN.findall(plain):
        yield from token.replace("_", " _ ").split()
