"""Who talks: a customer of the demo shop, by the gateway's own identity token, or a guest."""

from typing import Annotated, Any, TypeAlias

import typer

from services.cli.errors import ChatError, UnreachableError

GUEST = "guest"
As: TypeAlias = Annotated[
    str, typer.Option("--as", metavar="NAME", help="Who asks: a customer of the demo shop, for example ada.")
]


def identity_token(url: str, who: str) -> str | None:
    """A token for the customer of this name at this gateway; None for a guest."""
    if who.casefold() == GUEST:
        return None
    import httpx

    from services.cli.client import page_url

    page = page_url(url)
    try:
        with httpx.Client(base_url=page, timeout=10, trust_env=False) as http:
            customers = http.get("/demo/customers").raise_for_status().json()["customers"]
            wish = {"customer_id": find(customers, who)["customer_id"]}
            token: str = http.post("/demo/identity", json=wish).raise_for_status().json()["identity_token"]
            return token
    except httpx.TransportError as error:
        raise UnreachableError(
            f"no gateway answers at {page} ({error}): is `supportbot up` running?"
        ) from None
    except (httpx.HTTPStatusError, ValueError, LookupError, TypeError):
        raise ChatError(f"{page} has no demo customers to be: ask as a guest") from None


def find(customers: list[dict[str, Any]], who: str) -> dict[str, Any]:
    """The customer of this id, name or first name. Raises ChatError, which names those that there are."""
    wanted = who.casefold()
    for customer in customers:
        name = customer["name"].casefold()
        if wanted in {customer["customer_id"].casefold(), name, name.split()[0]}:
            return customer
    if not customers:
        raise ChatError("this gateway has no demo customers (GATEWAY_DEMO_CUSTOMERS): ask as a guest")
    names = ", ".join(customer["name"].split()[0].lower() for customer in customers)
    raise ChatError(f"nobody is called {who!r} here: use --as with one of {names}, {GUEST}")
