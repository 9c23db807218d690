/**
 * The conversation as the page shows it: a pure reducer over server frames and local actions.
 *
 * A frame that was seen before (its cursor is not after the last one) changes nothing, so a replay
 * after a reconnect is harmless.
 */
import {
  type ActionAnswer,
  type Citation,
  type ErrorFrame,
  type EventFrame,
  isAfter,
  type Order,
  type OrderList,
  type ProposedAction,
  type Rating,
  type Vote,
} from './protocol';
import { applyEvent } from './server-events';

export type Failure = { code: ErrorFrame['code']; message: string; retryAfterMs: number | null };

export type CustomerMessage = {
  kind: 'customer';
  /** The client id, or the message id where the server no longer knows it. */
  key: string;
  messageId: string | null;
  text: string;
  at: string | null;
  status: 'sending' | 'sent' | 'answered' | 'failed';
  failure: Failure | null;
};

export type Reply = {
  kind: 'reply';
  key: string;
  text: string;
  inReplyTo: string[];
  streaming: boolean;
  stopped: boolean;
  failed: boolean;
};

export type OrderEntry = { kind: 'order'; key: string; order: Order };

export type OrderListEntry = { kind: 'orders'; key: string; list: OrderList };

/** A proposed change. `asked` is the answer that was given here, until the server has recorded one. */
export type ActionEntry = {
  kind: 'action';
  key: string;
  action: ProposedAction;
  state: 'open' | ActionAnswer;
  asked: { clientId: string; answer: ActionAnswer } | null;
  refused: boolean;
};

/** Something that happened and was not said by anyone. */
export type Notice = {
  kind: 'notice';
  key: string;
  about: 'handoff' | 'stopped' | 'failed';
  text: string | null;
};

export type Entry = CustomerMessage | Reply | OrderEntry | OrderListEntry | ActionEntry | Notice;

/** A vote as shown; until the server has recorded it, with what to fall back to. */
export type ShownVote = Vote & { unrecorded?: { clientId: string; before: Vote | null } };

export type Run = {
  id: string;
  status: string | null;
  replies: string[];
  stopping: boolean;
};

export type Connection =
  | { state: 'connecting' }
  | { state: 'connected' }
  | { state: 'disconnected'; why: Disconnection };

export type Disconnection = 'retrying' | 'slowed' | 'crowded' | 'idle' | 'expired' | 'refused';

export type ChatState = {
  connection: Connection;
  conversationId: string | null;
  epoch: string | null;
  cursor: string | null;
  /** Whether all that the server has of this conversation is here. */
  loaded: boolean;
  entries: readonly Entry[];
  citations: Readonly<Record<string, readonly Citation[]>>;
  votes: Readonly<Record<string, ShownVote>>;
  run: Run | null;
  /** What went wrong with something other than a message. */
  problem: Failure | null;
};

/** A message as the customer wrote it, before the server has it. */
export type Written = { clientId: string; text: string; at: string };

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

export const emptyChat: ChatState = {
  connection: { state: 'connecting' },
  conversationId: null,
  epoch: null,
  cursor: null,
  loaded: false,
  entries: [],
  citations: {},
  votes: {},
  run: null,
  problem: null,
};

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

export function withAction(
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

/** The messages that the server has not acknowledged yet, oldest first. */
export function unacknowledged(state: ChatState): CustomerMessage[] {
  return state.entries.filter(
    (entry): entry is CustomerMessage => entry.kind === 'customer' && entry.status === 'sending',
  );
}

/** The votes that the server has not recorded yet. */
export function unrecordedVotes(state: ChatState): { clientId: string; vote: Vote }[] {
  return Object.values(state.votes).flatMap(({ unrecorded, ...vote }) =>
    unrecorded ? [{ clientId: unrecorded.clientId, vote }] : [],
  );
}

/** The answers to proposed changes that the server has not recorded yet. */
export function unrecordedAnswers(state: ChatState): ActionEntry[] {
  return state.entries.filter(
    (entry): entry is ActionEntry =>
      entry.kind === 'action' && entry.state === 'open' && entry.asked !== null,
  );
}

/** Whether the customer waits for words: something is accepted or running, and no reply is being written. */
export function isWaiting(state: ChatState): boolean {
  const writing = state.entries.some((entry) => entry.kind === 'reply' && entry.streaming);
  const unanswered = state.entries.some(
    (entry) => entry.kind === 'customer' && entry.status === 'sent',
  );
  return !writing && (unanswered || state.run !== null);
}
