"""Who may customers say that they are?"""

from services.cli.doctor.finding import Finding, ok, warn
from services.gateway.settings import GatewaySettings
from services.tools_worker.settings import ToolsSettings

MEND = "set GATEWAY_DEMO_CUSTOMERS=false"


def check_identity(gateway: GatewaySettings, tools: ToolsSettings) -> Finding:
    key = gateway.identity_key
    if gateway.gateway_demo_customers:
        anybody = "anybody may be one of the demo shop's customers"
        if tools.order_source != "postgres":
            return warn("identity", f"{anybody}, but the orders are those of another shop", MEND)
        if key or gateway.allowed_origins:
            return warn("identity", f"{anybody}, beside those of a real site", MEND)
        return ok("identity", anybody)
    if key is None:
        return ok("identity", "no key of a host site is set, every customer is a guest")
    return ok("identity", f"tokens signed by {key.algorithm}, for {gateway.gateway_identity_audience}")
