/** Server frames and conversations for tests, each field a plausible one unless the test says otherwise. */

import { reduce } from '../src/chat/chat-reducer';
import type { ChatState } from '../src/chat/chat-state';
import { emptyChat } from '../src/chat/chat-state';
import type {
  Citation,
  ErrorCode,
  ErrorFrame,
  EventFrame,
  Order,
  ServerEvent,
  SessionOpened,
} from '../src/chat/protocol';

export function frame(cursor: string | null, event: ServerEvent): EventFrame {
  return { cursor, conversation_id: 'c1', event };
}

export function opened(value: Partial<SessionOpened> = {}): EventFrame {
  const given = {
    ref: 'hello',
    session_token: 'token',
    session_id: 's1',
    conversation_id: 'c1',
    epoch: 'e1',
    cursor: '0-0',
    resumed: false,
    ...value,
  };
  return frame(null, { type: 'CUSTOM', name: 'session.opened', value: given });
}

export function acknowledged(client_id: string, message_id = `m-${client_id}`): EventFrame {
  const value = { client_id, message_id };
  return frame(null, { type: 'CUSTOM', name: 'message.acknowledged', value });
}

export function accepted(
  client_id: string,
  text: string,
  message_id = `m-${client_id}`,
): ServerEvent {
  const value = { client_id, message_id, text, at: '2026-11-20T10:00:00.000Z' };
  return { type: 'CUSTOM', name: 'message.accepted', value };
}

export function status(text: string | null): ServerEvent {
  return { type: 'CUSTOM', name: 'status', value: { text, stage: 'tool' } };
}

export function runStarted(runId = 't1'): ServerEvent {
  return { type: 'RUN_STARTED', threadId: 'c1', runId };
}

export function runFinished(inReplyTo: string[], outcome?: 'cancelled'): ServerEvent {
  const result = { in_reply_to: inReplyTo };
  const end = { type: 'RUN_FINISHED' as const, threadId: 'c1', runId: 't1', result };
  return outcome ? { ...end, outcome: { type: outcome } } : end;
}

export function replyStart(messageId = 'r1'): ServerEvent {
  return { type: 'TEXT_MESSAGE_START', messageId, role: 'assistant' };
}

export function replyText(delta: string, messageId = 'r1'): ServerEvent {
  return { type: 'TEXT_MESSAGE_CONTENT', messageId, delta };
}

export function replyEnd(messageId = 'r1'): ServerEvent {
  return { type: 'TEXT_MESSAGE_END', messageId };
}

export function cited(citations: Citation[], message_id = 'r1'): ServerEvent {
  const content = { message_id, citations };
  return {
    type: 'ACTIVITY_SNAPSHOT',
    messageId: `${message_id}:citations`,
    activityType: 'citations',
    content,
  };
}

export function orderShown(order: Order, messageId = 't1:order'): ServerEvent {
  return { type: 'ACTIVITY_SNAPSHOT', messageId, activityType: 'order', content: { order } };
}

export function errorFrame(
  code: ErrorCode,
  ref: string | null,
  more: Partial<ErrorFrame> = {},
): ErrorFrame {
  return { type: 'error', code, message: `about ${code}`, ref, ...more };
}

export const citation: Citation = {
  number: 1,
  section_id: 'returns#return-policy',
  title: 'Returns',
  heading_path: ['Returns', 'Return policy'],
  text: 'Within **30 days** of delivery.',
};

export const order: Order = {
  order_id: '1042',
  status: 'shipped',
  placed_at: '2026-11-16T09:12:00Z',
  shipped_at: '2026-11-18T15:40:00Z',
  expected_at: '2026-11-24T12:00:00Z',
  carrier: 'UPS',
  tracking_number: '1Z999',
  items: [{ name: 'Merino socks', quantity: 2, unit_price: '24.00' }],
  total: '48.00',
  currency: 'USD',
};

/** The conversation after an opening and these logged events, with cursors 1-1, 1-2, … */
export function chatAfter(...events: ServerEvent[]): ChatState {
  return events.reduce(
    (chat, event, index) => reduce(chat, { type: 'frame', frame: frame(`1-${index + 1}`, event) }),
    reduce(emptyChat, { type: 'frame', frame: opened() }),
  );
}
