/**
 * The conversation as the page shows it, changed by server frames and local actions: pure.
 *
 * A frame that was seen before (its cursor is not after the last one) changes nothing, so a replay
 * after a reconnect is harmless.
 */
import {
  type ActionEntry,
  type ChatState,
  type Connection,
  type CustomerMessage,
  emptyChat,
  type Failure,
  type Written,
} from './chat-state';
import { type ActionAnswer, type EventFrame, isAfter, type Rating } from './protocol';
import { applyEvent } from './server-events';

export type Action =
  | { type: 'frame'; frame: EventFrame }
  | { type: 'connection'; connection: Connection }
  | { type: 'opening'; conversationId: string | null; unsent: readonly Written[] }
  | ({ type: 'written' } & Written)
  | { type: 'retried'; key: string; clientId: string }
  | { type: 'message failed'; clientId: string; failure: Failure }
  | { type: 'stop asked' }
  | { type: 'voted'; clientId: string; messageId: string; rating: Rating; reason: string | null }
  | { type: 'vote refused'; clientId: string }
  | { type: 'action asked'; key: string; clientId: string; answer: ActionAnswer }
  | { type: 'action refused'; clientId: string }
  | { type: 'problem'; problem: Failure | null };

export function reduce(state: ChatState, action: Action): ChatState {
  switch (action.type) {
    case 'frame':
      return onFrame(state, action.frame);
    case 'connection':
      return { ...state, connection: action.connection };
    case 'opening':
      return {
        ...emptyChat,
        conversationId: action.conversationId,
        entries: action.unsent.map(written),
      };
    case 'written':
      return { ...state, entries: [...state.entries, written(action)], problem: null };
    case 'retried':
      return withCustomer(state, action.key, (message) => ({
        ...message,
        key: action.clientId,
        status: 'sending',
        failure: null,
      }));
    case 'message failed':
      return withCustomer(state, action.clientId, (message) =>
        message.status === 'sending'
          ? { ...message, status: 'failed', failure: action.failure }
          : message,
      );
    case 'stop asked':
      return state.run ? { ...state, run: { ...state.run, stopping: true } } : state;
    case 'voted':
      return { ...state, votes: withVote(state.votes, action) };
    case 'vote refused':
      return { ...state, votes: withoutVote(state.votes, action.clientId) };
    case 'action asked': {
      const { clientId, answer } = action;
      return withAction(
        state,
        (entry) => entry.key === action.key,
        (entry) => ({ ...entry, asked: { clientId, answer }, refused: false }),
      );
    }
    case 'action refused':
      return withAction(
        state,
        (entry) => entry.asked?.clientId === action.clientId,
        (entry) => ({ ...entry, asked: null, refused: true }),
      );
    case 'problem':
      return { ...state, problem: action.problem };
  }
}

function onFrame(state: ChatState, frame: EventFrame): ChatState {
  const { cursor, event } = frame;
  const replacesAll = event.type === 'MESSAGES_SNAPSHOT';
  if (cursor !== null && !replacesAll && !isAfter(cursor, state.cursor)) return state;
  const next = applyEvent(state, event);
  return cursor === null ? next : { ...next, cursor };
}

function written({ clientId, text, at }: Written): CustomerMessage {
  return {
    kind: 'customer',
    key: clientId,
    messageId: null,
    text,
    at,
    status: 'sending',
    failure: null,
  };
}

function withCustomer(
  state: ChatState,
  key: string,
  change: (message: CustomerMessage) => CustomerMessage,
): ChatState {
  const entries = state.entries.map((entry) =>
    entry.kind === 'customer' && entry.key === key ? change(entry) : entry,
  );
  return { ...state, entries };
}

function withAction(
  state: ChatState,
  which: (entry: ActionEntry) => boolean,
  change: (entry: ActionEntry) => ActionEntry,
): ChatState {
  const entries = state.entries.map((entry) =>
    entry.kind === 'action' && which(entry) ? change(entry) : entry,
  );
  return { ...state, entries };
}

function withVote(
  votes: ChatState['votes'],
  vote: { clientId: string; messageId: string; rating: Rating; reason: string | null },
): ChatState['votes'] {
  const { clientId, messageId: message_id, rating, reason } = vote;
  const shown = votes[message_id];
  const before = shown?.unrecorded ? shown.unrecorded.before : (shown ?? null);
  return {
    ...votes,
    [message_id]: { message_id, rating, reason, unrecorded: { clientId, before } },
  };
}

function withoutVote(votes: ChatState['votes'], clientId: string): ChatState['votes'] {
  const refused = Object.values(votes).find((vote) => vote.unrecorded?.clientId === clientId);
  if (!refused?.unrecorded) return votes;
  const { [refused.message_id]: _, ...others } = votes;
  const { before } = refused.unrecorded;
  return before ? { ...others, [before.message_id]: before } : others;
}
