import {
  accepted,
  acknowledged,
  chatAfter,
  citation,
  cited,
  frame,
  opened,
  order,
  orderShown,
  replyEnd,
  replyStart,
  replyText,
  runFinished,
  runStarted,
  status,
} from '../../test/builders';
import { reduce } from './chat-reducer';
import { type ChatState, type Entry, isWaiting, unrecordedVotes } from './chat-state';
import type { ServerEvent, SnapshotMessage } from './protocol';

const written = { type: 'written', clientId: 'a', text: 'hi', at: '2026-11-20T10:00:00Z' } as const;
const failure = { code: 'rate_limited', message: '', retryAfterMs: 500 } as const;

function logged(chat: ChatState, cursor: string, event: ServerEvent): ChatState {
  return reduce(chat, { type: 'frame', frame: frame(cursor, event) });
}

function texts(chat: ChatState): string[] {
  return chat.entries.map((entry: Entry) => ('text' in entry ? (entry.text ?? '') : entry.kind));
}

function statuses(chat: ChatState): string[] {
  return chat.entries.flatMap((entry) => (entry.kind === 'customer' ? [entry.status] : []));
}

test('one message stays one bubble from the echo to the answer', () => {
  let chat = reduce(chatAfter(), written);
  expect(statuses(chat)).toEqual(['sending']);
  chat = reduce(chat, { type: 'frame', frame: acknowledged('a') });
  expect(statuses(chat)).toEqual(['sent']);
  chat = logged(chat, '1-1', accepted('a', 'hi'));
  expect(statuses(chat)).toEqual(['sent']);
  chat = logged(chat, '1-2', runFinished(['m-a']));
  expect(statuses(chat)).toEqual(['answered']);
  expect(texts(chat)).toEqual(['hi']);
});

test('a message of another tab appears, in the order of the log', () => {
  const chat = logged(reduce(chatAfter(), written), '1-1', accepted('b', 'from the other tab'));
  expect(texts(chat)).toEqual(['from the other tab', 'hi']);
});

test('a message takes its place after what the log has before it', () => {
  let chat = reduce(chatAfter(accepted('x', 'first'), runStarted()), written);
  chat = logged(chat, '1-3', replyStart());
  chat = logged(chat, '1-4', replyText('answer'));
  chat = logged(chat, '1-5', accepted('a', 'hi'));
  expect(texts(chat)).toEqual(['first', 'answer', 'hi']);
});

test('a frame seen before changes nothing', () => {
  const chat = chatAfter(accepted('a', 'hi'), replyStart(), replyText('once'));
  expect(logged(chat, '1-3', replyText('once'))).toBe(chat);
  expect(logged(chat, '1-2', replyStart())).toBe(chat);
});

test('a reply begun again by another worker drops the text of the first', () => {
  const chat = chatAfter(
    runStarted(),
    replyStart(),
    replyText('half of'),
    runStarted(),
    replyStart(),
  );
  expect(texts(logged(chat, '2-1', replyText('whole')))).toEqual(['whole']);
});

test('a run begun again clears the status of the first attempt', () => {
  const chat = chatAfter(runStarted(), status('Looking up your order…'));
  expect(chat.run?.status).toBe('Looking up your order…');
  expect(logged(chat, '2-1', runStarted()).run?.status).toBeNull();
});

test('the status ends with the run', () => {
  const chat = chatAfter(accepted('a', 'hi'), runStarted(), status('…'), runFinished(['m-a']));
  expect(chat.run).toBeNull();
  expect(isWaiting(chat)).toBe(false);
});

test('the customer waits from the acceptance until words come', () => {
  const waiting = chatAfter(accepted('a', 'hi'));
  expect(isWaiting(waiting)).toBe(true);
  const running = logged(waiting, '1-2', runStarted());
  expect(isWaiting(running)).toBe(true);
  expect(isWaiting(logged(running, '1-3', replyStart()))).toBe(false);
});

test('a stopped answer keeps its text and is marked', () => {
  const chat = chatAfter(
    runStarted(),
    replyStart(),
    replyText('so far'),
    runFinished([], 'cancelled'),
  );
  expect(chat.entries).toMatchObject([
    { kind: 'reply', text: 'so far', stopped: true, streaming: false },
  ]);
});

test('stopping before the first word leaves a trace', () => {
  const chat = chatAfter(accepted('a', 'hi'), runStarted(), runFinished(['m-a'], 'cancelled'));
  expect(chat.entries.at(-1)).toMatchObject({ kind: 'notice', about: 'stopped' });
});

test('an apology is marked as a failure and its message as answered', () => {
  const chat = chatAfter(
    accepted('a', 'hi'),
    runStarted(),
    replyStart(),
    replyText('sorry'),
    replyEnd(),
    { type: 'RUN_ERROR', message: 'sorry', metadata: { in_reply_to: ['m-a'] } },
  );
  expect(statuses(chat)).toEqual(['answered']);
  expect(chat.entries.at(-1)).toMatchObject({ failed: true, inReplyTo: ['m-a'] });
});

