import { formatDay, formatMoney } from '../format';
import { t } from '../strings';
import { orderStatus } from './order-status';
import type { OrderList, OrderSummary } from './protocol';
import { StatusPill } from './status-pill';

type Props = { list: OrderList; onOrder: (text: string) => void };

/** The customer's orders as the shop's data has them; a press on one asks for the rest of it. */
export function OrderListCard({ list: { orders, more_orders = 0 }, onOrder }: Props) {
  return (
    <section
      data-testid="order-list"
      aria-label={t.order.list}
      className="max-w-xl animate-rise overflow-hidden rounded-2xl border border-line bg-surface shadow-low sm:ms-12"
    >
      <ul className="divide-y divide-line">
        {orders.map((order) => (
          <li key={order.order_id}>
            <Row order={order} onPress={() => onOrder(t.order.ask(order.order_id))} />
          </li>
        ))}
      </ul>
      {more_orders > 0 && (
        <p className="border-t border-line px-4 py-2.5 text-meta text-ink-soft">
          {t.order.moreItems(more_orders)}
        </p>
      )}
    </section>
  );
}

function Row({ order, onPress }: { order: OrderSummary; onPress: () => void }) {
  const { order_id, placed_at, items = [], more_items = 0, total, currency } = order;
  const { label, tone } = orderStatus(order);
  const names = [...items, ...(more_items > 0 ? [t.order.moreItems(more_items)] : [])].join(', ');
  return (
    <button
      type="button"
      onClick={onPress}
      className="flex w-full flex-col gap-1 px-4 py-3 text-start transition-colors hover:bg-sunken focus-visible:-outline-offset-2"
    >
      <span className="flex w-full flex-wrap items-center justify-between gap-x-3 gap-y-1">
        <span className="font-semibold">{t.order.title(`#${order_id.replace(/^#/, '')}`)}</span>
        <StatusPill tone={tone} label={label} />
      </span>
      <span className="line-clamp-1 text-sm">{names}</span>
      <span className="flex w-full justify-between gap-3 text-meta text-ink-soft">
        <span>{placed_at && formatDay(placed_at)}</span>
        <span className="tabular-nums">{total != null && formatMoney(total, currency)}</span>
      </span>
    </button>
  );
}
