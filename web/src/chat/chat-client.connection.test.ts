import { accepted, errorFrame, frame, opened, replyStart } from '../../test/builders';
import { clientWith, connect, onFakeTime, passes, saved, statuses } from '../../test/chat-client';
import { FakeWebSocket } from '../../test/fake-socket';
import { ChatClient } from './chat-client';

onFakeTime();

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

test('after a cut the conversation is resumed at the last frame', async () => {
  const client = await clientWith(opened());
  FakeWebSocket.last.deliver(frame('4-7', replyStart()));
  FakeWebSocket.last.drop(1006);
  expect(client.getState().connection).toEqual({ state: 'disconnected', why: 'retrying' });
  await passes(500);
  const socket = await connect();
  expect(socket.sent).toMatchObject([{ type: 'resume', cursor: '4-7', epoch: 'e1' }]);
});

test('a connection that does not acknowledge is taken for dead', async () => {
  const client = await clientWith(opened());
  client.send('hello?');
  await passes(10_100);
  const socket = await connect(opened({ resumed: true }));
  expect(FakeWebSocket.made).toHaveLength(2);
  expect(socket.of('message')).toMatchObject([{ text: 'hello?' }]);
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
