"""How well questions find their sections: figures over questions whose answers are known."""

import math
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.tools_worker.knowledge.knowledge_base import KnowledgeBase
from services.tools_worker.knowledge.sections import PART_MARK

# Several sections of an article count once where only the article is asked for.
_RANKED = 50
_DEPTH = 10
_NEAR_THE_TOP = 5


class Question(BaseModel):
    """A question, and the ids of the sections that answer it; without any, the articles do not.

    Articles may be named instead, each by what stands before the `#`: then any of its sections will do.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    query: Annotated[str, Field(min_length=1)]
    sections: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a question found: the ids ranked, best first, and those that were given as its answer."""

    question: Question
    ranked: tuple[str, ...]
    answer: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Shares from 0 to 1; None where no question is of the kind that the figure is about.

    The first four are over the answerable questions: `ranked_first` and those before it look at the ranking
    alone, `right_first` at what is answered, so a question that is declined counts as wrong. `declined` is over the
    unanswerable ones. Latency is that of a search with its snippets.
    """

    questions: int
    ndcg_at_10: float | None
    recall_at_5: float | None
    ranked_first: float | None
    right_first: float | None
    declined: float | None
    latency_p50_ms: float

    def reaches(self, least: float) -> bool:
        """Whether nDCG@10 and the share declined, as far as they are known, are at least this."""
        return all(share is None or share >= least for share in (self.ndcg_at_10, self.declined))


def read_questions(path: Path, knowledge: KnowledgeBase) -> tuple[list[Question], list[str]]:
    """The lines of a JSONL file, and what is wrong with it, each problem beginning `file:line:`."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        return [], [f"{path}:1: cannot be read: {error}"]
    known = {section.whole_id for section in knowledge.sections}
    known |= {_article(section_id) for section_id in known}
    questions, problems = [], []
    for number, line in enumerate(lines, start=1):
        try:
            question = Question.model_validate_json(line)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            problems.append(
                f"{path}:{number}: {place}: {first['msg']}" if place else f"{path}:{number}: {first['msg']}"
            )
            continue
        questions.append(question)
        problems += [
            f"{path}:{number}: there is no section {each}" for each in question.sections if each not in known
        ]
    return questions, problems if lines else [f"{path}:1: has no question"]


def ask(questions: Sequence[Question], knowledge: KnowledgeBase) -> list[Asked]:
    """Each question by itself, as the tool asks it."""
    return [_ask(question, knowledge) for question in questions]


def _ask(question: Question, knowledge: KnowledgeBase) -> Asked:
    started = time.perf_counter()
    answer = knowledge.search(question.query, _NEAR_THE_TOP)
    seconds = time.perf_counter() - started
    ranked = knowledge.rank(question.query, _RANKED)
    return Asked(
        question=question,
        ranked=tuple(hit.section.section_id for hit in ranked),
        answer=tuple(hit.section.section_id for hit in answer),
        seconds=seconds,
    )


def figures(asked: Sequence[Asked]) -> Figures:
    """What the answers come to."""
    answerable = [each for each in asked if each.question.sections]
    ranked = [_right(each.question, each.ranked) for each in answerable]
    answered = [_right(each.question, each.answer) for each in answerable]
    return Figures(
        questions=len(asked),
        ndcg_at_10=_mean(
            [_ndcg(each.question, right) for each, right in zip(answerable, ranked, strict=True)]
        ),
        recall_at_5=_mean(
            [
                sum(right[:_NEAR_THE_TOP]) / len(set(each.question.sections))
                for each, right in zip(answerable, ranked, strict=True)
            ]
        ),
        ranked_first=_mean([right[:1] == [True] for right in ranked]),
        right_first=_mean([right[:1] == [True] for right in answered]),
        declined=_mean([not each.answer for each in asked if not each.question.sections]),
        latency_p50_ms=1000 * statistics.median(each.seconds for each in asked),
    )


def wrong(asked: Sequence[Asked]) -> Iterator[Asked]:
    """The answerable questions that are declined or answered wrongly, and the unanswerable ones answered."""
    for each in asked:
        if each.question.sections:
            if _right(each.question, each.answer)[:1] != [True]:
                yield each
        elif each.answer:
            yield each


def _right(question: Question, found: Sequence[str]) -> list[bool]:
    """Of each different thing that was found, whether it is one that was to be found."""
    expected = set(question.sections)
    named = _article if all("#" not in each for each in expected) else _whole
    things = dict.fromkeys(named(_whole(each)) for each in found)
    return [thing in expected for thing in things]


def _ndcg(question: Question, right: Sequence[bool]) -> float:
    gain = sum(1 / math.log2(place + 2) for place, is_right in enumerate(right[:_DEPTH]) if is_right)
    ideal = sum(1 / math.log2(place + 2) for place in range(min(len(set(question.sections)), _DEPTH)))
    return gain / ideal


def _mean(shares: Sequence[float]) -> float | None:
    return statistics.fmean(shares) if shares else None


def _article(section_id: str) -> str:
    return section_id.partition("#")[0]


def _whole(section_id: str) -> str:
    """The id without the number of a part: `shipping#costs~2` is a part of `shipping#costs`."""
    return section_id.partition(PART_MARK)[0]
