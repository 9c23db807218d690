/**
 * The connection to `/ws`: it opens or resumes one conversation, keeps itself alive, and hands every
 * frame on. It knows nothing of React, of the page, or of what the frames mean beyond the handshake.
 */
import ReconnectingWebSocket, { type Options } from 'partysocket/ws';
import type { Connection, Disconnection } from './chat-state';
import { type AfterClose, afterClose } from './close-codes';
import { type ClientFrame, parseFrame, type ServerFrame } from './protocol';

const RECONNECTING: Options = {
  minReconnectionDelay: 250,
  maxReconnectionDelay: 8_000,
  reconnectionDelayGrowFactor: 1.8,
  minUptime: 3_000,
  connectionTimeout: 8_000,
  maxEnqueuedMessages: 0,
};
const HANDSHAKE_MS = 10_000;
const LATER_MS = 30_000;

const WHY: Readonly<Record<AfterClose, Disconnection>> = {
  reconnect: 'retrying',
  'reconnect later': 'slowed',
  'reconnect on return': 'idle',
  'session expired': 'expired',
  'give up': 'refused',
};

export type SocketOptions = {
  url: string;
  /** The first frame of each connection: `start` or `resume`, as things stand at that moment. */
  hello: () => Promise<ClientFrame>;
  onFrame: (frame: ServerFrame) => void;
  onConnection: (connection: Connection) => void;
  WebSocket?: unknown;
};

export class ChatSocket {
  readonly #options: SocketOptions;
  #socket: ReconnectingWebSocket | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #opened = false;

  constructor(options: SocketOptions) {
    this.#options = options;
  }

  /** Connects now, dropping the connection there may be. */
  connect(): void {
    this.#drop();
    const options = { ...RECONNECTING, WebSocket: this.#options.WebSocket };
    const socket = new ReconnectingWebSocket(this.#options.url, undefined, options);
    const current = () => this.#socket === socket;
    socket.addEventListener('open', () => current() && this.greet());
    socket.addEventListener('message', (event) => current() && this.#onMessage(event.data));
    socket.addEventListener('close', (event) => current() && this.#onClose(event.code));
    this.#socket = socket;
  }

  /** Closes for good; `connect` begins again. */
  close(): void {
    this.#drop();
  }

  /** Sends a frame within the opened conversation. False when there is none: nothing was sent. */
  send(frame: ClientFrame): boolean {
    return this.#opened && this.#transmit(frame);
  }

  /** Says hello once more on the connection there is, after the first hello was turned down. */
  greet(): void {
    this.#expectOpening();
    const socket = this.#socket;
    const transmit = (hello: ClientFrame) => socket === this.#socket && this.#transmit(hello);
    // Who cannot say hello is as one who gets no answer to it: the next connection tries again.
    this.#options.hello().then(transmit, () => undefined);
  }

  #onMessage(data: unknown): void {
    const frame = parseFrame(data);
    if (frame === null) return;
    if (
      'event' in frame &&
      frame.event.type === 'CUSTOM' &&
      frame.event.name === 'session.opened'
    ) {
      this.#opened = true;
      clearTimeout(this.#timer);
    }
    this.#options.onFrame(frame);
  }

  #onClose(code: number): void {
    this.#opened = false;
    clearTimeout(this.#timer);
    const next = afterClose(code);
    if (next !== 'reconnect') this.#drop();
    if (next === 'reconnect later') this.#timer = setTimeout(() => this.connect(), LATER_MS);
    this.#options.onConnection({ state: 'disconnected', why: WHY[next] });
  }

  #expectOpening(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.connect(), HANDSHAKE_MS);
  }

  #transmit(frame: ClientFrame): boolean {
    return this.#socket?.send(JSON.stringify(frame)) ?? false;
  }

  #drop(): void {
    this.#opened = false;
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }
}
