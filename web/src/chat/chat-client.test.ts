import { accepted, errorFrame, frame, opened } from '../../test/builders';
import { clientWith, connect, onFakeTime, passes, saved } from '../../test/chat-client';
import { FakeWebSocket } from '../../test/fake-socket';
import { ChatClient } from './chat-client';
import { SavedChats } from './saved-chats';

onFakeTime();

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

test('a reload resumes the conversation without a position, so that all of it comes', async () => {
  saved().enter('secret', 'c9');
  const client = await clientWith(opened({ conversation_id: 'c9' }));
  const [hello] = FakeWebSocket.last.sent;
  expect(hello).toMatchObject({ type: 'resume', session_token: 'secret', conversation_id: 'c9' });
  expect(hello).not.toHaveProperty('cursor');
  expect(client.getState().loaded).toBe(false);
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
