"""Orders behind HTTP, for a shop that keeps them elsewhere. The contract is in README.md beside this file."""

from datetime import timedelta
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, SecretStr, ValidationError

from services.tools_worker.orders.source import CustomerOrders, Order, OrderSourceError

Answer = TypeVar("Answer", bound=BaseModel)


class HttpOrders:
    """An OrderSource that asks `GET {url}/orders/{order_id}` and `GET {url}/customers/{customer_id}/orders`."""

    def __init__(self, url: str, *, timeout: timedelta, token: SecretStr | None = None) -> None:
        headers = {"accept": "application/json"}
        if token:
            headers["authorization"] = f"Bearer {token.get_secret_value()}"
        self._client = httpx.AsyncClient(
            base_url=url.rstrip("/") + "/", headers=headers, timeout=timeout.total_seconds()
        )

    async def get(self, order_id: str) -> Order | None:
        order = await self._ask(Order, f"orders/{quote(order_id, safe='')}")
        if order and order.order_id != order_id:
            raise OrderSourceError("orders over http: another order than the one asked for")
        return order

    async def list_for(self, customer_id: str, limit: int) -> CustomerOrders:
        path = f"customers/{quote(customer_id, safe='')}/orders"
        found = await self._ask(CustomerOrders, path, limit=limit)
        if found is None:
            return CustomerOrders(orders=(), total=0)
        if any(order.customer_id != customer_id for order in found.orders):
            raise OrderSourceError("orders over http: an order of another customer than the one asked for")
        return found.model_copy(update={"orders": found.orders[:limit]})

    async def _ask(self, kind: type[Answer], path: str, **query: int) -> Answer | None:
        try:
            response = await self._client.get(path, params=query or None)
            if response.status_code == HTTPStatus.NOT_FOUND:
                return None
            return kind.model_validate_json(response.raise_for_status().content)
        except (httpx.HTTPError, ValidationError) as error:
            raise OrderSourceError(f"orders over http: {type(error).__name__}") from error

    async def problem(self) -> str | None:
        try:
            response = await self._client.get("health")
        except httpx.HTTPError as error:
            return f"orders over http do not answer: {type(error).__name__}"
        return None if response.is_success else f"orders over http answer {response.status_code}"

    async def close(self) -> None:
        await self._client.aclose()
