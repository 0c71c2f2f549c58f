import { expect, test } from 'vitest';
import { jsonList, jsonObject, jsonValue, toPieces } from './json-pieces.js';

async function write(value: unknown): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of toPieces(toText(value))) {
    expect(piece.length).toBeLessThanOrEqual(64 * 1024);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}

function toText(value: unknown): AsyncGenerator<string> {
  if (Array.isArray(value)) return jsonList(value.map(toText));
  if (value === null || typeof value !== 'object') return jsonValue(() => value);
  return jsonObject(Object.entries(value).map(([name, member]) => [name, toText(member)] as const));
}

test.each([
  [{}],
  [[]],
  [{ a: [], b: {}, c: null, 'd"\u2028': ['x', 1, true, [{ e: 'é' }]] }],
  [{ long: 'x😀'.repeat(100_000), after: ['😀'.repeat(70_000), 'y'] }],
])('is what would have been written at once: %#', async (value) => {
  expect(await write(value)).toBe(JSON.stringify(value));
});

test('reads nothing before its turn, and nothing more for whoever has left', async () => {
  const read: string[] = [];
  const part = (name: string) =>
    jsonValue(async () => {
      read.push(name);
      return 'x'.repeat(100_000);
    });
  const pieces = toPieces(jsonList([part('a'), part('b'), part('c')]));
  expect(read).toEqual([]);
  await pieces.next();
  expect(read).toEqual(['a']);
  await pieces.return();
  expect(read).toEqual(['a']);
});
