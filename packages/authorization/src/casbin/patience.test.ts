import { setTimeout as sleep } from 'node:timers/promises';
import { DeadlineError } from '@agentflow/core';
import { expect, test } from 'vitest';
import { createPatience } from './patience.js';

test('what answers is handed on, and what throws too, at once or later', async () => {
  const wait = createPatience(10_000, 1);
  expect(await wait(async () => 'an answer', 'it')).toBe('an answer');
  await expect(wait(() => Promise.reject(new RangeError('later')), 'it')).rejects.toThrow(RangeError);
  const throwing = () => {
    throw new RangeError('at once');
  };
  await expect(wait(throwing, 'it')).rejects.toThrow(RangeError);
  expect(await wait(async () => 'none of these hangs', 'it')).toBe('none of these hangs');
});

test('no more than the most may hang; those that answer at last make room', async () => {
  const wait = createPatience(1, 2);
  const release: (() => void)[] = [];
  const hanging = () => new Promise<void>((resolve) => release.push(resolve));
  for (let attempt = 0; attempt < 4; attempt++) {
    await expect(wait(hanging, 'it')).rejects.toThrow(DeadlineError);
    await expect(wait(hanging, 'it')).rejects.toThrow('it did not answer within 1 ms');
  }
  expect(release).toHaveLength(2);
  release[0]?.();
  await sleep(0);
  await expect(wait(hanging, 'it')).rejects.toThrow(DeadlineError);
  expect(release).toHaveLength(3);
});
