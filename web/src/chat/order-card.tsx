import type { ReactNode } from 'react';
import { formatDay, formatMoney } from '../format';
import { t } from '../strings';
import { Icon } from '../ui/icon';
import { OrderProgress } from './order-progress';
import { orderStatus, type Tone } from './order-status';
import type { Order } from './protocol';

const tones: Record<Tone, string> = {
  good: 'bg-good-soft text-good',
  active: 'bg-brand-soft text-brand',
  warning: 'bg-accent-soft text-accent',
  ended: 'bg-sunken text-ink-soft',
};

/** An order as the shop's data has it, independent of what the reply says about it. */
export function OrderCard({ order }: { order: Order }) {
  const { label, tone, stages } = orderStatus(order.status);
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
        <span className={`rounded-full px-2.5 py-0.5 text-meta font-medium ${tones[tone]}`}>
          {label}
        </span>
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
    [t.order.returnUntil, day(order.return_until)],
    [t.order.carrier, order.carrier],
    [t.order.tracking, order.tracking_number],
  ];
  return (
    <dl className="grid grid-cols-[repeat(auto-fill,minmax(7.5rem,1fr))] gap-x-4 gap-y-2.5 px-4 py-3.5">
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
  const items = order.items ?? [];
  if (items.length === 0) return null;
  return (
    <div className="border-t border-line bg-paper/60 px-4 py-3 text-sm">
      <ul aria-label={t.order.items} className="space-y-1.5">
        {items.map((item) => (
          <li key={item.name} className="flex justify-between gap-4">
            <span className="min-w-0 break-words">
              <span className="text-ink-soft tabular-nums">{item.quantity} × </span>
              {item.name}
            </span>
            <span className="tabular-nums">{formatMoney(item.unit_price, order.currency)}</span>
          </li>
        ))}
      </ul>
      {order.total != null && (
        <p className="mt-2.5 flex justify-between gap-4 border-t border-line pt-2.5 font-semibold">
          <span>{t.order.total}</span>
          <span className="tabular-nums">{formatMoney(order.total, order.currency)}</span>
        </p>
      )}
    </div>
  );
}
