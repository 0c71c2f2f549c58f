import { expect, test } from 'vitest';
import { UnavailableError } from '../../errors.js';
import { silentLog } from '../../log.js';
import type { RequestRecord } from './audit.js';
import { reportFault } from './report-fault.js';

/* What the log has of a request that failed: all of a mistake in the code, and of what is merely away the reason alone. */

const record = { id: 'r1', incoming: { signal: new AbortController().signal } } as RequestRecord;

function logged(error: unknown) {
  const lines: unknown[] = [];
  reportFault(error, record, { ...silentLog, error: (fields, message) => lines.push([fields, message]) });
  return lines;
}

test.each([
  ['what was thrown', new TypeError('x is not a function'), undefined],
  ['what was behind it', new UnavailableError({ reason: 'a plugin threw', cause: 'down' }), 'down'],
])('%s is told with its stack', (_what, error, cause) => {
  expect(logged(error)).toEqual([[{ requestId: 'r1', error: cause ?? error }, 'a request failed']]);
});

test('what has a reason and no cause is told by its reason', () => {
  const away = new UnavailableError({ reason: 'the provider "staff" cannot be asked (ECONNREFUSED)' });
  expect(logged(away)).toEqual([
    [{ requestId: 'r1' }, 'a request failed: the provider "staff" cannot be asked (ECONNREFUSED)'],
  ]);
});
