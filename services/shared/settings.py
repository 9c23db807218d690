"""Settings that every service reads, from the environment and from `.env`."""

from pathlib import Path
from typing import Annotated, Any, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.shared.errors import SetupError

AnySettings = TypeVar("AnySettings", bound=BaseSettings)


class RedisSettings(BaseSettings):
    """Where the streams are."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore")

    redis_url: SecretStr = SecretStr("redis://127.0.0.1:6379/0")
    redis_cluster: bool = Field(
        default=False,
        description="REDIS_URL names any node of a Redis Cluster, and the rest is found from there",
    )
    partitions: Annotated[int, Field(ge=1, le=1024)] = 1
    time_limit_seconds: Annotated[int, Field(ge=5, le=600)] = Field(
        default=44,
        description="By then every accepted message is ended, if only by an apology; a second to spare",
    )
    max_deliveries: Annotated[int, Field(ge=1, le=100)] = Field(
        default=5, description="Deliveries of an entry before it becomes a dead letter"
    )
    reclaim_idle_ms: Annotated[int, Field(ge=1000)] = Field(
        default=5000, description="An entry that no heartbeat has touched for so long is taken over"
    )
    log_level: str = "INFO"
    log_format: Annotated[str, Field(pattern="^(text|json)$")] = "text"
    health_port: Annotated[int, Field(ge=0, le=65535)] = Field(
        default=0, description="Port of /healthz, /readyz and /metrics of a worker; 0 for none"
    )
    health_host: str = "127.0.0.1"

    @field_validator("redis_url")
    @classmethod
    def _plain_protocol(cls, url: SecretStr) -> SecretStr:
        text = url.get_secret_value()
        if not text.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must start with redis://, rediss:// or unix://")
        # FastStream reads replies in their RESP2 shape as bytes; both options change that.
        if "protocol=3" in text or "decode_responses" in text:
            raise ValueError("must not set protocol=3 or decode_responses")
        return url

    @model_validator(mode="after")
    def _reaches_a_cluster(self) -> Self:
        parts = urlsplit(self.redis_url.get_secret_value())
        if self.redis_cluster and parts.scheme == "unix":
            raise ValueError(
                "REDIS_CLUSTER needs a REDIS_URL of redis:// or rediss://: its nodes have no socket files"
            )
        if self.redis_cluster and parts.path not in {"", "/", "/0"}:
            raise ValueError("REDIS_CLUSTER needs database 0 in REDIS_URL: a cluster has no other")
        return self


class BudgetSettings(BaseSettings):
    """How many tokens paid language models may use in a day (UTC); 0 is no limit."""

    model_config = SettingsConfigDict(
        env_file=".env", env_prefix="BUDGET_", env_ignore_empty=True, extra="ignore"
    )

    session_tokens: Annotated[int, Field(ge=0)] = Field(default=200_000, description="For one session")
    day_tokens: Annotated[int, Field(ge=0)] = Field(default=20_000_000, description="For everybody together")


class PostgresSettings(BaseSettings):
    """Where the database is."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore")

    database_url: SecretStr = SecretStr("postgresql://supportbot:supportbot@127.0.0.1:5432/supportbot")

    @field_validator("database_url")
    @classmethod
    def _for_asyncpg(cls, url: SecretStr) -> SecretStr:
        text = url.get_secret_value()
        scheme, separator, rest = text.partition("://")
        if not separator or scheme not in {"postgres", "postgresql", "postgresql+asyncpg"}:
            raise ValueError("must start with postgresql://")
        return SecretStr(f"postgresql+asyncpg://{rest}")


def default_cache_dir() -> Path:
    """Where this machine keeps what takes long to make, for every service."""
    return Path.home() / ".cache" / "supportbot"


def load_settings(settings: type[AnySettings], **overrides: Any) -> AnySettings:
    """The settings of a process. Raises SetupError with one line naming each variable that is wrong."""
    try:
        return settings(**overrides)
    except ValidationError as error:
        prefix = settings.model_config.get("env_prefix", "")
        problems = "; ".join(_problem(prefix, problem) for problem in error.errors(include_input=False))
        raise SetupError(f"settings are wrong: {problems}. See .env.example for every variable.") from None


def _problem(prefix: str, problem: ErrorDetails) -> str:
    message = problem["msg"].removeprefix("Value error, ")
    name = "_".join(str(part) for part in problem["loc"]).upper()
    if not name:
        return message
    # A problem of a nested check may already name the variable in full.
    return f"{name if name.startswith(prefix) else prefix + name}: {message}"
