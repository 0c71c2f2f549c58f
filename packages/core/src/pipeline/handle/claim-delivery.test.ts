import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Log } from '../../log.js';
import type { DeliveryClaim, DeliveryStore } from '../../stores/delivery-store.js';
import type { Delivery } from '../../webhooks.js';
import { claimDelivery } from './claim-delivery.js';

const delivery: Delivery = {
  ...{ hook: 'orders', id: 'msg_1', label: 'msg_1', rememberMilliseconds: 600_000, waits: true, maxBodyBytes: 1_000 },
  read: () => ({ input: '', threadId: undefined }),
};

let renewed: [claim: DeliveryClaim, holdFor: number][];
let failure: Error | undefined;
let lines: string[];

const deliveries: DeliveryStore = {
  take: async () => 'taken',
  async renew(claim, holdFor) {
    renewed.push([claim, holdFor]);
    if (failure !== undefined) throw failure;
  },
  finish: async () => undefined,
  release: async () => undefined,
};
const note = (_fields: object, message: string) => void lines.push(message);
const log: Log = { info: note, warn: note, error: note };

beforeEach(() => {
  vi.useFakeTimers();
  renewed = [];
  failure = undefined;
  lines = [];
});
afterEach(() => {
  vi.useRealTimers();
});

test.each(['finish', 'release'] as const)('is held for as long as its run takes, and no longer: %s', async (end) => {
  const claimed = await claimDelivery(delivery, { deliveries, log });
  await vi.advanceTimersByTimeAsync(95_000);
  // Each time long before another could take it.
  expect(renewed.length).toBe(9);
  expect(new Set(renewed.map(([{ holder }]) => holder)).size).toBe(1);
  for (const [claim, holdFor] of renewed) expect([claim.hook, holdFor]).toEqual(['orders', 30_000]);
  await claimed?.[end]();
  await vi.advanceTimersByTimeAsync(95_000);
  expect([renewed.length, lines]).toEqual([9, []]);
});

test('a renewal that fails is told, and the next is tried', async () => {
  const claimed = await claimDelivery(delivery, { deliveries, log });
  failure = new Error('away');
  await vi.advanceTimersByTimeAsync(10_000);
  failure = undefined;
  await vi.advanceTimersByTimeAsync(10_000);
  expect([renewed.length, lines]).toEqual([2, ['a delivery could not be held for longer']]);
  await claimed?.finish();
});
