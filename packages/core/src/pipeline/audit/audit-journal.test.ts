import { expect, test } from 'vitest';
import type { AuditEvent } from '../../audit-event.js';
import { UnavailableError } from '../../errors.js';
import { silentLog } from '../../log.js';
import type { CountedAuditEvent } from '../../stores/audit-store.js';
import { createAuditJournal } from './audit-journal.js';

const alice = { tenant: 'default', realm: 'local', subject: 'alice', roles: [] };

const event = (requestId: string, more: Partial<AuditEvent> = {}): AuditEvent => ({
  ...{ time: '2026-11-21T10:00:00.000Z', requestId, event: 'request', route: 'invokeGraph', method: 'POST' },
  ...{ path: '/v1/graph/invoke', address: '192.0.2.1', principal: alice, authenticatedBy: null, resource: null },
  ...{ action: null, resourceId: null, outcome: 'allowed', status: 200, code: null, reason: null, policyId: null },
  actors: [],
  detail: null,
  durationMilliseconds: 1,
  ...more,
});

const refused = (requestId: string, more: Partial<AuditEvent> = {}) =>
  event(requestId, {
    principal: null,
    outcome: 'refused',
    status: 401,
    code: 'AUTH_REQUIRED',
    reason: 'no credential',
    ...more,
  });

/** A store that keeps what it gets, and fails as often and in the way that a test wants. */
function createStore(fail: (events: readonly CountedAuditEvent[]) => Error | undefined = () => undefined) {
  const kept: CountedAuditEvent[] = [];
  return {
    kept,
    async append(events: readonly CountedAuditEvent[]) {
      const error = fail(events);
      if (error !== undefined) throw error;
      kept.push(...events);
    },
  };
}

const ids = ({ kept }: { kept: readonly CountedAuditEvent[] }) => kept.map(({ event: { requestId } }) => requestId);

