"""Settings of the router worker."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, HttpUrl, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.router_worker.intents import INTENTS_DIR
from services.router_worker.translations import TRANSLATIONS_DIR
from services.shared.settings import default_cache_dir

Price: TypeAlias = Annotated[float, Field(ge=0)] | None


class ModelSettings(BaseSettings):
    """Which language model answers. With neither a key nor a base URL it is the offline model."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore")

    openai_api_key: SecretStr | None = None
    openai_base_url: HttpUrl | None = Field(
        default=None,
        description="Any server with OpenAI's chat completions, for example http://127.0.0.1:11434/v1",
    )
    openai_model: str | None = Field(default=None, validate_default=True)
    openai_input_price: Price = Field(default=None, description="US dollars for a million tokens read")
    openai_output_price: Price = Field(default=None, description="US dollars for a million tokens written")
    openai_fallback_model: str | None = Field(
        default=None, description="A second model, asked when the first cannot answer"
    )
    openai_fallback_base_url: HttpUrl | None = Field(default=None, description="The first one's when empty")
    openai_fallback_api_key: SecretStr | None = Field(
        default=None, description="The first one's when empty, but never at another base URL"
    )
    openai_fallback_input_price: Price = None
    openai_fallback_output_price: Price = None

    @field_validator("openai_model")
    @classmethod
    def _is_named(cls, model: str | None, info: ValidationInfo) -> str | None:
        if model is None and (info.data.get("openai_api_key") or info.data.get("openai_base_url")):
            raise ValueError("must name the model when OPENAI_API_KEY or OPENAI_BASE_URL is set")
        return model

    @property
    def uses_openai(self) -> bool:
        return self.openai_api_key is not None or self.openai_base_url is not None


class RouterSettings(BaseSettings):
    model_config = SettingsConfigDict(
        env_file=".env", env_prefix="ROUTER_", env_ignore_empty=True, extra="ignore"
    )

    intents_dir: Path = INTENTS_DIR
    translations_dir: Path = Field(
        default=TRANSLATIONS_DIR, description="The bot's words in further languages, one file each"
    )
    people_available: bool = Field(
        default=False,
        description="Somebody is there to take conversations over; else the customer is asked for an e-mail address",
    )
    model_timeout: timedelta = Field(
        default=timedelta(seconds=20),
        description="For one call of a language model, from request to last byte",
    )
    cascade: bool = Field(
        default=True, description="Messages that are clear without a model are routed without asking it"
    )
    classifier: Literal["auto", "words", "sentences"] = Field(
        default="auto",
        description="How the offline model compares texts; auto is by sentence where it can be",
    )
    sentence_model_dir: Path | None = Field(
        default=None, description="Folder of a sentence model; without it that of an installed package"
    )
    cache_dir: Path = Field(
        default_factory=default_cache_dir,
        description="What takes long to make is kept",
    )
    offline_pace_ms: Annotated[int, Field(ge=0, le=1000)] = Field(
        default=10, description="Pause between two chunks of a reply that the offline model streams"
    )
