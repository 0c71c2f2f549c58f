import { expect, test, vi } from 'vitest';
import { whileRead } from './while-read.js';

function createPieces() {
  const ended: string[] = [];
  async function* pieces() {
    try {
      for (let index = 1; index <= 3; index += 1) yield index;
    } finally {
      ended.push('ended');
    }
  }
  return { pieces: pieces(), ended };
}

test('whoever reads gets all of it', async () => {
  const { pieces, ended } = createPieces();
  const read: number[] = [];
  for await (const piece of whileRead(pieces, 60_000)) read.push(piece);
  expect(read).toEqual([1, 2, 3]);
  expect(ended).toEqual(['ended']);
});

test('whoever leaves ends it', async () => {
  const { pieces, ended } = createPieces();
  for await (const _piece of whileRead(pieces, 60_000)) break;
  expect(ended).toEqual(['ended']);
});

test('for whoever does not read it ends by itself, and does not look whole', async () => {
  const { pieces, ended } = createPieces();
  const reading = whileRead(pieces, 10);
  await reading.next();
  await vi.waitFor(() => expect(ended).toEqual(['ended']), 20_000);
  await expect(reading.next()).rejects.toMatchObject({ code: 'READER_TOO_SLOW' });
  expect(await reading.next()).toMatchObject({ done: true });
});
