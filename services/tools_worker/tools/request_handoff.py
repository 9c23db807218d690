"""request_handoff: the conversation is to go to a person."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import BaseModel, Field

from services.shared.events import HandoffReason
from services.tools_worker.tools.tool import Arguments, Caller, ToolSpec


class RequestHandoffArguments(Arguments):
    reason: Annotated[
        HandoffReason,
        Field(
            description=(
                "Why: the customer asked for a person, the articles do not answer the question, what is asked "
                "cannot be done here, a policy needs a person's decision, a tool failed, a value could not be found "
                "out, or a limit is reached"
            )
        ),
    ]
    summary: Annotated[
        str,
        Field(
            max_length=1_000,
            description="What the customer wants, in a sentence, for the person who takes over",
        ),
    ] = ""


class RequestHandoffResult(BaseModel):
    """The request, accepted: whoever asked for it hands the conversation over."""

    reason: HandoffReason
    summary: str


@dataclass(frozen=True, kw_only=True)
class RequestHandoff:
    spec: ClassVar[ToolSpec] = ToolSpec(
        name="request_handoff",
        description=(
            "Hand the conversation over to a person of the team: when the customer asks for one, or when nothing "
            "else here can help them. Only after it has succeeded may you say that a person takes over."
        ),
        effect="read",
        arguments=RequestHandoffArguments,
    )

    async def run(self, args: RequestHandoffArguments, caller: Caller) -> RequestHandoffResult:  # noqa: ARG002
        return RequestHandoffResult(reason=args.reason, summary=args.summary)
