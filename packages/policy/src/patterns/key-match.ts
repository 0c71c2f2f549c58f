import type { ReadPattern } from './pattern.js';

/** A text, or its beginning before the first `*`. What comes after the `*` counts for nothing. */
export const readKeyMatch: ReadPattern = (pattern) => {
  const star = pattern.indexOf('*');
  if (star === -1) return { prefix: pattern, matches: (text) => text === pattern };
  const prefix = pattern.slice(0, star);
  return { prefix, matches: (text) => text.startsWith(prefix) };
};
