import { expect, test } from 'vitest';
import { readAll } from './read-all.js';

test.each([0, 999, 1_000, 1_001, 2_500])('all of %i rows, each once', async (count) => {
  const rows = Array.from({ length: count }, (_, index) => ({ id: `row ${index}`, createdAt: count - index }));
  const read = await readAll(async ({ limit, after }) => {
    const from = after === undefined ? 0 : rows.findIndex(({ id }) => id === after.id) + 1;
    expect(rows[from - 1]?.createdAt).toBe(after?.time);
    return rows.slice(from, from + limit);
  });
  expect(read).toEqual(rows);
});
