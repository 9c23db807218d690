import { act, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { chatAfter } from '../../test/builders';
import { ActionCard } from './action-card';
import { reduce } from './chat-reducer';
import type { ActionEntry, ChatState } from './chat-state';

const later = new Date(Date.now() + 60_000).toISOString();

function proposed(expires_at = later) {
  const content = {
    action_id: 'a1',
    tool: 'cancel_order',
    arguments: { order_id: '1042', copies: 2 },
    expires_at,
  };
  return {
    type: 'ACTIVITY_SNAPSHOT' as const,
    messageId: 'a1',
    activityType: 'action' as const,
    content,
  };
}

function actionOf(chat: ChatState): ActionEntry {
  const [entry] = chat.entries;
  if (entry?.kind !== 'action') throw new Error('no action');
  return entry;
}

const asked = (chat: ChatState) =>
  reduce(chat, { type: 'action asked', key: 'a1', clientId: 'c1', answer: 'confirmed' });

test('what would be done stands in full, and either answer is one press away', async () => {
  const onAnswer = vi.fn();
  render(<ActionCard entry={actionOf(chatAfter(proposed()))} onAnswer={onAnswer} />);
  expect(screen.getByTestId('action')).toHaveTextContent(/Cancel an order.*Order1042.*Copies2/);
  await userEvent.click(screen.getByRole('button', { name: 'Decline' }));
  await userEvent.click(screen.getByRole('button', { name: 'Confirm' }));
  expect(onAnswer.mock.calls).toEqual([['declined'], ['confirmed']]);
});

test('an answer that is on its way cannot be given again', () => {
  render(<ActionCard entry={actionOf(asked(chatAfter(proposed())))} onAnswer={vi.fn()} />);
  expect(screen.getByRole('button', { name: 'Confirm' })).toBeDisabled();
});

test('what was answered in any tab has no buttons any more', () => {
  const value = { action_id: 'a1', message_id: 'm1', answer: 'declined' as const };
  const answered = { type: 'CUSTOM' as const, name: 'action.answered' as const, value };
  const entry = actionOf(asked(chatAfter(proposed(), answered)));
  render(<ActionCard entry={entry} onAnswer={vi.fn()} />);
  expect(screen.queryByRole('button')).toBeNull();
  expect(screen.getByRole('status')).toHaveTextContent('You declined this.');
});

test('a proposal expires before the eyes of the customer', () => {
  vi.useFakeTimers();
  render(<ActionCard entry={actionOf(chatAfter(proposed()))} onAnswer={vi.fn()} />);
  act(() => vi.advanceTimersByTime(61_000));
  expect(screen.queryByRole('button')).toBeNull();
  expect(screen.getByRole('status')).toHaveTextContent('This has expired.');
  vi.useRealTimers();
});

test('an answer that came too late is told', () => {
  const refused = reduce(asked(chatAfter(proposed())), { type: 'action refused', clientId: 'c1' });
  render(<ActionCard entry={actionOf(refused)} onAnswer={vi.fn()} />);
  expect(screen.getByRole('status')).toHaveTextContent('can no longer be answered');
});

test('a proposal that lasts for years has not expired', async () => {
  render(
    <ActionCard entry={actionOf(chatAfter(proposed('2099-01-01T00:00:00Z')))} onAnswer={vi.fn()} />,
  );
  await new Promise((resolve) => setTimeout(resolve));
  expect(screen.getByRole('button', { name: 'Confirm' })).toBeEnabled();
});
