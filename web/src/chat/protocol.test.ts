import { characters, isAfter, newClientId, parseFrame } from './protocol';

test.each([
  ['1-2', '1-1', true],
  ['1-10', '1-9', true],
  ['2-1', '1-999', true],
  ['10-1', '9-9', true],
  ['1-1', '1-1', false],
  ['1-1', '2-1', false],
  ['1-1', null, true],
])('the position %s after %s: %s', (a, b, expected) => {
  expect(isAfter(a, b)).toBe(expected);
});

test.each(['', 'null', '[]', '7', '{', '{"type":"hello"}', '{"event":null}', new Blob()])(
  'nothing is made of %j',
  (data) => expect(parseFrame(data)).toBeNull(),
);

test('a text is counted as the server counts it', () => {
  expect(characters('añ👍🏽')).toBe(4);
});

test('client ids are fresh and allowed by the contract', () => {
  const ids = Array.from({ length: 100 }, newClientId);
  expect(new Set(ids).size).toBe(100);
  for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9._:-]{1,64}$/);
});
