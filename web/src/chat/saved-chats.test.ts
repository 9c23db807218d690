import { saved } from '../../test/chat-client';
import { SavedChats } from './saved-chats';

beforeEach(() => localStorage.clear());

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
