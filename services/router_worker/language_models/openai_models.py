"""The models behind OpenAI's API that the settings name: the first, and the one that stands in for it."""

from collections.abc import Iterator

from openai import AsyncOpenAI
from pydantic import HttpUrl, SecretStr

from services.router_worker.intents import IntentCatalogue
from services.router_worker.language_models.openai import OpenAIModel
from services.router_worker.language_models.prices import Prices
from services.router_worker.settings import ModelSettings, RouterSettings
from services.router_worker.tools import tools

# Compatible servers that run on one's own machine ask for no key; the SDK wants one.
_NO_KEY = "none"
_OPENAI = "https://api.openai.com/v1"


def openai_models(
    models: ModelSettings, router: RouterSettings, catalogue: IntentCatalogue
) -> Iterator[OpenAIModel]:
    """In the order in which they are asked."""

    def build(name: str, base_url: HttpUrl | None, key: SecretStr | None, prices: Prices) -> OpenAIModel:
        client = AsyncOpenAI(
            api_key=key.get_secret_value() if key else _NO_KEY,
            base_url=str(base_url) if base_url else _OPENAI,
            timeout=router.model_timeout.total_seconds(),
            max_retries=0,
        )
        return OpenAIModel(
            client=client,
            model=name,
            catalogue=catalogue,
            tools=tools(),
            timeout=router.model_timeout,
            prices=prices,
        )

    yield build(
        models.openai_model or "",
        models.openai_base_url,
        models.openai_api_key,
        Prices(input=models.openai_input_price, output=models.openai_output_price),
    )
    if models.openai_fallback_model:
        elsewhere = models.openai_fallback_base_url is not None
        yield build(
            models.openai_fallback_model,
            models.openai_fallback_base_url or models.openai_base_url,
            models.openai_fallback_api_key or (None if elsewhere else models.openai_api_key),
            Prices(input=models.openai_fallback_input_price, output=models.openai_fallback_output_price),
        )
