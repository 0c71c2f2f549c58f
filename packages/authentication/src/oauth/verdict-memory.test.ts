import { expect, test } from 'vitest';
import { holdVerdictMemory } from './verdict-memory.js';

const rules = { verify_url: 'https://issuer.example/verify', cache: 60 };
const served = { isTrial: false };
const reloaded = { isTrial: false, isReload: true };
const hold = (surroundings: object, of: object = rules) => holdVerdictMemory(of, { isTrial: false, ...surroundings });

test('a reload goes on with the memory of the entry that it replaces, and with no other', () => {
  const first = hold(served);
  const [second, trial, others] = [
    hold(reloaded),
    hold({ isTrial: true, isReload: true }),
    hold(reloaded, { cache: 1 }),
  ];
  expect(second.memory).toBe(first.memory);
  for (const one of [trial, others, hold(served)]) expect(one.memory).not.toBe(first.memory);
});

test('it is there until the last one that holds it ends, however often one says so', () => {
  const first = hold(served);
  const second = hold(reloaded);
  for (let times = 0; times < 3; times += 1) first.leave();
  const third = hold(reloaded);
  expect(third.memory).toBe(first.memory);
  second.leave();
  third.leave();
  expect(hold(reloaded).memory).not.toBe(first.memory);
});
