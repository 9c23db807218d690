import {
  accepted,
  acknowledged,
  errorFrame,
  frame,
  opened,
  replyEnd,
  replyStart,
  replyText,
  runFinished,
} from '../../test/builders';
import { FakeWebSocket } from '../../test/fake-socket';
import { ChatClient } from './chat-client';
import type { ServerFrame } from './protocol';
import { watchReplies } from './replies';
import { SavedChats } from './saved-chats';

/** partysocket opens its socket, and opens it again, after a timer and a few promises. */
const passes = (ms: number) => vi.advanceTimersByTimeAsync(ms);

const saved = () => new SavedChats(localStorage);

async function clientWith(frameOnOpen?: ServerFrame): Promise<ChatClient> {
  const client = new ChatClient({ url: 'ws://x/ws', saved: saved(), WebSocket: FakeWebSocket });
  client.open();
  await connect(frameOnOpen);
  return client;
}

async function connect(frameOnOpen?: ServerFrame): Promise<FakeWebSocket> {
  await passes(0);
  FakeWebSocket.last.accept();
  await passes(0);
  if (frameOnOpen) FakeWebSocket.last.deliver(frameOnOpen);
  return FakeWebSocket.last;
}

function statuses(client: ChatClient): string[] {
  return client
    .getState()
    .entries.flatMap((entry) => (entry.kind === 'customer' ? entry.status : []));
}

beforeEach(() => {
  vi.useFakeTimers();
  FakeWebSocket.reset();
  localStorage.clear();
});
afterEach(() => vi.useRealTimers());

test('the first visit starts a session and keeps it', async () => {
  const client = await clientWith(opened({ session_token: 'secret', conversation_id: 'c9' }));
  expect(FakeWebSocket.last.sent).toMatchObject([{ type: 'start' }]);
  expect(FakeWebSocket.last.sent[0]).not.toHaveProperty('session_token');
  expect(client.getState().connection).toEqual({ state: 'connected' });
  expect(saved().read()).toMatchObject({ sessionToken: 'secret', current: 'c9' });
});

test('a new conversation says who the customer is when the host site has said so, an old one does not', async () => {
  const client = await clientWith(opened());
  client.identify('who');
  client.openNew();
  expect((await connect(opened())).sent[0]).toMatchObject({
    type: 'start',
    identity_token: 'who',
    session_token: 'token',
  });
  client.openEarlier('c9');
  expect((await connect()).sent[0]).not.toHaveProperty('identity_token');
});

test('a fresh token is fetched for each new conversation when there is a way to get one', async () => {
  const identity = vi.fn().mockResolvedValueOnce('first').mockResolvedValueOnce('second');
  const client = new ChatClient({
    url: 'ws://x/ws',
    saved: saved(),
    identity,
    WebSocket: FakeWebSocket,
  });
  client.open();
  expect((await connect(opened())).sent[0]).toMatchObject({ identity_token: 'first' });
  client.openNew();
  expect((await connect(opened())).sent[0]).toMatchObject({ identity_token: 'second' });
});

test('who cannot get a token connects again after a while', async () => {
  const identity = vi.fn().mockRejectedValueOnce(new Error('offline')).mockResolvedValue('token');
  const client = new ChatClient({
    url: 'ws://x/ws',
    saved: saved(),
    identity,
    WebSocket: FakeWebSocket,
  });
  client.open();
  expect((await connect()).sent).toEqual([]);
  await passes(10_100);
  expect((await connect()).sent[0]).toMatchObject({ type: 'start', identity_token: 'token' });
});

test('a conversation is started in the language of the page', async () => {
  const language = () => 'de';
  const client = new ChatClient({
    url: 'ws://x/ws',
    saved: saved(),
    language,
    WebSocket: FakeWebSocket,
  });
  client.open();
  expect((await connect(opened())).sent[0]).toMatchObject({ type: 'start', language: 'de' });
});

test('each customer of this browser has a memory of their own', async () => {
  new SavedChats(localStorage, 'cus_ada').enter('hers', 'c1');
  expect(new SavedChats(localStorage, 'cus_ben').read().sessionToken).toBeNull();
  expect(saved().read().sessionToken).toBeNull();
  expect(new SavedChats(localStorage, 'cus_ada').read().sessionToken).toBe('hers');
});

