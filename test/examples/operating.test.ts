import { afterAll, beforeAll, test } from 'vitest';
import { type Clone, createClone, followGuide } from '../harness/guide.js';

/* What an operator is told to do is what helps: beside the guides of the examples, which wait for processors together. */

let clone: Clone;
beforeAll(() => {
  clone = createClone();
});
afterAll(() => clone.remove());

test('docs/operating.md', { timeout: 180_000 }, ({ signal }) => followGuide('docs/operating.md', clone, signal));
