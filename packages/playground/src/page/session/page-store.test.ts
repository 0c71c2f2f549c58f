import type { KeptSession } from '@agentflow/client';
import { expect, test } from 'vitest';
import { createPageStore } from './page-store.js';

const session = { token: 't', refreshToken: 'r' } as KeptSession;

test('keeps the session of one page and of no other', async () => {
  const [one, other] = [createPageStore(), createPageStore()];
  await one.save(session);
  expect([one.load(), other.load()]).toEqual([session, null]);
  await one.clear();
  expect(one.load()).toBeNull();
});

test('lets one of its clients after the other renew it, also after a failure', async () => {
  const store = createPageStore();
  const seen: string[] = [];
  const work = (name: string, fails: boolean) => async () => {
    seen.push(`${name} begins`);
    await new Promise((resolve) => setTimeout(resolve, 5));
    seen.push(`${name} ends`);
    if (fails) throw new Error(name);
    return name;
  };
  const settled = await Promise.allSettled([store.exclusive?.(work('a', true)), store.exclusive?.(work('b', false))]);
  expect(settled.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
});
