import { now } from './clock.js';

const units = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const satisfies readonly (readonly [Intl.RelativeTimeFormatUnit, number])[];

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/** `5 minutes ago`, `in 2 hours`. */
export function tellTime(time: string | number): string {
  const seconds = Math.round((new Date(time).getTime() - now()) / 1000);
  if (Number.isNaN(seconds)) return '';
  const [unit, size] = units.find(([, length]) => Math.abs(seconds) >= length) ?? ['second', 1];
  return Math.abs(seconds) < 5 ? 'just now' : relative.format(Math.trunc(seconds / size), unit);
}

/** `14:05:09`, as the reader's clock has it. */
export function clockTime(time: number): string {
  return new Date(time).toLocaleTimeString();
}
