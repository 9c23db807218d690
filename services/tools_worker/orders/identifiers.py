"""Order numbers and e-mail addresses as they are compared: each has one form, however it was written."""

import re
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field

_ORDER_ID = re.compile(r"[A-Z0-9][A-Z0-9-]{0,39}")
_EMAIL = re.compile(r"[^\s@\x00-\x1f\x7f]{1,64}@[^\s@.\x00-\x1f\x7f]+(\.[^\s@.\x00-\x1f\x7f]+)+")
LONGEST_EMAIL = 254


def normalise_order_id(written: str) -> str:
    """`#1042`, ` 1042 ` and `1042` are one order; letters are capitals; leading zeros are kept."""
    order_id = written.strip().removeprefix("#").strip()
    # Before the change of case: some foreign letters become ASCII by it.
    if not order_id.isascii() or not _ORDER_ID.fullmatch(order_id.upper()):
        raise ValueError("is not an order number such as 1042: letters, digits and hyphens, 40 at most")
    return order_id.upper()


def normalise_email(written: str) -> str:
    """Without the space around it and in small letters, as addresses are compared."""
    email = written.strip().lower()
    if len(email) > LONGEST_EMAIL or not _EMAIL.fullmatch(email):
        raise ValueError("is not an e-mail address such as ada@example.com")
    return email


OrderId: TypeAlias = Annotated[str, AfterValidator(normalise_order_id)]
Email: TypeAlias = Annotated[str, Field(max_length=LONGEST_EMAIL), AfterValidator(normalise_email)]
