import { expect, test } from 'vitest';
import { RecentTexts } from './recent-texts.js';

const texts = (count: number, from = 0) => Array.from({ length: count }, (_, index) => `text ${from + index}`);

function createCounted() {
  const counts = { read: 0 };
  const recent = new RecentTexts((text) => {
    counts.read += 1;
    return { text };
  });
  return { recent, counts };
}

test('whatever there is room for is read once', () => {
  const { recent, counts } = createCounted();
  recent.makeRoomFor(1_000);
  for (let round = 0; round < 5; round += 1)
    for (const text of texts(1_000)) expect(recent.get(text)).toEqual({ text });
  expect([counts.read, recent.size]).toEqual([1_000, 1_000]);
});

test('what nobody asks for any more is forgotten', () => {
  const { recent, counts } = createCounted();
  for (const text of texts(10_000)) recent.get(text);
  expect(recent.size).toBeLessThanOrEqual(512);
  recent.get('text 0');
  expect(counts.read).toBe(10_001);
});

test('what is asked for stays, whatever comes and goes beside it', () => {
  const { recent, counts } = createCounted();
  recent.makeRoomFor(1_000);
  for (let round = 0; round < 300; round += 1) {
    for (const text of [...texts(800), ...texts(10, 1_000 + 10 * round)]) recent.get(text);
  }
  expect(counts.read).toBe(800 + 300 * 10);
  expect(recent.size).toBeLessThanOrEqual(2_000);
});

test('where there is less room than before, all that is too much is forgotten in time', () => {
  const { recent } = createCounted();
  recent.makeRoomFor(5_000);
  for (const text of texts(5_000)) recent.get(text);
  recent.makeRoomFor(10);
  for (const text of texts(300, 10_000)) recent.get(text);
  expect(recent.size).toBeLessThanOrEqual(512);
});