test('a run that fails without a word still says so', () => {
  const chat = chatAfter(runStarted(), { type: 'RUN_ERROR', message: 'no luck' });
  expect(chat.entries).toMatchObject([{ kind: 'notice', about: 'failed', text: 'no luck' }]);
});

test('an order card is drawn once, with its newest data', () => {
  const chat = chatAfter(orderShown(order), orderShown({ ...order, status: 'delivered' }));
  expect(chat.entries).toMatchObject([{ kind: 'order', order: { status: 'delivered' } }]);
});

test('citations belong to their message', () => {
  expect(chatAfter(replyStart(), cited([citation])).citations).toEqual({ r1: [citation] });
});

test('a snapshot replaces all but what has not been sent', () => {
  const messages: SnapshotMessage[] = [
    { role: 'user', id: 'm1', content: 'old', metadata: { client_id: 'x', at: 0, answered: true } },
    { role: 'activity', id: 'o1', activityType: 'order', content: { order } },
    {
      role: 'assistant',
      id: 'r1',
      content: 'reply',
      metadata: { in_reply_to: ['m1'], feedback: { rating: 'up', reason: null } },
    },
    {
      role: 'activity',
      id: 'r1:citations',
      activityType: 'citations',
      content: { message_id: 'r1', citations: [citation] },
    },
    { role: 'assistant', id: 'r2', content: '', metadata: { stopped: true } },
  ];
  const before = reduce(chatAfter(accepted('gone', 'gone')), written);
  const chat = logged(before, '3-0', { type: 'MESSAGES_SNAPSHOT', messages });
  expect(texts(chat)).toEqual(['old', 'order', 'reply', '', 'hi']);
  expect(chat.entries[0]).toMatchObject({
    key: 'x',
    status: 'answered',
    at: '1970-01-01T00:00:00.000Z',
  });
  expect(chat.entries[3]).toMatchObject({ kind: 'notice', about: 'stopped' });
  expect(chat.citations).toEqual({ r1: [citation] });
  expect(chat.votes.r1).toMatchObject({ rating: 'up' });
  expect(chat).toMatchObject({ cursor: '3-0', loaded: true, run: null });
});

test('a handover is still to be seen in a snapshot, after the words that told of it', () => {
  const messages: SnapshotMessage[] = [
    {
      role: 'assistant',
      id: 'r1',
      content: 'A colleague will write to you.',
      metadata: { handoff: 'customer_asked' },
    },
  ];
  const { entries } = chatAfter({ type: 'MESSAGES_SNAPSHOT', messages });
  expect(entries.map((entry) => entry.kind)).toEqual(['reply', 'notice']);
  expect(entries[1]).toMatchObject({ about: 'handoff' });
});

test('a snapshot that has the message already ends its waiting', () => {
  const messages: SnapshotMessage[] = [
    { role: 'user', id: 'm-a', content: 'hi', metadata: { client_id: 'a', answered: false } },
  ];
  const chat = logged(reduce(chatAfter(), written), '1-0', { type: 'MESSAGES_SNAPSHOT', messages });
  expect(statuses(chat)).toEqual(['sent']);
});

test('a snapshot counts even when it lies before the last frame', () => {
  const chat = logged(chatAfter(replyStart()), '0-0', { type: 'MESSAGES_SNAPSHOT', messages: [] });
  expect(chat).toMatchObject({ cursor: '0-0', entries: [] });
});

test('coming back with a position keeps it, without one waits for the snapshot', () => {
  const chat = chatAfter(replyStart());
  const back = (resumed: boolean) =>
    reduce(chat, { type: 'frame', frame: opened({ resumed, cursor: '9-9' }) }).cursor;
  expect(back(true)).toBe('1-1');
  expect(back(false)).toBeNull();
});

test('only a message that is being sent can fail', () => {
  const sending = reduce(chatAfter(), written);
  const failed = reduce(sending, { type: 'message failed', clientId: 'a', failure });
  expect(failed.entries[0]).toMatchObject({ status: 'failed', failure });
  const sent = reduce(sending, { type: 'frame', frame: acknowledged('a') });
  expect(statuses(reduce(sent, { type: 'message failed', clientId: 'a', failure }))).toEqual([
    'sent',
  ]);
});

test('a vote that is refused falls back to the last one recorded', () => {
  const vote = { message_id: 'r1', rating: 'up', reason: null } as const;
  let chat = chatAfter({ type: 'CUSTOM', name: 'feedback.recorded', value: vote });
  const voted = (clientId: string, rating: 'down' | 'none') =>
    reduce(chat, { type: 'voted', clientId, messageId: 'r1', rating, reason: null });
  chat = voted('v1', 'down');
  chat = voted('v2', 'none');
  expect(chat.votes.r1?.rating).toBe('none');
  expect(unrecordedVotes(chat).map(({ clientId }) => clientId)).toEqual(['v2']);
  expect(reduce(chat, { type: 'vote refused', clientId: 'v2' }).votes.r1).toEqual(vote);
});

test('an event that is not known is passed over', () => {
  const chat = chatAfter(replyStart());
  const next = logged(chat, '1-2', { type: 'STEP_STARTED', stepName: 'x' });
  expect(next).toEqual({ ...chat, cursor: '1-2' });
});
