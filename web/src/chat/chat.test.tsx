import { act, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import {
  accepted,
  acknowledged,
  citation,
  cited,
  errorFrame,
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
import { FakeWebSocket } from '../../test/fake-socket';
import { startPrompts } from '../prompts';
import { Chat } from './chat';
import { ChatClient } from './chat-client';
import type { ServerEvent, ServerFrame } from './protocol';
import { SavedChats } from './saved-chats';

let cursor = 0;
let client: ChatClient;

function deliver(...frames: ServerFrame[]): void {
  act(() => {
    for (const each of frames) FakeWebSocket.last.deliver(each);
  });
}

function happen(...events: ServerEvent[]): void {
  deliver(...events.map((event) => frame(`1-${++cursor}`, event)));
}

/** A page on a new conversation, connected. */
async function openPage(): Promise<ReturnType<typeof userEvent.setup>> {
  const saved = new SavedChats(localStorage);
  client = new ChatClient({ url: 'ws://x/ws', saved, WebSocket: FakeWebSocket });
  client.open();
  render(<Chat client={client} />);
  await vi.waitFor(() => FakeWebSocket.last);
  act(() => FakeWebSocket.last.accept());
  deliver(opened());
  return userEvent.setup();
}

async function write(user: ReturnType<typeof userEvent.setup>, text: string): Promise<string> {
  await user.type(screen.getByRole('textbox', { name: 'Message' }), text);
  return String(FakeWebSocket.last.of('message').at(-1)?.client_id);
}

const messages = (role: string) =>
  screen.queryAllByTestId('message').filter((message) => message.dataset.role === role);
const answer = (text: string) => [replyStart(), replyText(text), replyEnd()];

beforeEach(() => {
  FakeWebSocket.reset();
  localStorage.clear();
  cursor = 0;
});
afterEach(() => client.close());

test('the page says how it is connected', async () => {
  await openPage();
  expect(screen.getByTestId('connection')).toHaveTextContent('Connected');
  act(() => FakeWebSocket.last.drop(1006));
  expect(screen.getByTestId('connection')).toHaveTextContent('Disconnected');
  expect(screen.getByTestId('banner')).toHaveTextContent('Reconnecting');
});

test('a message goes from sending over sent to answered', async () => {
  const user = await openPage();
  const id = await write(user, 'hi{Enter}');
  const [message] = messages('user');
  expect(message).toHaveAttribute('data-status', 'sending');
  deliver(acknowledged(id));
  expect(message).toHaveAttribute('data-status', 'sent');
  happen(accepted(id, 'hi'), runStarted(), ...answer('Hello!'), runFinished([`m-${id}`]));
  expect(message).toHaveAttribute('data-status', 'answered');
  expect(messages('user')).toHaveLength(1);
  expect(messages('assistant')[0]).toHaveTextContent('Hello!');
});

test('shift and enter break the line instead of sending', async () => {
  const user = await openPage();
  await write(user, 'one{Shift>}{Enter}{/Shift}two');
  expect(FakeWebSocket.last.of('message')).toEqual([]);
  await user.keyboard('{Enter}');
  expect(FakeWebSocket.last.of('message')).toMatchObject([{ text: 'one\ntwo' }]);
  expect(screen.getByRole('textbox', { name: 'Message' })).toHaveValue('');
});

test('neither an empty nor an overlong message can be sent', async () => {
  const user = await openPage();
  const box = screen.getByRole('textbox', { name: 'Message' });
  expect(screen.getByRole('button', { name: 'Send' })).toBeDisabled();
  await user.click(box);
  await user.paste('x'.repeat(4001));
  expect(screen.getByRole('button', { name: 'Send' })).toBeDisabled();
  expect(document.body).toHaveTextContent('1 characters too many');
  await user.type(box, '{Backspace}');
  expect(screen.getByRole('button', { name: 'Send' })).toBeEnabled();
});

test('a suggestion is sent as it stands', async () => {
  const user = await openPage();
  await user.click(screen.getAllByTestId('suggestion')[1] as HTMLElement);
  expect(FakeWebSocket.last.of('message')).toMatchObject([
    { text: startPrompts[1]?.words.en.text },
  ]);
  expect(screen.queryAllByTestId('suggestion')).toEqual([]);
});

test('a person is one click away at any time', async () => {
  const user = await openPage();
  happen(accepted('x', 'hi'), runStarted(), replyStart(), replyText('well'));
  await user.click(screen.getByRole('button', { name: 'Talk to a person' }));
  expect(FakeWebSocket.last.of('message')).toMatchObject([
    { text: 'I would like to talk to a person.' },
  ]);
});

test('the status says what is being done, until words come', async () => {
  await openPage();
  happen(accepted('x', 'hi'));
  expect(screen.getByTestId('status')).toHaveTextContent('Thinking…');
  happen(runStarted(), status('Looking up your order…'));
  expect(screen.getByTestId('status')).toHaveTextContent('Looking up your order…');
  happen(replyStart());
  expect(screen.queryByTestId('status')).toBeNull();
});

test('an answer that takes long is said to take long', async () => {
  await openPage();
  vi.useFakeTimers();
  happen(accepted('x', 'hi'));
  act(() => vi.advanceTimersByTime(9_000));
  expect(screen.getByTestId('status')).not.toHaveTextContent('Still working');
  act(() => vi.advanceTimersByTime(2_000));
  expect(screen.getByTestId('status')).toHaveTextContent('Still working on it…');
  act(() => vi.advanceTimersByTime(40_000));
  expect(screen.getByTestId('status')).toHaveTextContent('talk to a person');
  vi.useRealTimers();
});

test('an answer can be stopped while it is written', async () => {
  const user = await openPage();
  happen(accepted('x', 'hi'), runStarted(), replyStart(), replyText('so far'));
  await user.click(screen.getByRole('button', { name: 'Stop' }));
  expect(FakeWebSocket.last.of('stop')).toHaveLength(1);
  expect(screen.getByRole('button', { name: 'Stopping…' })).toBeDisabled();
  happen(replyEnd(), runFinished(['m-x'], 'cancelled'));
  expect(messages('assistant')[0]).toHaveTextContent(/so far.*You stopped this answer/);
  expect(screen.queryByRole('button', { name: /Stop/ })).toBeNull();
});

test.each([
  ['rate_limited', 'faster than we can read'],
  ['busy', 'still waiting for an answer'],
  ['unavailable', 'cannot be reached'],
  ['budget_exhausted', 'A person can still help you'],
  ['internal', 'on our side'],
] as const)('a message refused as %s says why and can be sent again', async (code, why) => {
  const user = await openPage();
  const id = await write(user, 'hi{Enter}');
  deliver(errorFrame(code, id));
  const alert = screen.getByRole('alert');
  expect(alert).toHaveTextContent(why);
  await user.click(within(alert).getByRole('button', { name: 'Send again' }));
  expect(FakeWebSocket.last.of('message')).toHaveLength(2);
  expect(messages('user')[0]).toHaveAttribute('data-status', 'sending');
});

test('a source opens beside the conversation, and the focus comes back', async () => {
  const user = await openPage();
  happen(...answer('Within 30 days [1].'), cited([citation]));
  const mark = screen.getByRole('button', { name: 'Source 1: Return policy' });
  await user.click(mark);
  const panel = screen.getByRole('dialog', { name: 'Source 1' });
  expect(within(panel).getByRole('heading', { name: 'Return policy' })).toBeVisible();
  expect(panel).toHaveTextContent('Returns');
  expect(panel).toHaveTextContent('Within 30 days of delivery.');
  await user.keyboard('{Escape}');
  expect(screen.queryByRole('dialog')).toBeNull();
  expect(mark).toHaveFocus();
});

test('a mark whose source has not come is no button yet', async () => {
  await openPage();
  happen(replyStart(), replyText('Within 30 days [1].'));
  expect(screen.queryByRole('button', { name: /Source 1/ })).toBeNull();
  happen(replyEnd(), cited([citation]));
  expect(screen.getByRole('button', { name: /Source 1/ })).toBeEnabled();
});

test('the order card is drawn from the data of the order', async () => {
  await openPage();
  happen(orderShown(order));
  const card = screen.getByTestId('order-card');
  expect(card).toHaveTextContent('Order #1042');
  expect(card).toHaveTextContent('On its way');
  expect(card).toHaveTextContent('1Z999');
  expect(card).toHaveTextContent(/2 × Merino socks.*48\.00/);
  expect(within(card).getAllByText('(done)')).toHaveLength(3);
});

test('an order in a status nobody has heard of is shown in its own words', async () => {
  await openPage();
  happen(orderShown({ order_id: '7', status: 'held_at_customs' }));
  expect(screen.getByTestId('order-card')).toHaveTextContent('Held at customs');
});

test('a reply can be rated with a reason, and the vote taken back', async () => {
  const user = await openPage();
  happen(...answer('Hello!'));
  const down = screen.getByRole('button', { name: 'Not helpful' });
  await user.click(down);
  expect(down).toHaveAttribute('aria-pressed', 'true');
  await user.type(screen.getByRole('textbox', { name: /What was wrong/ }), 'wrong order');
  await user.click(
    within(messages('assistant')[0] as HTMLElement).getByRole('button', { name: 'Send' }),
  );
  await user.click(down);
  expect(down).toHaveAttribute('aria-pressed', 'false');
  expect(FakeWebSocket.last.of('feedback')).toMatchObject([
    { message_id: 'r1', rating: 'down' },
    { message_id: 'r1', rating: 'down', reason: 'wrong order' },
    { message_id: 'r1', rating: 'none' },
  ]);
});

test('a reply can be copied as Markdown', async () => {
  const user = await openPage();
  happen(...answer('Hello **you**'));
  await user.click(screen.getByRole('button', { name: 'Copy reply' }));
  expect(await navigator.clipboard.readText()).toBe('Hello **you**');
  expect(document.body).toHaveTextContent('Copied');
});

test('an apology offers to ask again', async () => {
  const user = await openPage();
  happen(accepted('x', 'my question'), runStarted(), ...answer('Sorry.'), {
    type: 'RUN_ERROR',
    message: 'Sorry.',
    metadata: { in_reply_to: ['m-x'] },
  });
  await user.click(screen.getByRole('button', { name: 'Ask again' }));
  expect(FakeWebSocket.last.of('message')).toMatchObject([{ text: 'my question' }]);
});

test('a complete reply is announced once, and its halves never', async () => {
  await openPage();
  const spoken = () =>
    screen.queryAllByRole('status').filter((region) => region.matches('.sr-only'));
  happen(replyStart(), replyText('Within **30'));
  expect(messages('assistant')[0]).toHaveAttribute('aria-busy', 'true');
  expect(spoken().map((region) => region.textContent)).toEqual(['']);
  happen(replyText(' days** [1].'), replyEnd());
  expect(messages('assistant')[0]).toHaveAttribute('aria-busy', 'false');
  expect(spoken().map((region) => region.textContent)).toEqual(['Juniper said: Within 30 days .']);
});

test('an earlier conversation can be opened from the list', async () => {
  const user = await openPage();
  happen(accepted('x', 'about my order'));
  await user.click(screen.getByRole('button', { name: 'New conversation' }));
  await vi.waitFor(() => expect(FakeWebSocket.made).toHaveLength(2));
  act(() => FakeWebSocket.last.accept());
  deliver(opened({ conversation_id: 'c2' }));
  expect(messages('user')).toEqual([]);
  await user.click(screen.getByRole('button', { name: 'Your conversations' }));
  await user.click(screen.getByRole('button', { name: /about my order/ }));
  await vi.waitFor(() => expect(FakeWebSocket.made).toHaveLength(3));
  await act(async () => FakeWebSocket.last.accept());
  expect(FakeWebSocket.last.sent).toMatchObject([{ type: 'resume', conversation_id: 'c1' }]);
});

test('an expired session shows the way to a new conversation', async () => {
  const user = await openPage();
  happen(accepted('x', 'hi'));
  act(() => FakeWebSocket.last.drop(4401));
  await user.click(screen.getByRole('button', { name: 'Start a new conversation' }));
  await vi.waitFor(() => expect(FakeWebSocket.made).toHaveLength(2));
});
