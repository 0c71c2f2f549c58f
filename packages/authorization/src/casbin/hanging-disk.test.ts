import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { silentLog } from '@agentflow/core';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { policyFolder } from '../../../../test/harness/policies.js';
import { createReloading } from './reloading.js';

/* A disk that does not even say whether a file has changed: what is loaded may be out of date, and nobody knows. */

vi.mock('node:fs/promises', { spy: true });

const hour = 3_600_000;
const deadline = 30_000;

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] }));
afterEach(() => {
  vi.useRealTimers();
  vi.mocked(stat).mockReset();
});

const turn = () => new Promise((resolve) => setImmediate(resolve));

const timing = { intervalMilliseconds: hour, maxStalenessMilliseconds: hour, deadlineMilliseconds: deadline };

test('makes the policy stale, takes one thread at most, and is forgotten once it answers', async () => {
  const files = ['policy.csv', 'model.conf'];
  const directory = policyFolder({ 'policy.csv': '', 'model.conf': '' });
  const clock = { time: 0, now: () => clock.time };
  const policy = await createReloading({
    files: files.map((file) => join(directory, file)),
    load: async () => 'the policy',
    ...{ ...timing, clock, log: silentLog },
  });
  onTestFinished(() => policy.close());

  const asked = vi.mocked(stat).mock.calls.length;
  const release: (() => void)[] = [];
  const hanging = () => new Promise<never>((_resolve, reject) => release.push(() => reject(new Error('EIO'))));
  vi.mocked(stat).mockImplementation(hanging);
  const looking = policy.look();
  await vi.advanceTimersByTimeAsync(deadline);
  await looking;
  for (let look = 0; look < 10; look++) await policy.look();
  expect(vi.mocked(stat).mock.calls.length).toBe(asked + 1);
  expect([policy.current(), policy.ready()]).toEqual(['the policy', true]);

  clock.time += hour;
  expect(() => policy.current()).toThrow(/the disk of the policy did not answer within 30000 ms/);
  expect(policy.ready()).toMatch(/did not answer/);

  vi.mocked(stat).mockReset();
  for (const end of release) end();
  // The look that hung still has another file to ask for.
  for (let look = 0; look < 1_000 && policy.ready() !== true; look++) {
    await turn();
    await policy.look();
  }
  expect([policy.current(), policy.ready()]).toEqual(['the policy', true]);
});

test('a start is not waited for without end', async () => {
  const disk = { isAsked: false };
  const starting = createReloading({
    files: [join(policyFolder({ 'policy.csv': '' }), 'policy.csv')],
    load: () => {
      disk.isAsked = true;
      return new Promise<never>(() => undefined);
    },
    ...{ ...timing, clock: { now: () => 0 }, log: silentLog },
  });
  const refused = expect(starting).rejects.toThrow('loading the policy did not answer within 30000 ms');
  while (!disk.isAsked) await turn();
  await vi.advanceTimersByTimeAsync(deadline);
  await refused;
});
