"""Settings of the gateway."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from services.gateway.identity import Key
from services.shared.settings import RedisSettings


class GatewaySettings(RedisSettings):
    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore")

    gateway_host: str = "127.0.0.1"
    gateway_port: Annotated[int, Field(ge=1, le=65535)] = 8000
    gateway_web_dir: Path = Field(default=Path("web/dist"), description="The built client, served at /")
    gateway_allowed_origins: str = Field(
        default="", description="Further origins that may open a socket, separated by commas"
    )
    gateway_identity_secret: SecretStr | None = Field(
        default=None, description="What the host site signs identity tokens with, by HS256"
    )
    gateway_identity_public_key: str | None = Field(
        default=None,
        description="In place of the secret: PEM of an RSA key for RS256, of a P-256 one for ES256",
    )
    gateway_identity_audience: Annotated[str, Field(min_length=1)] = Field(
        default="supportbot", description="The `aud` that an identity token must have"
    )
    gateway_demo_customers: bool = Field(
        default=False, description="Whether anybody may be one of the demo shop's customers"
    )
    gateway_session_days: Annotated[int, Field(ge=1, le=365)] = Field(
        default=30, description="A guest's session lives so long after the last message"
    )
    gateway_signed_in_hours: Annotated[int, Field(ge=1, le=8760)] = Field(
        default=24, description="A customer's session lives so long after the last identity token"
    )
    gateway_messages_per_minute: Annotated[int, Field(ge=1)] = Field(default=20, description="Of one session")
    gateway_sockets_per_session: Annotated[int, Field(ge=1)] = 5
    gateway_sockets_per_address: Annotated[int, Field(ge=1)] = Field(
        default=20, description="Of one public IP address; private addresses are proxies and this machine"
    )
    gateway_openings_per_session: Annotated[int, Field(ge=1)] = Field(
        default=60, description="Times a minute one session may start or resume a conversation"
    )
    gateway_openings_per_address: Annotated[int, Field(ge=1)] = Field(
        default=30, description="New conversations a minute from one public IP address"
    )
    gateway_openings_per_minute: Annotated[int, Field(ge=1)] = Field(
        default=1000, description="New conversations a minute in all, at all gateways"
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

    @property
    def identity_key(self) -> Key | None:
        """What the host site's identity tokens are checked with."""
        if self.gateway_identity_public_key:
            return Key.of_public_key(self.gateway_identity_public_key)
        if self.gateway_identity_secret:
            return Key.of_secret(self.gateway_identity_secret.get_secret_value())
        return None

    @field_validator("gateway_identity_secret")
    @classmethod
    def _long_enough(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None:
            Key.of_secret(secret.get_secret_value())
        return secret

    @field_validator("gateway_identity_public_key")
    @classmethod
    def _a_public_key(cls, pem: str | None) -> str | None:
        if pem is not None:
            Key.of_public_key(pem)
        return pem

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        if self.gateway_identity_secret and self.gateway_identity_public_key:
            raise ValueError(
                "set GATEWAY_IDENTITY_SECRET or GATEWAY_IDENTITY_PUBLIC_KEY, not both: one key, one algorithm"
            )
        return self
