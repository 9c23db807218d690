"""From a message that cannot be borne to its answer, once the cause is mended."""

from typing import Any

from redis.asyncio import Redis

from services.router_worker.language_models.protocol import RouteRequest
from services.shared.errors import PermanentError
from services.shared.letter_box import LetterBox
from tests.chat_client import chatting
from tests.eventually import eventually
from tests.fakes import ScriptedModel
from tests.running import running_gateway, running_router


class TroubledModel(ScriptedModel):
    """Cannot bear any message until it is mended."""

    mended = False

    async def route(self, request: RouteRequest) -> Any:
        if not self.mended:
            raise PermanentError("the model cannot bear this")
        return await super().route(request)


async def test_the_customer_gets_the_answer_when_the_cause_is_mended_and_the_letter_replayed(
    redis_url: str, redis_client: Redis
) -> None:
    model = TroubledModel()
    limits = {"time_limit_seconds": 5}
    async with (
        running_gateway(redis_url, **limits) as address,
        running_router(redis_url, model, **limits) as bus,
        chatting(address) as client,
    ):
        await client.start()
        message_id = await client.acknowledged(await client.say("hello"))
        await eventually(lambda: client.finished, within=15)
        assert client.finished[0]["type"] == "RUN_ERROR"
        box = LetterBox(redis=redis_client, steps=bus.steps, partitions=1)
        [letter] = await box.letters()
        assert letter.event.reason == "the model cannot bear this"

        model.mended = True
        assert await box.replay(letter) == "replayed"
        await eventually(lambda: len(client.finished) == 2, within=15)

        assert client.finished[1]["result"]["in_reply_to"] == [message_id]
        assert list(client.replies.values())[1] == "You said: hello"
        async with chatting(address) as other_tab:
            await other_tab.resume(client.opened)
            snapshot = await other_tab.frame(
                lambda frame: frame.get("event", {}).get("type") == "MESSAGES_SNAPSHOT"
            )
        shown = [(message["role"], message["content"]) for message in snapshot["event"]["messages"]]
        assert [text for role, text in shown if role == "user"] == ["hello"]
        assert shown[-1] == ("assistant", "You said: hello")
        assert await box.replay(letter) == "settled"
