"""What the gateway is ready for."""

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.shared.bus import Bus


async def healthz(request: Request) -> Response:  # noqa: ARG001
    """The process is alive."""
    return JSONResponse({"status": "ok"})


async def readyz(request: Request) -> Response:
    """Messages can be taken in."""
    bus: Bus = request.app.state.bus
    trouble = await bus.healthy()
    if trouble:
        return JSONResponse({"status": "unavailable", "redis": trouble}, status_code=503)
    return JSONResponse({"status": "ready"})


async def metrics(request: Request) -> Response:  # noqa: ARG001
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
