/** The conversation as the page shows it, and what of it still waits for the server. */
import type {
  ActionAnswer,
  Citation,
  ErrorFrame,
  Order,
  OrderList,
  ProposedAction,
  Vote,
} from './protocol';

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
