"""What a sentence says once everything is taken away that only changes how it looks."""

import html
import re
import unicodedata

from services.router_worker.language_models.fencing import clean

_CONTRACTIONS = (
    (r"\bwon't\b", "will not"),
    (r"\bcan't\b|\bcannot\b", "can not"),
    (r"n't\b", " not"),
    (r"\b(i|you|we|they)(?:'ve| 've)\b|\b(i)ve\b", r"\1\2 have"),
    (r"\b(i|you|we|they|it|that|someone|somebody|team|agent|colleague)'ll\b", r"\1 will"),
    (r"\bi'?m\b", "i am"),
    (r"\b(you|we|they)'re\b", r"\1 are"),
    (r"\b(it|that|he|she|there|here|what|everything|order|refund|who|someone|somebody)'s\b", r"\1 is"),
    (r"\b(i|you|we|they|it)'d\b", r"\1 would"),
    (r"\bgonna\b", "going to"),
    (r"\blemme\b", "let me"),
)
_EXPANDED = tuple((re.compile(pattern), words) for pattern, words in _CONTRACTIONS)
_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)")
_TAG = re.compile(r"</?[a-z][^<>\n]{0,200}>", re.IGNORECASE)
# What is struck through takes nothing back of what is not.
_STRUCK = re.compile(r"~~(?P<a>[^~\n]+)~~|<(?P<tag>del|s|strike)>(?P<b>.*?)</(?P=tag)>", re.IGNORECASE)
_TICKED = re.compile(r"[✓✔✅☑🗹]\ufe0f?(?=[\s*_.!|]*$)")
_DECORATION = re.compile(r"[*_`~#|>\\]+|\[\d{1,3}\]")
_SPACED_LETTERS = re.compile(r"\b(?:[^\W\d_][ .\-]){3,}[^\W\d_]\b")
# Cyrillic and Greek letters in a word of Latin ones.
_LOOKALIKES = str.maketrans("аеорсухіјѕԁһӏкмтвнԛԝαορνικτυχε", "aeopcyxijsdhlkmtbhqwaopviktuxe")
_MIXED_WORD = re.compile(r"\w*(?:[a-z][а-ӏԁԛԝα-ω]|[а-ӏԁԛԝα-ω][a-z])\w*")
_MARKER = re.compile(r"^\s*(?:[-+•]|\d{1,2}[.)])\s+")


def plain(sentence: str) -> str:
    """Lower-case words in their long forms, without Markdown, emoji and invisible characters."""
    text = unicodedata.normalize("NFKC", html.unescape(clean(sentence))).replace("’", "'").replace("ʼ", "'")
    text = _TICKED.sub(" done", _STRUCK.sub(lambda struck: f"{struck['a'] or struck['b']}; ", text))
    text = _MARKER.sub("", _TAG.sub("", _LINK.sub(r"\1", text)))
    text = _DECORATION.sub("", text)
    text = "".join(" , " if _is_symbol(character) else character for character in text).lower()
    text = _MIXED_WORD.sub(lambda mixed: mixed[0].translate(_LOOKALIKES), text)
    text = _SPACED_LETTERS.sub(lambda spaced: re.sub(r"[ .\-]", "", spaced[0]), text)
    text = re.sub(r"[\"“”„«»()\[\]{}]|\.\.+|…", " ", text).replace("—", ", ").replace("–", ", ")
    for pattern, words in _EXPANDED:
        text = pattern.sub(words, text)
    return re.sub(r"\s+", " ", re.sub(r"\s+([,;:!?.])", r"\1", re.sub(r"[!?.]+\s*$", _ending, text))).strip(
        " ,"
    )


def _ending(marks: re.Match[str]) -> str:
    return " ?" if "?" in marks[0] else " "


def _is_symbol(character: str) -> bool:
    return unicodedata.category(character) in {"So", "Sk", "Cn"}
