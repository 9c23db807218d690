/** A chat client on a socket and a clock that the test moves. */
import { ChatClient } from '../src/chat/chat-client';
import type { ServerFrame } from '../src/chat/protocol';
import { SavedChats } from '../src/chat/saved-chats';
import { FakeWebSocket } from './fake-socket';

/** Each test of the file begins with an empty browser, on a clock that stands still. */
export function onFakeTime(): void {
  beforeEach(() => {
    vi.useFakeTimers();
    FakeWebSocket.reset();
    localStorage.clear();
  });
  afterEach(() => vi.useRealTimers());
}

/** partysocket opens its socket, and opens it again, after a timer and a few promises. */
export const passes = (ms: number) => vi.advanceTimersByTimeAsync(ms);

export const saved = () => new SavedChats(localStorage);

/** A client that has opened its connection, and got the frame on it. */
export async function clientWith(frameOnOpen?: ServerFrame): Promise<ChatClient> {
  const client = new ChatClient({ url: 'ws://x/ws', saved: saved(), WebSocket: FakeWebSocket });
  client.open();
  await connect(frameOnOpen);
  return client;
}

/** Accept the connection that the client is about to open. */
export async function connect(frameOnOpen?: ServerFrame): Promise<FakeWebSocket> {
  await passes(0);
  FakeWebSocket.last.accept();
  await passes(0);
  if (frameOnOpen) FakeWebSocket.last.deliver(frameOnOpen);
  return FakeWebSocket.last;
}

/** How the customer's messages stand, in their order. */
export function statuses(client: ChatClient): string[] {
  return client
    .getState()
    .entries.flatMap((entry) => (entry.kind === 'customer' ? entry.status : []));
}
