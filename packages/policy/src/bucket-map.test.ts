import { expect, test } from 'vitest';
import { createRandom } from '../../../test/harness/random.js';
import { BucketMap, bucketOf } from './bucket-map.js';

test.each([
  ['spread', (key: number) => key],
  ['all alike', () => 0],
])('each version stays what it was, with hashes that are %s', (_name, hash) => {
  const random = createRandom(3);
  let map = BucketMap.empty<number, { readonly round: number }>(hash);
  let expected = new Map<number, { readonly round: number }>();
  const versions: [typeof map, typeof expected][] = [];
  for (let round = 0; round < 300; round += 1) {
    versions.push([map, new Map(expected)]);
    const entries = Array.from({ length: random(4) }, () => [random(200), { round }] as const);
    map = map.with(entries);
    expected = new Map([...expected, ...entries]);
  }
  for (const [one, other] of versions) {
    expect(new Map(one.entries())).toEqual(other);
    expect(one.size).toBe(other.size);
    for (let key = 0; key < 200; key += 1) expect(one.get(key)).toBe(other.get(key));
  }
});

test.each([1, 2, 64, 100, 1_024, 65_536])('hashes that differ by %i lie in buckets of about a 64th each', (step) => {
  const filled = new Map<number, number>();
  for (let index = 0; index < 6_400; index += 1) {
    const bucket = bucketOf(index * step);
    filled.set(bucket, (filled.get(bucket) ?? 0) + 1);
  }
  expect(filled.size).toBe(64);
  expect(Math.max(...filled.values())).toBeLessThan(200);
});
