import { afterClose } from './close-codes';

test.each([
  [1000, 'reconnect'],
  [1003, 'give up'],
  [1006, 'reconnect'],
  [1008, 'give up'],
  [1009, 'give up'],
  [1012, 'reconnect'],
  [1013, 'reconnect'],
  [4401, 'session expired'],
  [4408, 'reconnect on return'],
  [4429, 'reconnect later'],
])('after a close with %i: %s', (code, expected) => {
  expect(afterClose(code)).toBe(expected);
});
