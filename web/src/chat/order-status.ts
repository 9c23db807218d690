import { t } from '../strings';
import type { Order, OrderSummary } from './protocol';

export type Tone = 'good' | 'active' | 'warning' | 'ended';

export type OrderStatus = {
  label: string;
  tone: Tone;
  /** How many of the four stages (ordered, packed, shipped, delivered) are done; null for none of that. */
  stages: number | null;
};

const known: Readonly<Record<string, { tone: Tone; stages: number | null }>> = {
  awaiting_payment: { tone: 'warning', stages: 1 },
  paid: { tone: 'active', stages: 1 },
  processing: { tone: 'active', stages: 1 },
  packed: { tone: 'active', stages: 2 },
  partially_shipped: { tone: 'active', stages: 3 },
  shipped: { tone: 'active', stages: 3 },
  out_for_delivery: { tone: 'active', stages: 3 },
  delivered: { tone: 'good', stages: 4 },
  delayed: { tone: 'warning', stages: 1 },
  cancelled: { tone: 'ended', stages: null },
  returned: { tone: 'ended', stages: null },
  refunded: { tone: 'ended', stages: null },
};

/** What a status means on the card; one that is not known is shown in its own words. */
export function orderStatus(order: Order | OrderSummary): OrderStatus {
  const { status } = order;
  const shipped = 'shipped_at' in order && order.shipped_at;
  const label = t.order.statuses[status] ?? inWords(status);
  const { tone, stages } = known[status] ?? { tone: 'active', stages: null };
  return { label, tone, stages: stages !== null && shipped ? Math.max(stages, 3) : stages };
}

function inWords(status: string): string {
  const words = status.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
