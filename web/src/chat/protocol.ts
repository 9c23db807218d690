/**
 * The frames of `/ws`, as `docs/frames.md` describes them: AG-UI events in an envelope, our own
 * CUSTOM and ACTIVITY_SNAPSHOT payloads, error frames, and what a client may send.
 */
import type * as agui from '@ag-ui/core';

/** An AG-UI event with its type as a plain string, so that types alone are imported. */
type Plain<E> = E extends { type: infer T extends agui.EventType }
  ? Omit<E, 'type'> & { type: `${T}` }
  : never;

export type Rating = 'up' | 'down' | 'none';

export type Citation = {
  number: number;
  section_id: string;
  title: string;
  heading_path: string[];
  text: string;
};

export type OrderItem = { name: string; quantity: number; unit_price: number | string };

export type Order = {
  order_id: string;
  status: string;
  placed_at?: string | null;
  shipped_at?: string | null;
  delivered_at?: string | null;
  expected_at?: string | null;
  cancelled_at?: string | null;
  returned_at?: string | null;
  refunded_at?: string | null;
  return_until?: string | null;
  carrier?: string | null;
  tracking_number?: string | null;
  items?: OrderItem[];
  /** How many further positions are not listed. */
  more_items?: number;
  shipping_fee?: number | string | null;
  total?: number | string | null;
  currency?: string | null;
};

/** An order in a list. */
export type OrderSummary = Pick<
  Order,
  'order_id' | 'status' | 'placed_at' | 'expected_at' | 'delivered_at' | 'total' | 'currency'
> & {
  /** Names of its first positions. */
  items?: string[];
  more_items?: number;
};

export type OrderList = { orders: OrderSummary[]; more_orders?: number };

export type ActionAnswer = 'confirmed' | 'declined';

/** A change that is made only when the customer confirms exactly these arguments. */
export type ProposedAction = {
  action_id: string;
  tool: string;
  arguments: Record<string, unknown>;
  expires_at: string;
  /** In a snapshot: whether it was answered. */
  state?: 'open' | ActionAnswer;
};

export type SessionOpened = {
  ref: string;
  session_token: string;
  session_id: string;
  conversation_id: string;
  epoch: string;
  cursor: string;
  resumed: boolean;
};

export type Accepted = { client_id: string; message_id: string; text: string; at: string };

export type Vote = { message_id: string; rating: Rating; reason?: string | null };

type Custom<Name extends string, Value> = { type: 'CUSTOM'; name: Name; value: Value };

type OurCustomEvent =
  | Custom<'session.opened', SessionOpened>
  | Custom<'message.acknowledged', { client_id: string; message_id: string }>
  | Custom<'message.accepted', Accepted>
  | Custom<'status', { text: string | null; stage?: string }>
  | Custom<'handoff', { reason: string; text?: string | null }>
  | Custom<'feedback.recorded', Vote>
  | Custom<'action.answered', { action_id: string; message_id: string; answer: ActionAnswer }>;

export type OurActivity =
  | { activityType: 'citations'; content: { message_id: string; citations: Citation[] } }
  | { activityType: 'order'; content: { order: Order } }
  | { activityType: 'orders'; content: OrderList }
  | { activityType: 'action'; content: ProposedAction };

type OurActivityEvent = { type: 'ACTIVITY_SNAPSHOT'; messageId: string } & OurActivity;

export type SnapshotMessage =
  | {
      role: 'user';
      id: string;
      content: string;
      metadata?: { client_id?: string; at?: string | number; answered?: boolean };
    }
  | {
      role: 'assistant';
      id: string;
      content?: string;
      metadata?: {
        in_reply_to?: string[];
        failed?: boolean;
        stopped?: boolean;
        /** Why a person takes over from here. */
        handoff?: string;
        feedback?: { rating: Rating; reason?: string | null };
      };
    }
  | ({ role: 'activity'; id: string } & OurActivity);

type OurSnapshotEvent = { type: 'MESSAGES_SNAPSHOT'; messages: SnapshotMessage[] };

type Replaced = agui.CustomEvent | agui.ActivitySnapshotEvent | agui.MessagesSnapshotEvent;

export type ServerEvent =
  | Plain<Exclude<agui.Event, Replaced>>
  | OurCustomEvent
  | OurActivityEvent
  | OurSnapshotEvent;

export type EventFrame = { cursor: string | null; conversation_id: string; event: ServerEvent };

export type ErrorCode =
  | 'bad_json'
  | 'unsupported_frame'
  | 'bad_request'
  | 'too_long'
  | 'unauthorized'
  | 'not_found'
  | 'conflict'
  | 'rate_limited'
  | 'budget_exhausted'
  | 'busy'
  | 'unavailable'
  | 'internal';

export type ErrorFrame = {
  type: 'error';
  code: ErrorCode;
  message: string;
  ref?: string | null;
  retry_after_ms?: number | null;
  fatal?: boolean;
};

export type ServerFrame = EventFrame | ErrorFrame;

export type ClientFrame = { client_id: string } & (
  | { type: 'start'; language: string; session_token?: string; identity_token?: string }
  | {
      type: 'resume';
      session_token: string;
      conversation_id: string;
      cursor?: string;
      epoch?: string;
    }
  | { type: 'message'; text: string }
  | { type: 'stop' }
  | { type: 'confirm' | 'decline'; action_id: string }
  | { type: 'feedback'; message_id: string; rating: Rating; reason?: string }
);

/** What `/ws` refuses as `too_long`, counted in characters as Python counts them. */
export const MAX_TEXT_CHARACTERS = 4000;

/** How many characters a text has for the server: code points, not UTF-16 units. */
export function characters(text: string): number {
  return Array.from(text).length;
}

/** A fresh idempotency key. It needs no secure context, so it works on plain HTTP in a local network. */
export function newClientId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The frame in a text message of the socket, or null when it is none of ours. */
export function parseFrame(data: unknown): ServerFrame | null {
  if (typeof data !== 'string') return null;
  try {
    const frame: unknown = JSON.parse(data);
    return isFrame(frame) ? frame : null;
  } catch {
    return null;
  }
}

function isFrame(frame: unknown): frame is ServerFrame {
  if (typeof frame !== 'object' || frame === null) return false;
  if ('event' in frame) return typeof frame.event === 'object' && frame.event !== null;
  return 'type' in frame && frame.type === 'error' && 'code' in frame;
}

/** Whether the position `a` (`<attempt>-<n>`) lies after `b`; everything lies after no position. */
export function isAfter(a: string, b: string | null): boolean {
  if (b === null) return true;
  const [attemptA = 0n, countA = 0n] = a.split('-').map(BigInt);
  const [attemptB = 0n, countB = 0n] = b.split('-').map(BigInt);
  return attemptA === attemptB ? countA > countB : attemptA > attemptB;
}
