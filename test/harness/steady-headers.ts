import type { IncomingHttpHeaders } from 'node:http';

/** When it was, which request, and what of a limit is left at that moment. */
const momentary = new Set([
  ...['date', 'x-request-id', 'ratelimit'],
  ...['x-ratelimit-remaining', 'x-ratelimit-reset', 'x-ratelimit-reset-after'],
]);

/** The header fields of an answer, without those that differ between any two. */
export function steadyHeaders(headers: Headers | IncomingHttpHeaders): Readonly<Record<string, unknown>> {
  const all: readonly (readonly [string, unknown])[] =
    headers instanceof Headers ? [...headers] : Object.entries(headers);
  return Object.fromEntries(all.filter(([name]) => !momentary.has(name)));
}
