import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Chat } from './chat/chat';
import { ChatClient } from './chat/chat-client';
import { SavedChats } from './chat/saved-chats';
import { formatDay, formatMoney } from './format';
import { choose, chosen, nearest } from './strings';
import { de } from './strings/de';
import { en } from './strings/en';

afterEach(() => {
  choose('en');
  localStorage.clear();
});

/** Every phrase of a catalogue by its path; a function says its arguments. */
function phrases(catalogue: object, path = ''): [string, string][] {
  return Object.entries(catalogue).flatMap(([name, value]) => {
    if (typeof value === 'string') return [[path + name, value]];
    if (typeof value === 'function') return [[path + name, value('⟨1⟩', '⟨2⟩')]];
    return phrases(value, `${path}${name}.`);
  });
}

test('each phrase stands in both languages, with the same values in it', () => {
  const german = new Map(phrases(de));
  for (const [path, english] of phrases(en)) {
    expect(german.get(path), path).toBeTruthy();
    expect(german.get(path)?.match(/⟨\d⟩/g), path).toEqual(english.match(/⟨\d⟩/g));
  }
  expect(german.size).toBe(phrases(en).length);
});

test('the page changes its language at once, and remembers it', async () => {
  const client = new ChatClient({ url: 'ws://x/ws', saved: new SavedChats(null) });
  const { container } = render(<Chat client={client} />);
  await userEvent.click(screen.getByRole('button', { name: 'Auf Deutsch umschalten' }));
  expect(screen.getByRole('heading', { name: 'Wie können wir helfen?' })).toBeVisible();
  expect(container.firstElementChild).toHaveAttribute('lang', 'de');
  expect(chosen()).toBe('de');
});

test('dates and money follow the language', () => {
  choose('de');
  expect(formatDay('2026-11-20')).toBe('20.11.2026');
  expect(formatMoney('1234.5', 'EUR').replaceAll('\u00a0', ' ')).toBe('1.234,50 €');
});

test.each([
  ['de-AT', 'de'],
  ['DE', 'de'],
  ['en-GB', 'en'],
  ['fr', 'en'],
])('%s is spoken to in %s', (wanted, spoken) => {
  expect(nearest(wanted)).toBe(spoken);
});
