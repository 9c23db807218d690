/** What each server event changes in the conversation. */
import { cardOf } from './cards';
import type { ChatState, CustomerMessage, Entry, Notice, Reply, Run } from './chat-state';
import type { Accepted, ServerEvent } from './protocol';
import { fromSnapshot } from './snapshot';

type EventOf<T extends ServerEvent['type']> = Extract<ServerEvent, { type: T }>;

export function applyEvent(state: ChatState, event: ServerEvent): ChatState {
  switch (event.type) {
    case 'CUSTOM':
      return onCustom(state, event);
    case 'MESSAGES_SNAPSHOT':
      return fromSnapshot(state, event.messages);
    case 'RUN_STARTED':
      return { ...state, run: startedRun(event.runId) };
    case 'TEXT_MESSAGE_START':
      return onReplyStart(state, event.messageId);
    case 'TEXT_MESSAGE_CONTENT':
      return withReply(state, event.messageId, (reply) => ({
        ...reply,
        text: reply.text + event.delta,
      }));
    case 'TEXT_MESSAGE_END':
      return withReply(state, event.messageId, (reply) => ({ ...reply, streaming: false }));
    case 'ACTIVITY_SNAPSHOT':
      return onActivity(state, event);
    case 'RUN_FINISHED':
      return onRunFinished(state, event);
    case 'RUN_ERROR':
      return onRunError(state, event);
    default:
      return state;
  }
}

function onCustom(state: ChatState, event: EventOf<'CUSTOM'>): ChatState {
  switch (event.name) {
    case 'session.opened': {
      const { conversation_id, epoch, cursor, resumed } = event.value;
      const fresh = state.conversationId === null;
      return {
        ...state,
        conversationId: conversation_id,
        epoch,
        cursor: resumed ? state.cursor : fresh ? cursor : null,
        loaded: state.loaded || fresh,
        connection: { state: 'connected' },
        // That the earlier conversation is gone stays to be read in the new one.
        problem: state.problem?.code === 'not_found' ? state.problem : null,
      };
    }
    case 'message.acknowledged': {
      const { client_id, message_id } = event.value;
      return withEntries(state, (entry) =>
        entry.kind === 'customer' && entry.key === client_id ? accepted(entry, message_id) : entry,
      );
    }
    case 'message.accepted':
      return onAccepted(state, event.value);
    case 'status':
      return state.run ? { ...state, run: { ...state.run, status: event.value.text } } : state;
    case 'handoff':
      return withNotice(state, {
        kind: 'notice',
        key: noticeKey(state),
        about: 'handoff',
        text: null,
      });
    case 'action.answered': {
      const { action_id, answer } = event.value;
      return withEntries(state, (entry) =>
        entry.kind === 'action' && entry.action.action_id === action_id
          ? { ...entry, state: answer, asked: null, refused: false }
          : entry,
      );
    }
    case 'feedback.recorded':
      return { ...state, votes: { ...state.votes, [event.value.message_id]: event.value } };
    default:
      return state;
  }
}

function accepted(message: CustomerMessage, messageId: string): CustomerMessage {
  const status = message.status === 'answered' ? 'answered' : 'sent';
  return { ...message, messageId, status, failure: null };
}

/** The log's order is everybody's order: an accepted message stands before what has not been sent yet. */
function onAccepted(state: ChatState, value: Accepted): ChatState {
  const { client_id: key, message_id: messageId, text, at } = value;
  const shown = state.entries.find((entry) => isMessage(entry, key, messageId));
  const message: CustomerMessage = {
    kind: 'customer',
    key: shown?.key ?? key,
    messageId,
    text,
    at,
    status: shown?.status === 'answered' ? 'answered' : 'sent',
    failure: null,
  };
  const others = state.entries.filter((entry) => entry !== shown);
  const place = others.findLastIndex((entry) => !isUnsent(entry)) + 1;
  return { ...state, entries: others.toSpliced(place, 0, message) };
}