test('the conversations of a session that was given up are forgotten', async () => {
  saved().enter('old', 'c1');
  saved().remember('c1', 'Where is my order?', '2026-11-20T10:00:00.000Z');
  saved().enter('old', 'c2');
  expect(saved().read().conversations).toHaveLength(1);
  saved().enter('new', 'c3');
  expect(saved().read().conversations).toEqual([]);
});

test('each reply is reported once when it is complete, and the history is not', async () => {
  const client = await clientWith(opened());
  const replies: string[] = [];
  watchReplies(client, ({ text }) => replies.push(text));
  const messages = [{ role: 'assistant' as const, id: 'r0', content: 'earlier' }];
  FakeWebSocket.last.deliver(frame('1-1', { type: 'MESSAGES_SNAPSHOT', messages }));
  FakeWebSocket.last.deliver(frame('1-2', replyStart()));
  FakeWebSocket.last.deliver(frame('1-3', replyText('So it is.')));
  FakeWebSocket.last.deliver(frame('1-4', replyEnd()));
  FakeWebSocket.last.deliver(frame('1-5', runFinished([])));
  expect(replies).toEqual(['So it is.']);
});

test('a reload resumes the conversation without a position, so that all of it comes', async () => {
  saved().enter('secret', 'c9');
  const client = await clientWith(opened({ conversation_id: 'c9' }));
  const [hello] = FakeWebSocket.last.sent;
  expect(hello).toMatchObject({ type: 'resume', session_token: 'secret', conversation_id: 'c9' });
  expect(hello).not.toHaveProperty('cursor');
  expect(client.getState().loaded).toBe(false);
});

test('after a cut the conversation is resumed at the last frame', async () => {
  const client = await clientWith(opened());
  FakeWebSocket.last.deliver(frame('4-7', replyStart()));
  FakeWebSocket.last.drop(1006);
  expect(client.getState().connection).toEqual({ state: 'disconnected', why: 'retrying' });
  await passes(500);
  const socket = await connect();
  expect(socket.sent).toMatchObject([{ type: 'resume', cursor: '4-7', epoch: 'e1' }]);
});

test('a message without an acknowledgement is sent again with the same client id, once each time', async () => {
  const client = await clientWith(opened());
  client.send('first');
  client.send('second');
  const [first, second] = FakeWebSocket.last.of('message');
  FakeWebSocket.last.deliver(acknowledged(String(first?.client_id)));
  FakeWebSocket.last.drop(1012);
  await passes(500);
  const socket = await connect(opened({ resumed: true }));
  expect(socket.of('message')).toEqual([second]);
  expect(statuses(client)).toEqual(['sent', 'sending']);
});

test('nothing but the hello is sent before the conversation is opened', async () => {
  const client = await clientWith();
  client.send('early');
  expect(FakeWebSocket.last.of('message')).toEqual([]);
  FakeWebSocket.last.deliver(opened());
  expect(FakeWebSocket.last.of('message')).toMatchObject([{ text: 'early' }]);
});

test('a message that was not sent before a reload is sent after it', async () => {
  const before = await clientWith(opened());
  FakeWebSocket.last.drop(1006);
  before.send('do not forget me');
  before.close();
  const after = await clientWith(opened());
  expect(FakeWebSocket.last.of('message')).toMatchObject([{ text: 'do not forget me' }]);
  const id = String(FakeWebSocket.last.of('message')[0]?.client_id);
  expect(after.getState().entries).toMatchObject([{ key: id, status: 'sending' }]);
  FakeWebSocket.last.deliver(acknowledged(id));
  expect(saved().read().unsent).toEqual([]);
});

test('a connection that does not acknowledge is taken for dead', async () => {
  const client = await clientWith(opened());
  client.send('hello?');
  await passes(10_100);
  const socket = await connect(opened({ resumed: true }));
  expect(FakeWebSocket.made).toHaveLength(2);
  expect(socket.of('message')).toMatchObject([{ text: 'hello?' }]);
});

