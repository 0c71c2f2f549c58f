import { type CredentialUse, type LogFields, type MetNetwork, type StoredApiKey, silentLog } from '@agentflow/core';
import { beforeEach, describe, expect, test } from 'vitest';
import { testPeppers } from '../../../../../test/harness/key-issuing.js';
import { createUnusualUse } from '../unusual-use.js';
import { createUseRecord } from './record-uses.js';

/* Security bar 34: what is noted of uses: coarsely, behind the requests, and never in their way. */

const minute = 60_000;
let now = 0;
const clock = { now: () => now };
const keyOf = (id: string, lastUsedAt?: number) => ({ id, name: `key ${id}`, lastUsedAt }) as StoredApiKey;

beforeEach(() => {
  now = Date.parse('2026-01-01T00:00:00Z');
});

describe('when a key was last used', () => {
  function recording(write: (uses: readonly { readonly id: string; readonly at: number }[]) => Promise<void>) {
    const told: LogFields[] = [];
    const log = { ...silentLog, warn: (fields: LogFields) => void told.push(fields) };
    return { record: createUseRecord(async () => ({ apiKeys: { recordUses: write } }), { clock, log }), told };
  }

  test('ten thousand uses of two keys are one batch of two, and none more within the minute', async () => {
    const batches: unknown[] = [];
    const { record } = recording(async (uses) => void batches.push(uses));
    for (let use = 0; use < 10_000; use += 1) record.note(keyOf(use % 2 === 0 ? 'a' : 'b'));
    await record.flush();
    now += minute - 1;
    record.note(keyOf('a'));
    record.note(keyOf('c', now - 10));
    await record.flush();
    expect(batches).toEqual([
      [
        { id: 'a', at: now - minute + 1 },
        { id: 'b', at: now - minute + 1 },
      ],
    ]);
    now += 1;
    record.note(keyOf('a'));
    await record.flush();
    expect(batches[1]).toEqual([{ id: 'a', at: now }]);
  });

  test('a database that fails is told of in the log, and nobody else hears of it', async () => {
    const { record, told } = recording(() => Promise.reject(new Error('away')));
    record.note(keyOf('a'));
    await record.flush();
    expect(told).toMatchObject([{ keys: 1 }]);
  });
});

describe('unusual use', () => {
  function watching(meet: (id: string, network: string) => Promise<MetNetwork>) {
    const events: string[] = [];
    const unusual = createUnusualUse({
      open: async () => ({ apiKeys: { meet } }),
      digest: (text) => testPeppers.current.mac('a test', text).toString('base64url').slice(0, 22),
      clock,
      log: silentLog,
    });
    const use = (address: string): CredentialUse => ({
      address,
      recordChange: (event, { keyId }) => void events.push(`${event} ${JSON.stringify(keyId)}`),
    });
    const settled = () => new Promise((resolve) => setImmediate(resolve));
    return {
      events,
      note: async (address: string, id = 'a') => {
        unusual.note(keyOf(id), use(address));
        await settled();
      },
    };
  }

  function remembering() {
    const met = new Map<string, Set<string>>();
    const asked: string[] = [];
    const meet = async (id: string, network: string) => {
      asked.push(network);
      const known = met.get(id) ?? new Set<string>();
      met.set(id, known);
      const found = { isNew: !known.has(network), others: known.size };
      known.add(network);
      return found;
    };
    return { ...watching(meet), asked };
  }

  test('from another network, once in a while; moving within one is nothing', async () => {
    const { note, events, asked } = remembering();
    for (const address of ['192.0.2.1', '192.0.2.200', '::ffff:192.0.2.7']) await note(address);
    expect([events, asked.length]).toEqual([[], 1]);
    await note('198.51.100.1');
    await note('203.0.113.1');
    expect(events).toEqual(['api-key-used-elsewhere "a"']);
    now += 10 * minute;
    await note('2001:db8:1::1');
    await note('2001:db8:1:ffff::2');
    expect(events).toEqual(['api-key-used-elsewhere "a"', 'api-key-used-elsewhere "a"']);
    await note('198.51.100.1', 'b');
    expect(events).toHaveLength(2);
    for (const network of asked) expect(network).toMatch(/^[\w-]{22}$/);
    expect(new Set(asked).size).toBe(asked.length);
  });

  test('what cannot be noted is asked again, and is in nobody’s way', async () => {
    let calls = 0;
    const { note, events } = watching(() => {
      calls += 1;
      return Promise.reject(new Error('away'));
    });
    await note('192.0.2.1');
    await note('192.0.2.1');
    expect([calls, events]).toEqual([2, []]);
  });

  test('far more often than usual, once it is known what is usual', async () => {
    const { note, events } = remembering();
    const inOneMinute = async (uses: number) => {
      for (let use = 0; use < uses; use += 1) await note('192.0.2.1');
      now += minute;
    };
    await inOneMinute(500);
    expect(events).toEqual([]);
    for (let past = 0; past < 30; past += 1) await inOneMinute(5);
    await inOneMinute(95);
    expect(events).toEqual([]);
    for (let past = 0; past < 30; past += 1) await inOneMinute(5);
    await inOneMinute(600);
    await inOneMinute(600);
    expect(events).toEqual(['api-key-used-unusually "a"']);
  });
});
