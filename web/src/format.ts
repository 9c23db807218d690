/** Dates and money as the customer's own locale writes them. */
import { locale } from './strings';

const DAY_ONLY = /^\d{4}-\d{2}-\d{2}$/;

/** A day such as “20 Nov 2026”; a date without a time means that day everywhere. */
export function formatDay(value: string): string {
  const date = new Date(value);
  if (Number.isNaN(date.getTime())) return value;
  const timeZone = DAY_ONLY.test(value) ? 'UTC' : undefined;
  return new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeZone }).format(date);
}

export function formatTime(value: string): string {
  const date = new Date(value);
  if (Number.isNaN(date.getTime())) return '';
  return new Intl.DateTimeFormat(locale(), { timeStyle: 'short' }).format(date);
}

export function formatMoney(amount: number | string, currency: string | null | undefined): string {
  const value = Number(amount);
  if (Number.isNaN(value)) return String(amount);
  if (!currency) return value.toFixed(2);
  return new Intl.NumberFormat(locale(), { style: 'currency', currency }).format(value);
}
