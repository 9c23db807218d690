/**
 * A conversation with supportbot, without any framework: a state to read and subscribe to, and what a
 * customer can do. `use-chat.ts` is all that a React page adds to it.
 */

import { ChatSocket, type SocketOptions } from './chat-socket';
import {
  type Connection,
  type CustomerMessage,
  type Failure,
  unacknowledged,
  unrecordedAnswers,
  type Written,
} from './chat-state';
import { ChatStore } from './chat-store';
import { helloFrame } from './hello';
import type { Identity } from './identity';
import { answerFrame, messageFrame, unconfirmed, voteFrame } from './outgoing';
import {
  type ActionAnswer,
  type ClientFrame,
  type ErrorCode,
  type ErrorFrame,
  type EventFrame,
  newClientId,
  type Rating,
  type ServerFrame,
  type SessionOpened,
} from './protocol';
import type { SavedChats } from './saved-chats';

/** A connection that has not acknowledged a message after this long is taken for dead. */
const ACKNOWLEDGED_WITHIN_MS = 10_000;

/** A conversation that cannot be resumed: it is somebody else's, lost, or was never one. */
const GONE: ReadonlySet<ErrorCode> = new Set(['not_found', 'bad_request']);

export type ClientOptions = {
  url: string;
  saved: SavedChats;
  /** The customer's, as BCP 47 has it: what the bot says by itself is said in it where it can be. */
  language?: () => string;
  identity?: Identity | null;
  WebSocket?: SocketOptions['WebSocket'];
};

export class ChatClient {
  readonly saved: SavedChats;
  readonly #socket: ChatSocket;
  readonly #store = new ChatStore();
  #helloId = '';
  readonly #language: () => string;
  #identity: Identity | null;
  #deadline: ReturnType<typeof setTimeout> | undefined;

