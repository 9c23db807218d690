"""Settings of the gateway."""

from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.shared.settings import RedisSettings


class GatewaySettings(RedisSettings):
    model_config = SettingsConfigDict(env_file=".env", extra="ignore", env_prefix="")

    gateway_host: str = "127.0.0.1"
    gateway_port: Annotated[int, Field(ge=1, le=65535)] = 8000
    gateway_web_dir: Path = Field(default=Path("web/dist"), description="The built client, served at /")
    gateway_allowed_origins: str = Field(
        default="", description="Further origins that may open a socket, separated by commas"
    )
    gateway_session_days: Annotated[int, Field(ge=1, le=365)] = 30
    gateway_messages_per_minute: Annotated[int, Field(ge=1)] = Field(default=20, description="Of one session")
    gateway_sockets_per_session: Annotated[int, Field(ge=1)] = 5
    gateway_sockets_per_address: Annotated[int, Field(ge=1)] = Field(
        default=20, description="Of one public IP address; private addresses are proxies and this machine"
    )
    gateway_waiting_per_conversation: Annotated[int, Field(ge=1)] = Field(
        default=20, description="Unanswered messages a conversation may have before the gateway says busy"
    )
    gateway_waiting_conversations: Annotated[int, Field(ge=1)] = Field(
        default=10_000, description="Conversations with unanswered messages before the gateway refuses more"
    )
    gateway_idle_seconds: Annotated[int, Field(ge=1)] = Field(
        default=3600, description="A socket on which nothing was said for so long is closed"
    )
    gateway_buffer_bytes: Annotated[int, Field(ge=65536)] = Field(
        default=1_048_576, description="What may wait for a slow reader before its socket is closed"
    )

    @property
    def allowed_origins(self) -> frozenset[str]:
        return frozenset(part.strip() for part in self.gateway_allowed_origins.split(",") if part.strip())
