"""Words that say nothing about what is asked.

A customer's message is mostly such words ("hi, could you please tell me whether I can …"), and each one left in
would count as something that the knowledge base does not know.
"""

import bm25s.stopwords as lists

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

# What English-speaking customers wrap their questions in.
_CONVERSATIONAL = """
actually also already always anybody anyone anything around ask asking away back bit came cant come could dear
didnt dont else ever every exactly find get gets getting give given go goes going gonna good got guys happen
happened happens hello help hey hi hope however i'd i'll i'm i've im isnt ive kind kindly know let let's like
long look looking lot make makes many may maybe mean might mind much must need needed needs never nothing
ok okay one oh please possible question quick quite rather really regarding right said say says see seem
shall since somebody someone something soon sort still sure take takes tell thank thanks that's there's thing
things think thought told tried try trying us use used usually wanna want wanted wants way well what's
whats whether will wish within without wondering would yes yet
"""
_ENGLISH = frozenset((*lists.STOPWORDS_EN_PLUS, *_CONVERSATIONAL.split()))


def stop_words(language: str) -> frozenset[str]:
    """The list of a language; empty where there is none, which makes ranking a little worse and nothing else."""
    return _ENGLISH if language == "english" else frozenset(_LISTS.get(language, ()))
