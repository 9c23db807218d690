import { formatDay, formatMoney } from './format';

test('a day without a time is that day in every time zone', () => {
  expect(formatDay('2026-11-01')).toContain('1');
  expect(formatDay('2026-11-01')).toContain('2026');
});

test('what is no date is shown as it is', () => {
  expect(formatDay('next week')).toBe('next week');
});

test('money has its currency, where there is one', () => {
  expect(formatMoney('48.5', 'USD')).toMatch(/\$\s?48\.50|48,50\s?\$/);
  expect(formatMoney(48.5, null)).toBe('48.50');
  expect(formatMoney('on request', 'USD')).toBe('on request');
});
