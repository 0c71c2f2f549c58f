import { braceNames } from './name-syntax.js';
import { readPathPattern } from './path-pattern.js';
import type { ReadPattern } from './pattern.js';

/** `/users/{id}`, and `*` after a slash for whatever follows. */
export const readKeyMatch3: ReadPattern = (pattern) => readPathPattern(pattern, braceNames);