  constructor({ url, saved, language, identity, WebSocket }: ClientOptions) {
    this.saved = saved;
    this.#language = language ?? (() => navigator.language);
    this.#identity = identity ?? null;
    this.#socket = new ChatSocket({
      url,
      WebSocket,
      hello: () => this.#hello(),
      onFrame: (frame) => this.#onFrame(frame),
      onConnection: (connection) => this.#onConnection(connection),
    });
  }

  readonly getState = this.#store.getState;
  readonly subscribe = this.#store.subscribe;

  /** Comes back to the conversation of the last visit, or opens a new one. */
  open(): void {
    this.#openConversation(this.saved.read().current);
  }

  openNew(): void {
    this.#openConversation(null);
  }

  openEarlier(conversationId: string): void {
    this.#openConversation(conversationId);
  }

  /** Says anew who the customer is, from the next conversation on. */
  identify(identity: Identity | null): void {
    this.#identity = identity;
  }

  close(): void {
    clearTimeout(this.#deadline);
    this.#socket.close();
  }

  /** Connects again now, without waiting for the next attempt. */
  reconnect(): void {
    this.#socket.connect();
  }

  /** Comes back after the server has put an idle conversation to sleep. */
  wake(): void {
    const { connection } = this.getState();
    if (connection.state === 'disconnected' && connection.why === 'idle') this.reconnect();
  }

  /** Says that the network is gone, before the connection notices. */
  networkLost(): void {
    this.#onConnection({ state: 'disconnected', why: 'retrying' });
  }

  /** Shows the message at once; it is sent now, or as soon as there is a connection. */
  send(text: string): void {
    const message = { clientId: newClientId(), text, at: new Date().toISOString() };
    this.#store.dispatch({ type: 'written', ...message });
    this.#post(message);
  }

  /** Sends a failed message once more. */
  retry(key: string): void {
    const message = this.#message(key);
    if (message?.status !== 'failed') return;
    // A key that the server knows with another text cannot be used again.
    const clientId = message.failure?.code === 'conflict' ? newClientId() : key;
    this.#store.dispatch({ type: 'retried', key, clientId });
    this.#post({ ...toWritten(message), clientId });
  }

  /** Ends the answer that is being written; does nothing without a connection. */
  stop(): void {
    const sent = this.#socket.send({ type: 'stop', client_id: newClientId() });
    if (sent) this.#store.dispatch({ type: 'stop asked' });
  }

  /** Shows the vote at once, and takes it back when the server does not want it. */
  rate(messageId: string, rating: Rating, reason: string | null = null): void {
    const clientId = newClientId();
    this.#store.dispatch({ type: 'voted', clientId, messageId, rating, reason });
    this.#transmit(voteFrame(clientId, { message_id: messageId, rating, reason }));
  }

  /** Confirms or declines a proposed change; the first answer counts. */
  answerAction(key: string, answer: ActionAnswer): void {
    const entry = this.getState().entries.find((candidate) => candidate.key === key);
    if (entry?.kind !== 'action' || entry.state !== 'open' || entry.asked) return;
    const clientId = newClientId();
    this.#store.dispatch({ type: 'action asked', key, clientId, answer });
    this.#transmit(answerFrame(clientId, entry.action.action_id, answer));
  }

  dismissProblem(): void {
    this.#report(null);
  }

  #openConversation(conversationId: string | null): void {
    this.saved.update(() => ({ current: conversationId }));
    const unsent = this.saved.unsentIn(conversationId);
    this.#store.dispatch({ type: 'opening', conversationId, unsent });
    this.#socket.connect();
  }

  #hello(): Promise<ClientFrame> {
    this.#helloId = newClientId();
    const { sessionToken } = this.saved.read();
    const who = { sessionToken, identity: this.#identity, language: this.#language() };
    return helloFrame(this.#helloId, who, this.getState());
  }

  #post(message: Written): void {
    this.saved.addUnsent(this.getState().conversationId, message);
    this.#transmit(messageFrame(message.clientId, message.text));
    this.wake();
  }

  #transmit(frame: ClientFrame): void {
    if (this.#socket.send(frame) && frame.type === 'message') this.#expectAnswer();
  }

  #expectAnswer(): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => {
      const connected = this.getState().connection.state === 'connected';
      if (connected && unacknowledged(this.getState()).length > 0) this.reconnect();
    }, ACKNOWLEDGED_WITHIN_MS);
  }

  #onConnection(connection: Connection): void {
    this.#store.dispatch({ type: 'connection', connection });
    if (connection.state === 'disconnected' && connection.why === 'expired') this.#onExpired();
  }

  /** Begins anew where nothing is lost by it; else the customer is told and decides. */
  #onExpired(): void {
    const hadSession = this.saved.read().sessionToken !== null;
    this.saved.forgetSession();
    if (hadSession && this.getState().entries.length === 0) {
      this.openNew();
      return;
    }
    const failure: Failure = { code: 'unauthorized', message: '', retryAfterMs: null };
    for (const { key: clientId } of unacknowledged(this.getState())) {
      this.#store.dispatch({ type: 'message failed', clientId, failure });
    }
  }

  #onFrame(frame: ServerFrame): void {
    if ('event' in frame) this.#onEvent(frame);
    else this.#onError(frame);
  }

  #onEvent(frame: EventFrame): void {
    const { event } = frame;
    if (event.type === 'TEXT_MESSAGE_CONTENT') {
      this.#store.dispatchSoon({ type: 'frame', frame });
      return;
    }
    this.#store.dispatch({ type: 'frame', frame });
    if (event.type !== 'CUSTOM') return;
    if (event.name === 'session.opened') this.#onOpened(event.value);
    if (event.name === 'message.acknowledged') this.saved.removeUnsent(event.value.client_id);
    if (event.name === 'message.accepted') {
      const { client_id, text, at } = event.value;
      this.saved.removeUnsent(client_id);
      this.saved.remember(frame.conversation_id, text, at);
    }
  }

  #onOpened({ session_token, conversation_id }: SessionOpened): void {
    this.saved.enter(session_token, conversation_id);
    for (const frame of unconfirmed(this.getState())) this.#transmit(frame);
  }

  #onError(error: ErrorFrame): void {
    const ref = error.ref ?? '';
    const failure = failureOf(error);
    if (ref === this.#helloId) {
      this.#onTurnedDown(failure);
    } else if (this.#message(ref)) {
      this.saved.removeUnsent(ref);
      this.#store.dispatch({ type: 'message failed', clientId: ref, failure });
    } else if (unrecordedAnswers(this.getState()).some(({ asked }) => asked?.clientId === ref)) {
      this.#store.dispatch({ type: 'action refused', clientId: ref });
    } else {
      this.#store.dispatch({ type: 'vote refused', clientId: ref });
      this.#report(failure);
    }
  }

  /** The hello was refused: where the old conversation is gone there is still a new one to be had. */
  #onTurnedDown(failure: Failure): void {
    const { conversationId } = this.getState();
    if (failure.code === 'rate_limited') {
      this.#socket.close();
      this.#onConnection({ state: 'disconnected', why: 'crowded' });
    } else if (GONE.has(failure.code) && conversationId !== null) {
      this.saved.forgetConversation(conversationId);
      const unsent = unacknowledged(this.getState()).map(toWritten);
      this.#store.dispatch({ type: 'opening', conversationId: null, unsent });
      this.#report(failure);
      this.#socket.greet();
    } else if (failure.code !== 'unauthorized') this.#report(failure);
  }

  #message(key: string): CustomerMessage | undefined {
    const entry = this.getState().entries.find(
      (candidate) => candidate.kind === 'customer' && candidate.key === key,
    );
    return entry as CustomerMessage | undefined;
  }

  #report(problem: Failure | null): void {
    this.#store.dispatch({ type: 'problem', problem });
  }
}

function toWritten({ key, text, at }: CustomerMessage): Written {
  return { clientId: key, text, at: at ?? new Date().toISOString() };
}

function failureOf(error: ErrorFrame): Failure {
  const { code, message, retry_after_ms } = error;
  return { code, message, retryAfterMs: retry_after_ms ?? null };
}
