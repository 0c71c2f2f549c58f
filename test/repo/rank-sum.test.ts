import { expect, test } from 'vitest';
// @ts-expect-error: the benches are plain JavaScript
import { rankSumP } from '../../bench/statistics/rank-sum.mjs';

const pOf = rankSumP as (one: readonly number[], other: readonly number[]) => number;

/** The share of all divisions of the pool into two that are at least as uneven: what p is defined as. */
function byCounting(one: readonly number[], other: readonly number[]): number {
  const pool = [...one, ...other];
  const above = (x: number, y: number) => (x > y ? 1 : x === y ? 0.5 : 0);
  const unevenness = (chosen: readonly number[], rest: readonly number[]) => {
    const u = chosen.reduce((sum, x) => sum + rest.reduce((inner, y) => inner + above(x, y), 0), 0);
    return Math.abs(u - (chosen.length * rest.length) / 2);
  };
  const observed = unevenness(one, other);
  let [all, asUneven] = [0, 0];
  for (let mask = 0; mask < 2 ** pool.length; mask += 1) {
    const chosen = pool.filter((_value, index) => (mask >> index) & 1);
    if (chosen.length !== one.length) continue;
    all += 1;
    const rest = pool.filter((_value, index) => !((mask >> index) & 1));
    if (unevenness(chosen, rest) >= observed) asUneven += 1;
  }
  return asUneven / all;
}

test.each([
  ['apart', [1, 2, 3, 4, 5, 6, 7, 8], [5.5, 9, 10, 11, 12, 13, 14, 15]],
  ['mixed', [1, 4, 6, 7, 10, 11, 13, 16], [2, 3, 5, 8, 9, 12, 14, 15]],
  ['shifted a little', [1, 3, 5, 7, 9, 11, 13, 15], [4, 6, 8, 10, 12, 14, 16, 18]],
  ['with ties', [1, 1, 2, 2, 3, 3, 4, 4], [2, 3, 3, 4, 4, 5, 5, 6]],
])('is near what counting all divisions says: %s', (_what, one, other) => {
  expect(Math.abs(pOf(one, other) - byCounting(one, other))).toBeLessThan(0.02);
  expect(pOf(other, one)).toBeCloseTo(pOf(one, other), 10);
});

test('all the same cannot be told apart, and a shift of many can', () => {
  expect(pOf([1, 1, 1], [1, 1, 1])).toBe(1);
  const many = Array.from({ length: 1000 }, (_none, index) => (index * 7919) % 1000);
  expect(pOf(many, many)).toBeGreaterThan(0.9);
  const shifted = many.map((value) => value + 100);
  expect(pOf(many, shifted)).toBeLessThan(1e-6);
});
