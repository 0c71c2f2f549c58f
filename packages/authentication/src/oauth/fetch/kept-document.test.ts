import { silentLog } from '@agentflow/core';
import { beforeEach, expect, test } from 'vitest';
import { createFetchBudget } from './fetch-budget.js';
import { createKeptDocument, type KeptDocument } from './kept-document.js';

const second = 1_000;
let now: number;
let loads: number;
let answer: () => string;
let keys: KeptDocument<string>;

beforeEach(() => {
  now = 1_800_000_000_000;
  loads = 0;
  answer = () => `keys ${loads}`;
  const clock = { now: () => now };
  const budget = createFetchBudget(1_000, clock);
  const load = async () => {
    loads += 1;
    return answer();
  };
  const times = {
    cacheMilliseconds: 600 * second,
    maxStaleMilliseconds: 3_600 * second,
    cooldownMilliseconds: 30 * second,
  };
  keys = createKeptDocument(load, { what: 'the keys', ...times, budget }, { clock, log: silentLog });
});

const away = () => {
  throw new Error('no answer');
};

test('one fetch for all who ask, until it is old', async () => {
  expect(await Promise.all([keys.current(), keys.current(), keys.current()])).toEqual(['keys 1', 'keys 1', 'keys 1']);
  now += 600 * second - 1;
  expect([await keys.current(), loads]).toEqual(['keys 1', 1]);
  now += 1;
  expect([await keys.current(), loads]).toEqual(['keys 2', 2]);
});

test('what is not in it is looked for once in a while, and till then it is nobody\u2019s', async () => {
  const known = await keys.current();
  expect([await keys.newer(known), loads]).toEqual([undefined, 1]);
  now += 30 * second;
  expect([await keys.newer(known), loads]).toEqual(['keys 2', 2]);
  expect([await keys.newer(known), await keys.newer('keys 2'), loads]).toEqual(['keys 2', undefined, 2]);
});

test('where it cannot be looked for, nobody says that it is nobody\u2019s: also not while it is too soon to try again', async () => {
  const known = await keys.current();
  answer = away;
  now += 30 * second;
  await expect(keys.newer(known)).rejects.toThrow('the keys are not known: no answer');
  await expect(keys.newer(known)).rejects.toThrow('the keys are not known: no answer');
  expect(loads).toBe(2);
  // Whoever needs only what is known goes on with it.
  expect(await keys.current()).toBe('keys 1');
});

test('while the provider is away, what is known is used until it is too old', async () => {
  await keys.current();
  answer = away;
  now += 4_200 * second - 1;
  expect(await keys.current()).toBe('keys 1');
  now += 1;
  await expect(keys.current()).rejects.toThrow('no answer');
  answer = () => 'keys again';
  now += 15 * second;
  expect(await keys.current()).toBe('keys again');
});
