/** A MESSAGES_SNAPSHOT as the conversation it stands for. */

import { cardOf } from './cards';
import type { ChatState, CustomerMessage, Entry } from './chat-state';
import type { Citation, SnapshotMessage, Vote } from './protocol';

type MessageOf<R extends SnapshotMessage['role']> = Extract<SnapshotMessage, { role: R }>;

/**
 * Replaces everything that came from the server. What the customer wrote and the server has never
 * confirmed is no part of a snapshot, and stays at the end.
 */
export function fromSnapshot(state: ChatState, messages: SnapshotMessage[]): ChatState {
  const entries = messages.flatMap(toEntries);
  const known = new Set(entries.map((entry) => entry.key));
  const own = state.entries.filter((entry) => isUnconfirmed(entry) && !known.has(entry.key));
  return {
    ...state,
    entries: [...entries, ...own],
    citations: Object.fromEntries(messages.flatMap(citationsOf)),
    votes: Object.fromEntries(messages.flatMap(voteOf)),
    run: null,
    loaded: true,
  };
}

function isUnconfirmed(entry: Entry): entry is CustomerMessage {
  return entry.kind === 'customer' && (entry.status === 'sending' || entry.status === 'failed');
}

function toEntries(message: SnapshotMessage): Entry[] {
  switch (message.role) {
    case 'user':
      return [toCustomerMessage(message)];
    case 'assistant':
      return [...toReply(message), ...toHandoff(message)];
    case 'activity':
      return cardOf(message.id, message);
    default:
      return [];
  }
}

function toCustomerMessage({ id, content, metadata }: MessageOf<'user'>): CustomerMessage {
  return {
    kind: 'customer',
    key: metadata?.client_id ?? id,
    messageId: id,
    text: content,
    at: timeOf(metadata?.at),
    status: metadata?.answered ? 'answered' : 'sent',
    failure: null,
  };
}

function toReply({ id, content, metadata }: MessageOf<'assistant'>): Entry[] {
  if (!content && metadata?.stopped) {
    return [{ kind: 'notice', key: id, about: 'stopped', text: null }];
  }
  return [
    {
      kind: 'reply',
      key: id,
      text: content ?? '',
      inReplyTo: metadata?.in_reply_to ?? [],
      streaming: false,
      stopped: metadata?.stopped ?? false,
      failed: metadata?.failed ?? false,
    },
  ];
}

function toHandoff({ id, metadata }: MessageOf<'assistant'>): Entry[] {
  return metadata?.handoff
    ? [{ kind: 'notice', key: `${id}:handoff`, about: 'handoff', text: null }]
    : [];
}

function timeOf(at: string | number | undefined): string | null {
  const time = new Date(at ?? Number.NaN);
  return Number.isNaN(time.getTime()) ? null : time.toISOString();
}

function citationsOf(message: SnapshotMessage): [string, Citation[]][] {
  if (message.role !== 'activity' || message.activityType !== 'citations') return [];
  return [[message.content.message_id, message.content.citations]];
}

function voteOf(message: SnapshotMessage): [string, Vote][] {
  const feedback = message.role === 'assistant' ? message.metadata?.feedback : undefined;
  return feedback ? [[message.id, { ...feedback, message_id: message.id }]] : [];
}
