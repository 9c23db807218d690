"""Do the gateway and the language model answer?"""

import httpx

from services.cli import stack
from services.cli.announce import readiness
from services.cli.doctor.finding import Finding, fail, ok, warn
from services.cli.preflight import check_port
from services.router_worker.settings import ModelSettings
from services.shared.errors import SetupError

OPENAI = "https://api.openai.com/v1"


def check_gateway(host: str, port: int) -> Finding:
    url = stack.read_addresses(stack.DEFAULT_DATA_DIR).get("SUPPORTBOT_URL", f"http://{host}:{port}")
    lack = readiness(url)
    if lack is None:
        return ok("gateway", f"ready at {url}")
    try:
        check_port(host, port)
    except SetupError as error:
        return fail("gateway", f"{url} is not ready, and {error}", "see who listens there: `ss -ltnp`")
    return warn("gateway", lack, "start it: `supportbot up`, or python -m services.gateway.app")


def check_model(settings: ModelSettings) -> Finding:
    if not settings.uses_openai:
        return ok("model", "the offline model; no OPENAI_API_KEY or OPENAI_BASE_URL is set")
    url = str(settings.openai_base_url or OPENAI).rstrip("/")
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else "none"
    try:
        answer = httpx.get(f"{url}/models", headers={"authorization": f"Bearer {key}"}, timeout=5)
    except httpx.HTTPError as error:
        return fail("model", f"{url} does not answer ({error})", "check OPENAI_BASE_URL and the network")
    if answer.status_code in {401, 403}:
        return fail("model", f"{url} refuses the key ({answer.status_code})", "check OPENAI_API_KEY")
    if not answer.is_success:
        return warn(
            "model", f"{url}/models answers {answer.status_code}", "check OPENAI_BASE_URL; it ends in /v1"
        )
    known = _names(answer)
    if known and settings.openai_model not in known:
        return fail(
            "model", f"{url} has no {settings.openai_model}", f"OPENAI_MODEL may be {', '.join(known[:5])}"
        )
    return ok("model", f"{settings.openai_model} at {url}")


def _names(answer: httpx.Response) -> list[str]:
    try:
        return [model["id"] for model in answer.json()["data"]]
    except (ValueError, KeyError, TypeError):
        return []
