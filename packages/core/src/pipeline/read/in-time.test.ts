import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { inTime } from './in-time.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** One piece every so many milliseconds. */
async function* every(milliseconds: number, count: number) {
  for (let index = 0; index < count; index += 1) {
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    yield new Uint8Array([index]);
  }
}

async function count(body: AsyncIterable<Uint8Array>): Promise<number> {
  let pieces = 0;
  for await (const _piece of body) pieces += 1;
  return pieces;
}

test.each<readonly [string, 'all' | 'each', number, number, number | string]>([
  ['all of them in time', 'all', 100, 9, 9],
  ['all of them a moment too late', 'all', 100, 11, 'REQUEST_TIMEOUT'],
  ['each of them in time, however many', 'each', 900, 50, 50],
  ['one of them too late', 'each', 1001, 1, 'REQUEST_TIMEOUT'],
])('%s', async (_what, of, milliseconds, pieces, expected) => {
  const counting = count(inTime(every(milliseconds, pieces), 1000, of)).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(60_000);
  const counted = await counting;
  if (typeof expected === 'number') expect(counted).toBe(expected);
  else expect(counted).toMatchObject({ code: expected });
  expect(vi.getTimerCount()).toBe(0);
});

test('whoever takes the pieces slowly is not the one who is late', async () => {
  const counting = (async () => {
    let pieces = 0;
    for await (const _piece of inTime(every(500, 3), 1000, 'each')) {
      pieces += 1;
      await new Promise((resolve) => setTimeout(resolve, 5_000));
    }
    return pieces;
  })();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await counting).toBe(3);
});

test('a body that is left in the middle is told so', async () => {
  let isTold = false;
  async function* body() {
    try {
      yield new Uint8Array(1);
      yield new Uint8Array(1);
    } finally {
      isTold = true;
    }
  }
  for await (const _piece of inTime(body(), 1000, 'all')) break;
  expect(isTold).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});
