"""Settings of the persistence worker."""

from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class PersistenceSettings(BaseSettings):
    """Variables begin with PERSISTENCE_."""

    model_config = SettingsConfigDict(
        env_prefix="PERSISTENCE_", env_file=".env", env_ignore_empty=True, extra="ignore"
    )

    batch_size: Annotated[int, Field(ge=1, le=10_000)] = Field(
        default=500, description="Most events in one transaction, of one stream"
    )
    pool_size: Annotated[int, Field(ge=1, le=100)] = Field(default=8, description="Connections to Postgres")
    trim_seconds: Annotated[float, Field(gt=0)] = Field(
        default=60, description="How often streams are trimmed to their retention time"
    )
    migration_wait_seconds: Annotated[float, Field(ge=0)] = Field(
        default=60, description="How long a migration waits for the database to answer"
    )
    tools_password: SecretStr | None = Field(
        default=None,
        description="When set, migrations make the role supportbot_tools, which may only read the shop",
    )
