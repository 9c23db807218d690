"""The demo shop's tables. They belong to the shop: the bot only reads them."""

from sqlalchemy import Column, DateTime, Integer, MetaData, Numeric, Table, Text

metadata = MetaData(schema="shop")

customers = Table(
    "customers",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("email", Text, nullable=False),
)

orders = Table(
    "orders",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("customer_id", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("placed_at", DateTime(timezone=True), nullable=False),
    Column("expected_at", DateTime(timezone=True)),
    Column("shipped_at", DateTime(timezone=True)),
    Column("delivered_at", DateTime(timezone=True)),
    Column("cancelled_at", DateTime(timezone=True)),
    Column("returned_at", DateTime(timezone=True)),
    Column("refunded_at", DateTime(timezone=True)),
    Column("return_until", DateTime(timezone=True)),
    Column("carrier", Text),
    Column("tracking_number", Text),
    Column("shipping_fee", Numeric(12, 2), nullable=False),
    Column("total", Numeric(12, 2), nullable=False),
    Column("currency", Text, nullable=False),
)

order_items = Table(
    "order_items",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("unit_price", Numeric(12, 2), nullable=False),
)
