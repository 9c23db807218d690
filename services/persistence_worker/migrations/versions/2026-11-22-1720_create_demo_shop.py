"""The demo shop: Juniper & Pine, with a few customers and sixty orders in every state."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "20261122_demo_shop"
down_revision = "20261122_events"
branch_labels = None
depends_on = None

TIMESTAMP = sa.DateTime(timezone=True)
MONEY = sa.Numeric(12, 2)

STATUSES = (
    "awaiting_payment",
    "processing",
    "packed",
    "partially_shipped",
    "shipped",
    "out_for_delivery",
    "delayed",
    "delivered",
    "cancelled",
    "returned",
    "refunded",
)

CUSTOMERS = {
    "ada": "Ada Whitfield",
    "ben": "Ben Okafor",
    "chloe": "Chloe Marchetti",
    "diego": "Diego Santos",
    "emma": "Emma Lindqvist",
    "farid": "Farid Haddad",
    "grace": "Grace Nakamura",
    "hana": "Hana Kowalski",
    "ivan": "Ivan Petrov",
    "june": "June Castellano",
}

PRODUCTS = {
    "shell": ("Ridgeline 3L Rain Shell", "189.00"),
    "down": ("Timberline Down Jacket", "249.00"),
    "fleece": ("Alder Grid Fleece", "89.00"),
    "merino": ("Juniper Merino Base Layer", "74.00"),
    "pants": ("Switchback Hiking Pants", "95.00"),
    "shorts": ("Creekside Trail Shorts", "59.00"),
    "boots": ("Granite Pass Hiking Boots", "179.00"),
    "shoes": ("Foxtrail Running Shoes", "129.00"),
    "socks": ("Merino Trail Socks", "19.00"),
    "hat": ("Cedar Wool Beanie", "28.00"),
    "gloves": ("Frostline Gloves", "45.00"),
    "pack": ("Basecamp 35 L Backpack", "159.00"),
    "tent": ("Lodgepole 2-Person Tent", "329.00"),
    "bag": ("Aspen 20°F Sleeping Bag", "219.00"),
    "mat": ("Meadow Sleeping Mat", "99.00"),
    "stove": ("Ember Camp Stove", "64.00"),
    "bottle": ("Snowmelt Insulated Bottle, 32 oz", "36.00"),
    "lamp": ("Nightjar Headlamp", "42.00"),
    "poles": ("Talus Trekking Poles", "84.00"),
}

# number · customer · status · placed (UTC) · shipping · items
ORDERS = """
1001 ada   refunded          2026-08-31T15:12 standard shoes
1002 ben   delivered         2026-09-01T02:40 standard tent mat*2
1003 chloe delivered         2026-09-02T18:05 standard shorts socks*3
1004 diego returned          2026-09-03T13:31 express  boots
1005 emma  delivered         2026-09-05T20:22 standard pack bottle
1006 farid cancelled         2026-09-07T09:48 standard stove
1007 grace delivered         2026-09-08T16:10 standard merino*2
1008 hana  refunded          2026-09-10T21:55 standard pants shorts
1009 ivan  delivered         2026-09-11T11:03 express  lamp poles
1010 june  delivered         2026-09-14T17:27 standard bag mat
1011 ada   delivered         2026-09-15T14:44 standard fleece
1012 ben   delivered         2026-09-18T19:09 standard socks*2 hat
1013 chloe returned          2026-09-20T08:36 standard shell
1014 diego delivered         2026-09-22T22:15 standard bottle*2
1015 emma  cancelled         2026-09-24T12:50 standard tent
1016 farid delivered         2026-09-25T15:38 express  gloves hat
1017 grace delivered         2026-09-28T18:42 standard boots socks*2
1018 hana  delivered         2026-09-30T10:21 standard stove lamp
1019 ivan  refunded          2026-10-02T16:33 standard down
1020 june  delivered         2026-10-04T13:17 standard shoes
1021 ada   delivered         2026-10-06T20:58 standard merino pants
1022 ben   delivered         2026-10-08T09:14 express  shell
1023 chloe returned          2026-10-10T17:49 standard fleece gloves
1024 diego delivered         2026-10-12T14:26 standard pack poles
1025 emma  delivered         2026-10-14T11:35 standard hat gloves socks*4
1026 farid refunded          2026-10-15T19:52 standard boots
1027 grace delivered         2026-10-18T15:07 standard lamp*2
1028 hana  delivered         2026-10-20T21:30 express  down
1029 ivan  cancelled         2026-10-22T12:12 standard bag
1030 june  delivered         2026-10-25T16:45 standard pants merino
1031 ada   delivered         2026-10-28T18:20 standard tent stove
1032 ben   delivered         2026-10-31T13:55 standard fleece*2
1033 chloe delivered         2026-11-02T10:40 standard bottle
1034 diego delivered         2026-11-04T22:08 express  shoes socks*3
1035 emma  delayed           2026-11-05T15:29 standard down gloves
1036 farid delivered         2026-11-06T17:16 standard mat
1037 grace delivered         2026-11-09T14:02 standard shell hat
1038 hana  delayed           2026-11-10T11:47 standard poles
1039 ivan  partially_shipped 2026-11-11T19:33 standard tent bag mat
1040 june  delivered         2026-11-12T16:51 express  merino
1041 ben   delayed           2026-11-12T20:24 standard boots
1042 ada   shipped           2026-11-17T14:38 standard shell socks*2
1043 ben   out_for_delivery  2026-11-17T18:13 standard pack
1044 chloe out_for_delivery  2026-11-17T20:59 standard fleece hat
1045 diego partially_shipped 2026-11-17T21:42 standard boots gloves*2
1046 emma  shipped           2026-11-18T13:24 standard lamp bottle
1047 farid shipped           2026-11-18T16:37 standard pants*2
1048 grace out_for_delivery  2026-11-19T08:11 express  down
1049 hana  shipped           2026-11-19T12:46 standard stove
1050 ivan  cancelled         2026-11-19T15:05 standard shorts
1051 june  shipped           2026-11-19T19:28 standard bag
1052 ben   shipped           2026-11-19T20:52 express  lamp
1053 ada   packed            2026-11-20T14:19 standard down gloves
1054 chloe packed            2026-11-20T17:34 standard merino*3
1055 diego packed            2026-11-20T20:03 standard shoes
1056 emma  processing        2026-11-21T13:48 standard poles pack
1057 farid awaiting_payment  2026-11-21T16:22 standard tent
1058 ada   processing        2026-11-21T21:15 express  boots socks
1059 grace processing        2026-11-22T09:07 standard fleece shorts
1060 hana  awaiting_payment  2026-11-22T11:30 standard hat
"""

CENT = Decimal("0.01")
FREE_SHIPPING_FROM = Decimal("75.00")
FEES = {"standard": Decimal("5.95"), "express": Decimal("14.95")}
WORKDAYS_TO_DELIVER = {"standard": 4, "express": 2}
WORKDAYS_LATE = 8
RETURN_DAYS = 30
HOLIDAYS = {date(2026, 9, 7), date(2026, 11, 26)}

UNSHIPPED = {"awaiting_payment", "processing", "packed", "cancelled"}
ARRIVED = {"delivered", "returned", "refunded"}


def upgrade() -> None:
    op.execute("CREATE SCHEMA shop")
    customers = op.create_table(
        "customers",
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("customer_id", name="customers_pkey"),
        sa.UniqueConstraint("email", name="customers_email_key"),
        schema="shop",
    )
    statuses = ", ".join(f"'{status}'" for status in STATUSES)
    orders = op.create_table(
        "orders",
        sa.Column("order_id", sa.Text, nullable=False),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("placed_at", TIMESTAMP, nullable=False),
        sa.Column("expected_at", TIMESTAMP),
        sa.Column("shipped_at", TIMESTAMP),
        sa.Column("delivered_at", TIMESTAMP),
        sa.Column("cancelled_at", TIMESTAMP),
        sa.Column("returned_at", TIMESTAMP),
        sa.Column("refunded_at", TIMESTAMP),
        sa.Column("return_until", TIMESTAMP, comment="Until when it may be sent back"),
        sa.Column("carrier", sa.Text),
        sa.Column("tracking_number", sa.Text),
        sa.Column("shipping_fee", MONEY, nullable=False),
        sa.Column("total", MONEY, nullable=False, comment="Items and shipping"),
        sa.Column("currency", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("order_id", name="orders_pkey"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["shop.customers.customer_id"], name="orders_customer_id_fkey"
        ),
        sa.CheckConstraint(f"status IN ({statuses})", name="orders_status_check"),
        schema="shop",
    )
    op.create_index("orders_customer_id_placed_at_idx", "orders", ["customer_id", "placed_at"], schema="shop")
    items = op.create_table(
        "order_items",
        sa.Column("order_id", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.Column("unit_price", MONEY, nullable=False),
        sa.PrimaryKeyConstraint("order_id", "position", name="order_items_pkey"),
        sa.ForeignKeyConstraint(
            ["order_id"], ["shop.orders.order_id"], name="order_items_order_id_fkey", ondelete="CASCADE"
        ),
        sa.CheckConstraint("quantity > 0", name="order_items_quantity_check"),
        schema="shop",
    )
    lines = [line.split() for line in ORDERS.strip().splitlines()]
    op.bulk_insert(customers, list(_customers()))
    op.bulk_insert(orders, [_order(line) for line in lines])
    op.bulk_insert(items, [item for line in lines for item in _items(line[0], line[5:])])


def downgrade() -> None:
    for table in ("order_items", "orders", "customers"):
        op.drop_table(table, schema="shop")
    op.execute("DROP SCHEMA shop")


def _customers() -> Iterator[dict[str, str]]:
    for short, name in CUSTOMERS.items():
        yield {"customer_id": f"cus_{short}", "name": name, "email": f"{short}@example.com"}


def _order(line: list[str]) -> dict[str, Any]:
    order_id, customer, status, placed, speed, *goods = line
    placed_at = datetime.fromisoformat(placed).replace(tzinfo=UTC)
    price = sum((item["quantity"] * item["unit_price"] for item in _items(order_id, goods)), Decimal(0))
    fee = Decimal("0.00") if speed == "standard" and price >= FREE_SHIPPING_FROM else FEES[speed]
    shipment: Mapping[str, str | None] = {"carrier": None, "tracking_number": None}
    return {
        "order_id": order_id,
        "customer_id": f"cus_{customer}",
        "status": status,
        "placed_at": placed_at,
        **_dates(status, placed_at, speed),
        **(shipment if status in UNSHIPPED else _shipment(order_id, speed)),
        "shipping_fee": fee,
        "total": (price + fee).quantize(CENT),
        "currency": "USD",
    }


def _items(order_id: str, goods: list[str]) -> Iterator[dict[str, Any]]:
    for position, good in enumerate(goods, start=1):
        product, _, quantity = good.partition("*")
        name, price = PRODUCTS[product]
        yield {
            "order_id": order_id,
            "position": position,
            "name": name,
            "quantity": int(quantity or 1),
            "unit_price": Decimal(price),
        }


def _dates(status: str, placed: datetime, speed: str) -> dict[str, datetime | None]:
    """What has happened to an order by now, as its status says."""
    shipped = _workdays_after(placed, 1, hour=21)
    arrival = _workdays_after(shipped, WORKDAYS_TO_DELIVER[speed] - 1, hour=19)
    late = status in {"delayed", "partially_shipped"}
    expected = _workdays_after(arrival, WORKDAYS_LATE, hour=19) if late else arrival
    returned = _workdays_after(arrival, 9, hour=16)
    arrived = status in ARRIVED
    return {
        "expected_at": None if status in {"awaiting_payment", "cancelled"} else expected,
        "shipped_at": None if status in UNSHIPPED else shipped,
        "delivered_at": arrival if arrived else None,
        "cancelled_at": placed + timedelta(minutes=42) if status == "cancelled" else None,
        "returned_at": returned if status in {"returned", "refunded"} else None,
        "refunded_at": _workdays_after(returned, 4, hour=15) if status == "refunded" else None,
        "return_until": arrival + timedelta(days=RETURN_DAYS) if arrived else None,
    }


def _workdays_after(moment: datetime, days: int, hour: int) -> datetime:
    day = moment.replace(hour=hour, minute=(7 * moment.minute) % 60)
    for _ in range(days):
        day += timedelta(days=1)
        while day.weekday() >= 5 or day.date() in HOLIDAYS:
            day += timedelta(days=1)
    return day


def _shipment(order_id: str, speed: str) -> dict[str, str]:
    number = int(order_id)
    if speed == "express":
        return {"carrier": "FedEx", "tracking_number": f"7849{number * 104_729 % 10**8:08}"}
    if number % 3:
        return {"carrier": "UPS", "tracking_number": f"1Z84W7A903{number * 15_485_863 % 10**8:08}"}
    return {"carrier": "USPS", "tracking_number": f"94001118{number * 32_452_843 % 10**14:014}"}
