import { readKeyMatch3 } from './key-match-3.js';
import type { ReadPattern } from './pattern.js';

/** As keyMatch3, for the text up to its first `?`: the query of a URL counts for nothing. */
export const readKeyMatch5: ReadPattern = (pattern) => {
  const path = readKeyMatch3(pattern);
  return {
    prefix: path.prefix,
    matches(text) {
      const query = text.indexOf('?');
      return path.matches(query === -1 ? text : text.slice(0, query));
    },
  };
};
