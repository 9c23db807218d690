"""Misspelt words put right, as far as the examples have the word that was meant."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from services.router_worker.language_models.classifier import Examples
from services.shared.sentences.encoder import Matrix

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_SHORTEST = 4
# What a short word may be a slip of must be common: many words are near to it.
_FEWEST = {4: 40, 5: 10}
_FEWEST_OF_LONG = 3
# A word that is written so much less often than its neighbour is a slip of it, though others make it, too.
_TIMES_COMMONER = 10
_LONG = 7


class Spelling:
    """The words of some texts, and which strange word is a slip of which.

    A slip is one letter too many or too few, two that changed places, or in a long word a wrong one; never the
    first letter alone. Short words differ by one letter too often to be slips of each other: abort, about.
    """

    def __init__(self, texts: Sequence[str], is_known: Callable[[str], bool]) -> None:
        """`is_known` tells words that are right wherever they stand, in lower case."""
        self._is_known = is_known
        self._counts = Counter(_plain(word) for text in texts for word in _WORD.findall(text))
        self._near: defaultdict[str, set[str]] = defaultdict(set)
        for word, count in self._counts.items():
            common = len(word) >= _SHORTEST and count >= _FEWEST.get(len(word), _FEWEST_OF_LONG)
            if common and ("'" in word or is_known(word)):
                for shortened in _shortened(word):
                    self._near[shortened].add(word)

    def corrected(self, text: str) -> str:
        """The text with its slips put right; a word that is known, or near to none, stays as it is."""
        return _WORD.sub(lambda found: self._meant(found[0]), text)

    def _meant(self, written: str) -> str:
        word = _plain(written)
        if len(word) < _SHORTEST or "'" in word or self._is_right(word):
            return written
        near = {meant for shortened in _shortened(word) for meant in self._near.get(shortened, ())}
        least = _TIMES_COMMONER * self._counts[word]
        likely = [meant for meant in near if self._counts[meant] >= least and _is_slip(word, meant)]
        return max(likely, key=lambda meant: (self._counts[meant], meant), default=written)

    def _is_right(self, word: str) -> bool:
        """A dictionary may lack the plural of what it has."""
        return self._is_known(word) or self._is_known(word.removesuffix("s"))


class CorrectedExamples:
    """Examples, put right themselves, with which texts are compared as they were meant."""

    def __init__(self, spelling: Spelling, examples: Examples) -> None:
        self._spelling = spelling
        self._examples = examples

    def likeness(self, texts: Sequence[str]) -> Matrix:
        """One row a text, one column an example."""
        return self._examples.likeness([self._spelling.corrected(text) for text in texts])

    def among_themselves(self, rows: slice) -> Matrix:
        """One row for each of these examples, one column an example."""
        return self._examples.among_themselves(rows)


def _plain(word: str) -> str:
    return word.lower().replace("’", "'")


def _is_slip(word: str, meant: str) -> bool:
    """Of two words that share a shortened form."""
    if meant[0] != word[0] and meant[:2] != word[1] + word[0]:
        return False
    if len(word) != len(meant):
        return word in _shortened(meant) or meant in _shortened(word)
    wrong = sum(is_ != should_be for is_, should_be in zip(word, meant, strict=True))
    return sorted(word) == sorted(meant) or (wrong == 1 and len(word) >= _LONG)


def _shortened(word: str) -> set[str]:
    """The word, and it without any one of its letters: two words that are one slip apart share one of these."""
    return {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))}
