"""`GET /demo/customers` and `POST /demo/identity`, for the page and for terminals: docs/client.md."""

from dataclasses import dataclass
from http import HTTPStatus

from pydantic import BaseModel, ConfigDict, ValidationError
from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.gateway.bodies import read_body
from services.gateway.demo import NO_OFFER, OFFER, TOKEN_LIFE, DemoShop
from services.gateway.limits import origin_allowed
from services.gateway.refusals import unavailable
from services.shared.frames import ErrorCode, ErrorFrame

MAX_BODY_BYTES = 1024
NOT_KEPT = {"Cache-Control": "no-store"}


class _Wish(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    customer_id: str


@dataclass(frozen=True, kw_only=True)
class DemoEndpoint:
    """Serves both to pages of the gateway's own origin alone; without a shop there is nobody to be."""

    shop: DemoShop | None

    async def customers(self, request: Request) -> Response:  # noqa: ARG002
        return JSONResponse(OFFER if self.shop else NO_OFFER, headers=NOT_KEPT)

    async def identity(self, request: Request) -> Response:
        origin, host = request.headers.get("origin"), request.headers.get("host")
        if not origin_allowed(origin, host, frozenset()):
            return _error(HTTPStatus.FORBIDDEN, "unauthorized", "only for this service's own page")
        wish = await _read(request)
        if wish is None:
            return _error(HTTPStatus.BAD_REQUEST, "bad_request", 'send {"customer_id": "…"}')
        try:
            token = await self.shop.token_for(wish.customer_id) if self.shop else None
        except (RedisError, OSError) as error:
            return JSONResponse(unavailable(error).model_dump(), HTTPStatus.SERVICE_UNAVAILABLE)
        if token is None:
            return _error(HTTPStatus.NOT_FOUND, "not_found", "there is no such demo customer")
        answer = {"identity_token": token, "expires_in": int(TOKEN_LIFE.total_seconds())}
        return JSONResponse(answer, headers=NOT_KEPT)


async def _read(request: Request) -> _Wish | None:
    body = await read_body(request, most_bytes=MAX_BODY_BYTES)
    try:
        return None if body is None else _Wish.model_validate_json(body)
    except ValidationError:
        return None


def _error(status: HTTPStatus, code: ErrorCode, message: str) -> Response:
    return JSONResponse(ErrorFrame(code=code, message=message).model_dump(), status)
