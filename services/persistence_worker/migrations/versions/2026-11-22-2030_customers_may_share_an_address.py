"""Customers of the shop may share an e-mail address: a guest who orders twice is often two customers."""

from alembic import op

revision = "20261122_shared_addresses"
down_revision = "20261122_demo_shop"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint("customers_email_key", "customers", schema="shop", type_="unique")


def downgrade() -> None:
    op.create_unique_constraint("customers_email_key", "customers", ["email"], schema="shop")
