"""Words that say nothing about what is asked.

A customer's message is mostly such words ("hi, could you please tell me whether I can …"), and each one left in
would count as something that the knowledge base does not know.
"""

import bm25s.stopwords as lists

from services.tools_worker.knowledge import english

_LISTS: dict[str, list[str]] = {
    "danish": lists.STOPWORDS_DANISH,
    "dutch": lists.STOPWORDS_DUTCH,
    "french": lists.STOPWORDS_FRENCH,
    "german": lists.STOPWORDS_GERMAN,
    "italian": lists.STOPWORDS_ITALIAN,
    "norwegian": lists.STOPWORDS_NORWEGIAN,
    "portuguese": lists.STOPWORDS_PORTUGUESE,
    "russian": lists.STOPWORDS_RUSSIAN,
    "spanish": lists.STOPWORDS_SPANISH,
    "swedish": lists.STOPWORDS_SWEDISH,
    "turkish": lists.STOPWORDS_TURKISH,
}


def stop_words(language: str) -> frozenset[str]:
    """The list of a language; empty where there is none, which makes ranking a little worse and nothing else."""
    return english.STOP_WORDS if language == "english" else frozenset(_LISTS.get(language, ()))
