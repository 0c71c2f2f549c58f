import { expect, test } from 'vitest';
import { type GlobPath, matchesGlobPath, readGlobPath, splitAtSlashes } from './glob-path.js';

/** The same path, and how often it has looked at a segment. */
function counted(path: GlobPath): { readonly path: GlobPath; readonly looks: () => number } {
  let looks = 0;
  const counting = path.map((section) =>
    section.map((matches) => (segment: string) => {
      looks += 1;
      return matches(segment);
    }),
  );
  return { path: counting, looks: () => looks };
}

test.each([
  ['**/a/**/a/**/a/**/b', 'a'],
  ['**/a/a/a/a/b', 'a'],
  ['**/*/**/*/**/*/b', 'a'],
  ['**/a/a/b/**/a/a/b/**/c', 'a'],
])('%s looks at each segment at most as often as it has segments', (glob, segment) => {
  for (const length of [10, 100, 1000, 10_000]) {
    const { path, looks } = counted(readGlobPath(glob));
    expect(matchesGlobPath(path, new Array<string>(length).fill(segment))).toBe(false);
    expect(looks()).toBeLessThanOrEqual((length + 1) * glob.split('/').length);
  }
});

test('several ** are one', () => {
  expect(readGlobPath('a/**/**/b')).toHaveLength(2);
  expect(splitAtSlashes('/a//b/')).toEqual(['', 'a', 'b', '']);
});