test('every event becomes a row, once and in order, also those that come while others are written', async () => {
  const store = createStore();
  const journal = createAuditJournal({ store, log: silentLog, flushMilliseconds: 1 });
  const expected = Array.from({ length: 1000 }, (_, index) => `r${index}`);
  for (const [index, id] of expected.entries()) {
    journal.write(event(id));
    if (index % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await journal.close();
  expect(ids(store)).toEqual(expected);
});

test('answers to strangers that are alike are one row with a count; anything else has a row of its own', async () => {
  const store = createStore();
  const journal = createAuditJournal({ store, log: silentLog });
  for (let index = 0; index < 50; index += 1) journal.write(refused(`a${index}`));
  journal.write(refused('other address', { address: '192.0.2.2' }));
  journal.write(refused('other reason', { reason: 'expired' }));
  journal.write(refused('next minute', { time: '2026-11-21T10:01:00.000Z' }));
  for (let index = 0; index < 5; index += 1) journal.write(refused(`q${index}`, { reason: `no such alg "x${index}"` }));
  for (let index = 0; index < 4; index += 1) journal.write(event(`p${index}`, { principal: null, route: 'ping' }));
  const left = { outcome: 'aborted', status: 500, code: 'INTERNAL', reason: 'Error: aborted' } as const;
  for (let index = 0; index < 6; index += 1) journal.write(refused(`l${index}`, left));
  for (let index = 0; index < 7; index += 1) journal.write(refused(`f${index}`, { ...left, outcome: 'failed' }));
  for (let index = 0; index < 3; index += 1) journal.write(refused(`known ${index}`, { principal: alice }));
  await journal.close();
  expect(store.kept.map(({ event: { requestId }, count }) => [requestId, count])).toEqual([
    ['a0', 50],
    ['other address', 1],
    ['other reason', 1],
    ['next minute', 1],
    // A stranger's own words do not make a row each; nor does a probe.
    ['q0', 5],
    ['p0', 4],
    ['l0', 6],
    ['f0', 7],
    ['known 0', 1],
    ['known 1', 1],
    ['known 2', 1],
  ]);
});

test('what a stranger says in quotes makes no row of its own, however it is written', async () => {
  const store = createStore();
  const journal = createAuditJournal({ store, log: silentLog });
  const words = ['x', '', '"', '\\', '\\"', '" line "', '\u001b[31m\n', 'z'.repeat(300), '"\\" "\\', '"a'.repeat(100)];
  for (const [index, word] of words.entries()) {
    const reason = `the provider "idp": the browser brings the error ${JSON.stringify(word)}`;
    journal.write(refused(`w${index}`, { reason }));
  }
  await journal.close();
  expect(store.kept.map(({ count }) => count)).toEqual([words.length]);
});

test('a database that is away is tried again, and nothing is lost or twice', async () => {
  let failures = 3;
  const store = createStore(() => (failures-- > 0 ? new UnavailableError({ reason: 'away' }) : undefined));
  const journal = createAuditJournal({ store, log: silentLog, flushMilliseconds: 1 });
  for (let index = 0; index < 300; index += 1) journal.write(event(`r${index}`));
  await expect.poll(() => store.kept).toHaveLength(300);
  expect(new Set(ids(store)).size).toBe(300);
  await journal.close();
});

test('what is more than may wait is told, and is in the log alone', async () => {
  const told: unknown[] = [];
  const log = { ...silentLog, error: (fields: object) => void told.push(fields) };
  const store = createStore();
  const journal = createAuditJournal({ store, log, maxWaiting: 10 });
  for (let index = 0; index < 15; index += 1) journal.write(event(`r${index}`));
  await journal.close();
  expect(store.kept).toHaveLength(10);
  expect(told).toEqual([{ lost: 5 }]);
});

test('one event that the database never takes keeps no other out', async () => {
  const told: object[] = [];
  const log = { ...silentLog, error: (fields: object) => void told.push(fields) };
  const store = createStore((events) =>
    events.some(({ event: { requestId } }) => requestId === 'bad') ? new Error('invalid byte sequence') : undefined,
  );
  const journal = createAuditJournal({ store, log });
  for (const id of ['one', 'bad', 'two']) journal.write(event(id));
  await journal.close();
  expect(ids(store)).toEqual(['one', 'two']);
  expect(told).toMatchObject([{ requestId: 'bad' }]);
});

test('nor does a database that goes away in between write any of them twice', async () => {
  let appended = 0;
  const store = createStore((events) => {
    if (events.some(({ event: { requestId } }) => requestId === 'bad')) return new Error('invalid byte sequence');
    appended += 1;
    return appended === 2 ? new UnavailableError({ reason: 'away' }) : undefined;
  });
  const journal = createAuditJournal({ store, log: silentLog, flushMilliseconds: 1 });
  for (const id of ['one', 'bad', 'two', 'three']) journal.write(event(id));
  await expect.poll(() => ids(store)).toEqual(['one', 'two', 'three']);
  await journal.close();
  expect(ids(store)).toEqual(['one', 'two', 'three']);
});

test('what one request is refused again and again is one row; what another is refused is another', async () => {
  const store = createStore();
  const journal = createAuditJournal({ store, log: silentLog });
  const erase = {
    event: 'use-refused',
    resource: 'tool',
    action: 'use',
    resourceId: 'erase',
    outcome: 'refused',
  } as const;
  for (let index = 0; index < 50; index += 1) journal.write(event('a', erase));
  journal.write(event('a', { ...erase, resourceId: 'send' }));
  journal.write(event('a', { ...erase, reason: 'another' }));
  journal.write(event('b', erase));
  journal.write(event('a'));
  await journal.close();
  expect(store.kept.map(({ count }) => count)).toEqual([50, 1, 1, 1, 1]);
});

test('who asks too often, known or not, does not fill the trail with it', async () => {
  const store = createStore();
  const journal = createAuditJournal({ store, log: silentLog });
  const limited = {
    outcome: 'refused',
    status: 429,
    code: 'RATE_LIMIT_EXCEEDED',
    reason: 'more than account',
  } as const;
  const bob = { ...alice, subject: 'bob' };
  for (let index = 0; index < 50; index += 1) journal.write(event(`a${index}`, limited));
  for (let index = 0; index < 5; index += 1) journal.write(event(`b${index}`, { ...limited, principal: bob }));
  for (let index = 0; index < 4; index += 1) journal.write(event(`c${index}`, { ...limited, principal: null }));
  journal.write(event('d', { ...limited, time: '2026-11-21T10:01:00.000Z' }));
  await journal.close();
  expect(store.kept.map(({ count }) => count)).toEqual([50, 5, 4, 1]);
});