function isUnsent(entry: Entry): boolean {
  return entry.kind === 'customer' && entry.status === 'sending';
}

function isMessage(entry: Entry, key: string, messageId: string): entry is CustomerMessage {
  return entry.kind === 'customer' && (entry.key === key || entry.messageId === messageId);
}

function startedRun(id: string): Run {
  return { id, status: null, replies: [], stopping: false };
}

function onReplyStart(state: ChatState, key: string): ChatState {
  const begun: Reply = {
    kind: 'reply',
    key,
    text: '',
    inReplyTo: [],
    streaming: true,
    stopped: false,
    failed: false,
  };
  const known = state.entries.some((entry) => entry.kind === 'reply' && entry.key === key);
  const run = state.run && { ...state.run, replies: [...state.run.replies, key] };
  const entries = known
    ? state.entries.map((entry) => (entry.kind === 'reply' && entry.key === key ? begun : entry))
    : [...state.entries, begun];
  return { ...state, run, entries };
}

function onActivity(state: ChatState, event: EventOf<'ACTIVITY_SNAPSHOT'>): ChatState {
  if (event.activityType === 'citations') {
    const { message_id, citations } = event.content;
    return { ...state, citations: { ...state.citations, [message_id]: citations } };
  }
  const [card] = cardOf(event.messageId, event);
  if (!card) return state;
  const known = state.entries.some((entry) => entry.key === card.key);
  if (!known) return { ...state, entries: [...state.entries, card] };
  return withEntries(state, (entry) => (entry.key === card.key ? card : entry));
}

function onRunFinished(state: ChatState, event: EventOf<'RUN_FINISHED'>): ChatState {
  const answered = idsIn(event.result);
  const stopped = event.outcome?.type === 'cancelled';
  const ended = endRun(state, answered, (reply) => ({ ...reply, stopped }));
  const silent = stopped && !state.run?.replies.length;
  return silent
    ? withNotice(ended, { kind: 'notice', key: event.runId, about: 'stopped', text: null })
    : ended;
}

function onRunError(state: ChatState, event: EventOf<'RUN_ERROR'>): ChatState {
  const ended = endRun(state, idsIn(event.metadata), (reply) => ({ ...reply, failed: true }));
  if (state.run?.replies.length) return ended;
  const key = noticeKey(state);
  return withNotice(ended, { kind: 'notice', key, about: 'failed', text: event.message });
}

/** Ends the run: its messages are answered, its replies complete. */
function endRun(state: ChatState, answered: string[], outcome: (reply: Reply) => Reply): ChatState {
  const last = state.run?.replies.at(-1);
  const ended = withEntries(state, (entry) => {
    if (entry.kind === 'reply' && entry.key === last) {
      return outcome({ ...entry, streaming: false, inReplyTo: answered });
    }
    if (entry.kind === 'reply' && entry.streaming) return { ...entry, streaming: false };
    if (entry.kind === 'customer' && entry.messageId && answered.includes(entry.messageId)) {
      return { ...entry, status: 'answered' };
    }
    return entry;
  });
  return { ...ended, run: null };
}

function idsIn(holder: unknown): string[] {
  const ids = (holder as { in_reply_to?: unknown } | null | undefined)?.in_reply_to;
  return Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : [];
}

function withReply(state: ChatState, key: string, change: (reply: Reply) => Reply): ChatState {
  return withEntries(state, (entry) =>
    entry.kind === 'reply' && entry.key === key ? change(entry) : entry,
  );
}

function withNotice(state: ChatState, notice: Notice): ChatState {
  return { ...state, entries: [...state.entries, notice] };
}

function noticeKey(state: ChatState): string {
  return `notice-${state.run?.id ?? ''}-${state.entries.length}`;
}

function withEntries(state: ChatState, change: (entry: Entry) => Entry): ChatState {
  return { ...state, entries: state.entries.map(change) };
}
