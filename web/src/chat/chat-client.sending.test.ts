import {
  acknowledged,
  errorFrame,
  frame,
  opened,
  replyEnd,
  replyStart,
  replyText,
  runFinished,
} from '../../test/builders';
import { clientWith, connect, onFakeTime, passes, saved, statuses } from '../../test/chat-client';
import { FakeWebSocket } from '../../test/fake-socket';
import { watchReplies } from './replies';

onFakeTime();

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