test('a refused message fails with its reason and can be sent again with the same id', async () => {
  const client = await clientWith(opened());
  client.send('too fast');
  const id = String(FakeWebSocket.last.of('message')[0]?.client_id);
  FakeWebSocket.last.deliver(errorFrame('rate_limited', id, { retry_after_ms: 3000 }));
  expect(client.getState().entries).toMatchObject([
    { status: 'failed', failure: { code: 'rate_limited', retryAfterMs: 3000 } },
  ]);
  client.retry(id);
  expect(FakeWebSocket.last.of('message').map((sent) => sent.client_id)).toEqual([id, id]);
  expect(statuses(client)).toEqual(['sending']);
});

test('a message in conflict is sent again with a fresh id', async () => {
  const client = await clientWith(opened());
  client.send('again');
  const id = String(FakeWebSocket.last.of('message')[0]?.client_id);
  FakeWebSocket.last.deliver(errorFrame('conflict', id));
  client.retry(id);
  expect(FakeWebSocket.last.of('message')[1]?.client_id).not.toBe(id);
});

test('a conversation that is gone makes way for a new one on the same connection', async () => {
  saved().enter('secret', 'gone');
  const client = await clientWith();
  const ref = String(FakeWebSocket.last.sent[0]?.client_id);
  FakeWebSocket.last.deliver(errorFrame('not_found', ref));
  await passes(0);
  expect(FakeWebSocket.last.sent[1]).toMatchObject({ type: 'start', session_token: 'secret' });
  FakeWebSocket.last.deliver(opened({ conversation_id: 'new' }));
  expect(client.getState()).toMatchObject({
    conversationId: 'new',
    problem: { code: 'not_found' },
  });
  expect(saved().read().current).toBe('new');
});

test('an expired session begins anew on a fresh page, and does not loop', async () => {
  saved().enter('stale', 'c1');
  const client = await clientWith();
  FakeWebSocket.last.drop(4401);
  const second = await connect();
  expect(second.sent).toMatchObject([{ type: 'start' }]);
  expect(second.sent[0]).not.toHaveProperty('session_token');
  second.drop(4401);
  await passes(60_000);
  expect(FakeWebSocket.made).toHaveLength(2);
  expect(client.getState().connection).toEqual({ state: 'disconnected', why: 'expired' });
});

test('a session that expires in the middle leaves what was said, and says what was not sent', async () => {
  const client = await clientWith(opened());
  FakeWebSocket.last.deliver(frame('1-1', accepted('x', 'earlier')));
  client.send('later');
  FakeWebSocket.last.drop(4401);
  await passes(60_000);
  expect(FakeWebSocket.made).toHaveLength(1);
  expect(statuses(client)).toEqual(['sent', 'failed']);
  client.openNew();
  expect((await connect()).sent).toMatchObject([{ type: 'start' }]);
});

test.each([1003, 1008, 1009])('the client does not come back by itself after %i', async (code) => {
  const client = await clientWith(opened());
  FakeWebSocket.last.drop(code);
  await passes(60_000);
  expect(FakeWebSocket.made).toHaveLength(1);
  expect(client.getState().connection).toEqual({ state: 'disconnected', why: 'refused' });
});

test('an idle conversation sleeps until the customer writes', async () => {
  const client = await clientWith(opened());
  FakeWebSocket.last.drop(4408);
  await passes(60_000);
  expect(FakeWebSocket.made).toHaveLength(1);
  client.send('I am back');
  const socket = await connect(opened({ resumed: true }));
  expect(socket.of('message')).toMatchObject([{ text: 'I am back' }]);
});

test('after too much was asked for the client waits well before it comes back', async () => {
  await clientWith(opened());
  FakeWebSocket.last.drop(4429);
  await passes(29_000);
  expect(FakeWebSocket.made).toHaveLength(1);
  await passes(2_000);
  expect(FakeWebSocket.made).toHaveLength(2);
});

