import type { AuditEvent } from '@agentflow/core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createTerminalLog } from './terminal-log.js';

let printed = '';

beforeEach(() => {
  printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

const forged = 'x\u001b[31m\u009b2J\r\n12:00:00  200  GET /forged\n\u2028y\u202ez\u2066\u200b';

const event: AuditEvent = {
  ...{ time: '2026-11-21T10:00:00.000Z', requestId: forged, event: 'request', route: null },
  ...{ method: forged, path: forged, address: '192.0.2.1', resource: null, action: null, resourceId: null },
  principal: { tenant: 'default', realm: 'local', subject: forged, roles: [] },
  actors: [{ realm: 'local', subject: forged, roles: [] }],
  ...{ authenticatedBy: forged, outcome: 'refused', status: 401, code: 'AUTH_REQUIRED', reason: forged },
  ...{ policyId: null, detail: null, durationMilliseconds: 1 },
};

const log = createTerminalLog();

test.each<[string, () => void, number]>([
  ['an event', () => log.write(event), 2],
  ['a message', () => log.info({}, forged), 3],
  ['a warning', () => log.warn({}, forged), 3],
  ['an error', () => log.error({ error: forged }, forged), 6],
  [
    'an error with a stack',
    () => log.error({ error: Object.assign(new Error(forged), { stack: `Error: ${forged}\n    at f` }) }, 'failed'),
    5,
  ],
])('%s with the words of strangers steers no terminal and forges no line', (_what, write, count) => {
  write();
  const lines = printed.split('\n');
  expect(lines.pop()).toBe('');
  expect(lines).toHaveLength(count);
  // The first has its time, by our own clock or that of the event; nothing else begins at the margin.
  expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d {2}/);
  for (const line of lines.slice(1)) expect(line).toMatch(/^ {10}/);
  for (const line of lines) expect(line).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
});
