import { expect, test } from 'vitest';
import { byteSize, formatByteSize } from './byte-size.js';

const schema = byteSize({ min: 1024, max: 1024 ** 3 });

test.each<readonly [string | number, number]>([
  ['1KB', 1024],
  ['25MB', 25 * 1024 ** 2],
  [' 1 GB ', 1024 ** 3],
  [25, 25 * 1024 ** 2],
  [0.5, 512 * 1024],
])('%j', (written, bytes) => {
  expect(schema.parse(written)).toBe(bytes);
});

test.each(['', '25', '25 apples', '25mb', '-1MB', '2GB', '1.5MB', 0, -1, 1025, Number.POSITIVE_INFINITY, null, true])(
  '%j is refused',
  (written) => {
    expect(schema.safeParse(written).success).toBe(false);
  },
);

test('a refusal says what would be taken', () => {
  expect(schema.safeParse('25 apples').error?.issues[0]?.message).toBe(
    'must be a size such as "500KB", "25MB" or "2GB", from 1KB to 1GB',
  );
});

test.each([
  [1024, '1KB'],
  [25 * 1024 ** 2, '25MB'],
  [1500, '1500 bytes'],
])('%i in words', (bytes, words) => {
  expect(formatByteSize(bytes)).toBe(words);
});