test('too many windows are no reason to knock again and again', async () => {
  const client = await clientWith();
  const ref = String(FakeWebSocket.last.sent[0]?.client_id);
  FakeWebSocket.last.deliver(errorFrame('rate_limited', ref));
  await passes(60_000);
  expect(FakeWebSocket.made).toHaveLength(1);
  expect(client.getState().connection).toEqual({ state: 'disconnected', why: 'crowded' });
});

test('a hello without an answer is said again on a new connection', async () => {
  await clientWith();
  await passes(10_100);
  expect(FakeWebSocket.made).toHaveLength(2);
});

test('a vote is shown at once, sent again after a cut, and taken back when it is refused', async () => {
  const client = await clientWith(opened());
  client.rate('r1', 'down', 'wrong order');
  expect(client.getState().votes.r1).toMatchObject({ rating: 'down', reason: 'wrong order' });
  FakeWebSocket.last.drop(1006);
  await passes(500);
  const socket = await connect(opened({ resumed: true }));
  const [vote] = socket.of('feedback');
  expect(vote).toMatchObject({ message_id: 'r1', rating: 'down', reason: 'wrong order' });
  socket.deliver(errorFrame('not_found', String(vote?.client_id)));
  expect(client.getState()).toMatchObject({ votes: {}, problem: { code: 'not_found' } });
});

test('stop is sent while an answer is written', async () => {
  const client = await clientWith(opened());
  FakeWebSocket.last.deliver(frame('1-1', { type: 'RUN_STARTED', threadId: 'c1', runId: 't1' }));
  client.stop();
  expect(FakeWebSocket.last.of('stop')).toHaveLength(1);
  expect(client.getState().run).toMatchObject({ stopping: true });
});

test('conversations with a message are listed, newest first, and can be opened again', async () => {
  const client = await clientWith(opened({ conversation_id: 'c1' }));
  FakeWebSocket.last.deliver(frame('1-1', accepted('a', 'about my order')));
  client.openNew();
  await connect(opened({ conversation_id: 'c2' }));
  const first = { ...frame('1-1', accepted('b', 'about a return')), conversation_id: 'c2' };
  FakeWebSocket.last.deliver(first);
  expect(
    saved()
      .read()
      .conversations.map(({ title }) => title),
  ).toEqual(['about a return', 'about my order']);
  client.openEarlier('c1');
  expect(client.getState().entries).toEqual([]);
  expect((await connect()).sent).toMatchObject([{ type: 'resume', conversation_id: 'c1' }]);
});

test('frames of a conversation that was left do not reach the new one', async () => {
  const client = await clientWith(opened());
  const left = FakeWebSocket.last;
  client.openNew();
  left.deliver(frame('1-1', accepted('a', 'late')));
  expect(client.getState().entries).toEqual([]);
});

test('a forbidden storage costs nothing but the memory', async () => {
  const client = new ChatClient({
    url: 'ws://x/ws',
    saved: new SavedChats(null),
    WebSocket: FakeWebSocket,
  });
  client.open();
  await connect(opened());
  FakeWebSocket.last.drop(1006);
  await passes(500);
  expect((await connect()).sent).toMatchObject([{ type: 'resume', conversation_id: 'c1' }]);
});

test('an answer to a proposed change is given once, again after a cut, and taken back when refused', async () => {
  const client = await clientWith(opened());
  const content = { action_id: 'a1', tool: 't', arguments: {}, expires_at: '2099-01-01T00:00:00Z' };
  FakeWebSocket.last.deliver(
    frame('1-1', { type: 'ACTIVITY_SNAPSHOT', messageId: 'a1', activityType: 'action', content }),
  );
  client.answerAction('a1', 'confirmed');
  client.answerAction('a1', 'declined');
  const given = FakeWebSocket.last.sent.at(-1);
  expect(given).toMatchObject({ type: 'confirm', action_id: 'a1' });
  expect(FakeWebSocket.last.of('decline')).toEqual([]);
  FakeWebSocket.last.drop(1006);
  await passes(500);
  const socket = await connect(opened({ resumed: true }));
  expect(socket.of('confirm')).toEqual([given]);
  socket.deliver(errorFrame('not_found', String(given?.client_id)));
  expect(client.getState().entries[0]).toMatchObject({ asked: null, refused: true });
});
