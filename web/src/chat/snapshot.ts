/** A MESSAGES_SNAPSHOT as the conversation it stands for. */
import type { ChatState, CustomerMessage, Entry } from './chat-state';
import type { Citation, SnapshotMessage, Vote } from './protocol';

/**
 * Replaces everything that came from the server. What the customer wrote and the server has never
 * confirmed is no part of a snapshot, and stays at the end.
 */
export function fromSnapshot(state: ChatState, messages: SnapshotMessage[]): ChatState {
  const entries = messages.map(toEntry).filter((entry) => entry !== null);
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

function toEntry(message: SnapshotMessage): Entry | null {
  switch (message.role) {
    case 'user':
      return {
        kind: 'customer',
        key: message.metadata?.client_id ?? message.id,
        messageId: message.id,
        text: message.content,
        at: timeOf(message.metadata?.at),
        status: message.metadata?.answered ? 'answered' : 'sent',
        failure: null,
      };
    case 'assistant':
      if (!message.content && message.metadata?.stopped) {
        return { kind: 'notice', key: message.id, about: 'stopped', text: null };
      }
      return {
        kind: 'reply',
        key: message.id,
        text: message.content ?? '',
        inReplyTo: message.metadata?.in_reply_to ?? [],
        streaming: false,
        stopped: message.metadata?.stopped ?? false,
        failed: message.metadata?.failed ?? false,
      };
    case 'activity':
      return message.activityType === 'order'
        ? { kind: 'order', key: message.id, order: message.content.order }
        : null;
    default:
      return null;
  }
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
