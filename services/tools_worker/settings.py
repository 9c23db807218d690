"""Settings of the tools worker."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, HttpUrl, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.shared.settings import default_cache_dir

ARTICLES = Path(__file__).parents[2] / "knowledge"


class KnowledgeSettings(BaseSettings):
    """Which articles the bot knows."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore")

    knowledge_dir: Path = ARTICLES
    knowledge_language: str = Field(
        default="english", description="The language whose word forms are taken as one"
    )
    knowledge_vectors: Literal["auto", "off"] = Field(
        default="auto",
        description="Search by meaning too; auto does so in English articles where a sentence model is installed",
    )
    knowledge_model_dir: Path | None = Field(
        default=None, description="Folder of a sentence model; without it that of an installed package"
    )
    knowledge_cache_dir: Path = Field(
        default_factory=default_cache_dir,
        description="The vectors of the articles are kept",
    )


class ToolsSettings(BaseSettings):
    """Where the shop's orders are."""

    model_config = SettingsConfigDict(
        env_file=".env", env_prefix="TOOLS_", env_ignore_empty=True, extra="ignore"
    )

    order_source: Literal["postgres", "http"] = "postgres"
    orders_url: HttpUrl | None = Field(
        default=None, description="Where the http source asks; see orders/README.md"
    )
    orders_token: SecretStr | None = Field(default=None, description="Bearer token for the http source")
    orders_timeout: Annotated[timedelta, Field(gt=timedelta(0))] = timedelta(seconds=3)
    patience: Annotated[timedelta, Field(ge=timedelta(0))] = Field(
        default=timedelta(seconds=12),
        description="For how long an order source that is away is asked again before the call fails",
    )
    wrong_tries: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=5, description="After so many wrong tries a guest may look up no order for a while"
    )
    wrong_tries_window: Annotated[timedelta, Field(ge=timedelta(seconds=1))] = Field(
        default=timedelta(minutes=15), description="The time in which they are counted"
    )
    concurrency: Annotated[int, Field(ge=1, le=1000)] = 32

    @model_validator(mode="after")
    def _has_an_address(self) -> Self:
        if self.order_source == "http" and self.orders_url is None:
            raise ValueError("TOOLS_ORDERS_URL must be set when TOOLS_ORDER_SOURCE is http")
        return self
