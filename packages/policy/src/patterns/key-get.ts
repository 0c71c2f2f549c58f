import { readKeyMatch2 } from './key-match-2.js';

/** What the star of a pattern of keyMatch stands for in the text; empty if it does not match, or has no star. */
export function keyGet(text: string, pattern: string): string {
  const star = pattern.indexOf('*');
  return star !== -1 && text.startsWith(pattern.slice(0, star)) ? text.slice(star) : '';
}

/**
 * What a name of a pattern of keyMatch2 stands for in the text; empty if it does not match, or has no such name. The segments
 * are counted from the beginning: after a star that stands for several, a name is given a wrong one, as Casbin gives it.
 * @throws {PatternError} if keyMatch2 cannot read the pattern
 */
export function keyGet2(text: string, pattern: string, name: string): string {
  return readKeyMatch2(pattern).matches(text) ? nameIn(text, pattern, name) : '';
}

/** The same, of a text that is known to match. */
export function nameIn(text: string, pattern: string, name: string): string {
  const index = segmentsOf(pattern).indexOf(`:${name}`);
  return segmentsOf(text)[index] ?? '';
}

function segmentsOf(path: string): readonly string[] {
  return path.split('/').filter((segment) => segment !== '');
}
