"""The statements of an import of orders, in the order in which they run in their one transaction."""

# The file's lines go into tables of this transaction alone, so that no file is too large for the memory here.
STAGE = """
SET LOCAL lock_timeout = '10s';
CREATE TEMP TABLE staged_customers (line bigint, customer_id text, name text, email text) ON COMMIT DROP;
CREATE TEMP TABLE staged_lines (line bigint, order_id text) ON COMMIT DROP;
CREATE TEMP TABLE staged_orders (LIKE shop.orders) ON COMMIT DROP;
CREATE TEMP TABLE staged_items (LIKE shop.order_items) ON COMMIT DROP;
"""

REPEATED_ORDERS = """
SELECT line, first FROM (
    SELECT line, min(line) OVER (PARTITION BY order_id) AS first FROM staged_lines
) AS lines WHERE line <> first ORDER BY line
"""

CONTRADICTING_CUSTOMERS = """
SELECT line, first FROM (
    SELECT line, first_value(line) OVER same AS first,
        (name, email) <> (first_value(name) OVER same, first_value(email) OVER same) AS differs
    FROM staged_customers WINDOW same AS (PARTITION BY customer_id ORDER BY line)
) AS lines WHERE differs ORDER BY line
"""

# `verdict` says what the import does to each order and customer: new, changed or same.
COMPARE = """
CREATE INDEX ON staged_items (order_id);
ANALYZE staged_customers, staged_orders, staged_items;
CREATE TEMP TABLE customer_verdicts ON COMMIT DROP AS
SELECT DISTINCT staged.customer_id, staged.name, staged.email, CASE
    WHEN kept.customer_id IS NULL THEN 'new'
    WHEN (kept.name, kept.email) = (staged.name, staged.email) THEN 'same'
    ELSE 'changed' END AS verdict
FROM staged_customers AS staged LEFT JOIN shop.customers AS kept USING (customer_id);
CREATE TEMP TABLE order_verdicts ON COMMIT DROP AS
SELECT staged.order_id, CASE
    WHEN kept.order_id IS NULL THEN 'new'
    WHEN ROW(kept.*) IS NOT DISTINCT FROM ROW(staged.*) AND (
        SELECT array_agg(ROW(position, name, quantity, unit_price) ORDER BY position)
        FROM shop.order_items WHERE order_id = staged.order_id
    ) IS NOT DISTINCT FROM (
        SELECT array_agg(ROW(position, name, quantity, unit_price) ORDER BY position)
        FROM staged_items WHERE order_id = staged.order_id
    ) THEN 'same'
    ELSE 'changed' END AS verdict
FROM staged_orders AS staged LEFT JOIN shop.orders AS kept USING (order_id);
"""

LOCK = "LOCK TABLE shop.customers, shop.orders, shop.order_items IN SHARE ROW EXCLUSIVE MODE"

APPLY = """
INSERT INTO shop.customers (customer_id, name, email)
SELECT customer_id, name, email FROM customer_verdicts WHERE verdict <> 'same'
ON CONFLICT (customer_id) DO UPDATE SET name = excluded.name, email = excluded.email;
DELETE FROM shop.orders WHERE order_id IN (SELECT order_id FROM order_verdicts WHERE verdict = 'changed');
INSERT INTO shop.orders
SELECT staged.* FROM staged_orders AS staged JOIN order_verdicts USING (order_id) WHERE verdict <> 'same';
INSERT INTO shop.order_items
SELECT staged.* FROM staged_items AS staged JOIN order_verdicts USING (order_id) WHERE verdict <> 'same';
"""
