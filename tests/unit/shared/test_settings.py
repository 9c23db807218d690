"""Wrong settings are told in one line, by the variable's full name."""

from typing import Annotated

import pytest
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.shared.errors import SetupError
from services.shared.settings import PostgresSettings, RedisSettings, load_settings


class ShopSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SHOP_")

    doors: Annotated[int, Field(ge=1)] = 1


def test_a_variable_is_named_with_its_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_DOORS", "none")
    with pytest.raises(SetupError, match=r"settings are wrong: SHOP_DOORS: Input should be a valid integer"):
        load_settings(ShopSettings)


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:6379", "redis://127.0.0.1?protocol=3", "redis://127.0.0.1?decode_responses=True"],
)
def test_a_redis_url_that_the_bus_cannot_read_from_is_refused(url: str) -> None:
    with pytest.raises(SetupError, match="REDIS_URL: must"):
        load_settings(RedisSettings, redis_url=url)


def test_a_database_that_is_not_postgres_is_refused() -> None:
    with pytest.raises(SetupError, match="DATABASE_URL: must start with postgresql://"):
        load_settings(PostgresSettings, database_url="mysql://127.0.0.1/shop")
