import type { ReactNode } from 'react';
import { formatDay, formatMoney } from '../format';
import { t } from '../strings';
import { Icon } from '../ui/icon';
import { OrderProgress } from './order-progress';
import { orderStatus } from './order-status';
import type { Order } from './protocol';
import { StatusPill } from './status-pill';

/** An order as the shop's data has it, independent of what the reply says about it. */
export function OrderCard({ order }: { order: Order }) {
  const { label, tone, stages } = orderStatus(order);
  return (
    <section
      data-testid="order-card"
      aria-label={t.order.title(order.order_id)}
      className="ms-0 max-w-xl animate-rise overflow-hidden rounded-2xl border border-line bg-surface shadow-low sm:ms-12"
    >
      <header className="flex flex-wrap items-center justify-between gap-x-3 gap-y-1.5 px-4 pt-3.5">
        <h3 className="flex items-center gap-2 font-semibold">
          <Icon name="package" className="size-5 text-ink-soft" />
          {t.order.title(`#${order.order_id.replace(/^#/, '')}`)}
        </h3>
        <StatusPill tone={tone} label={label} />
      </header>
      {stages !== null && <OrderProgress stages={stages} />}
      <OrderFacts order={order} />
      <OrderItems order={order} />
    </section>
  );
}

function OrderFacts({ order }: { order: Order }) {
  const day = (value: string | null | undefined) => (value ? formatDay(value) : null);
  const facts: [string, ReactNode][] = [
    [t.order.placed, day(order.placed_at)],
    [t.order.shipped, day(order.shipped_at)],
    [t.order.delivered, day(order.delivered_at)],
    [t.order.expected, order.delivered_at ? null : day(order.expected_at)],
    [t.order.cancelled, day(order.cancelled_at)],
    [t.order.returned, day(order.returned_at)],
    [t.order.refunded, day(order.refunded_at)],
    [t.order.returnUntil, day(order.return_until)],
    [t.order.carrier, order.carrier],
    [t.order.tracking, order.tracking_number],
  ];
  return (
    <dl className="flex flex-wrap gap-x-7 gap-y-2.5 px-4 py-3.5">
      {facts.map(
        ([name, value]) =>
          value && (
            <div key={name} className="min-w-0">
              <dt className="text-meta text-ink-soft">{name}</dt>
              <dd className="text-sm font-medium break-words">{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

function OrderItems({ order }: { order: Order }) {
  const { items = [], more_items = 0, shipping_fee, total, currency } = order;
  if (items.length === 0) return null;
  return (
    <div className="border-t border-line px-4 py-3 text-sm">
      <ul aria-label={t.order.items} className="space-y-1.5">
        {items.map((item) => (
          <li key={item.name} className="flex justify-between gap-4">
            <span className="min-w-0 break-words">
              <span className="text-ink-soft tabular-nums">{item.quantity} × </span>
              {item.name}
            </span>
            <Money amount={Number(item.unit_price) * item.quantity} currency={currency} />
          </li>
        ))}
        {more_items > 0 && <li className="text-ink-soft">{t.order.moreItems(more_items)}</li>}
      </ul>
      {Number(shipping_fee) > 0 && (
        <Sum name={t.order.shippingFee} amount={shipping_fee} currency={currency} quiet />
      )}
      <Sum name={t.order.total} amount={total} currency={currency} />
    </div>
  );
}

type Amount = { amount: Order['total']; currency: Order['currency'] };

function Sum({ name, quiet = false, ...money }: Amount & { name: string; quiet?: boolean }) {
  if (money.amount == null) return null;
  const tone = quiet ? 'mt-1.5 text-ink-soft' : 'mt-2.5 border-t border-line pt-2.5 font-semibold';
  return (
    <p className={`flex justify-between gap-4 ${tone}`}>
      <span>{name}</span>
      <Money {...money} />
    </p>
  );
}

function Money({ amount, currency }: Amount) {
  return <span className="tabular-nums">{amount != null && formatMoney(amount, currency)}</span>;
}
