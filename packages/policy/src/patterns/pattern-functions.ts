import { readGlobMatch } from './glob-match.js';
import { readIpMatch } from './ip-match.js';
import { readKeyMatch } from './key-match.js';
import { readKeyMatch2 } from './key-match-2.js';
import { readKeyMatch3 } from './key-match-3.js';
import { readKeyMatch4 } from './key-match-4.js';
import { readKeyMatch5 } from './key-match-5.js';
import type { ReadPattern } from './pattern.js';
import { readRegexMatch } from './regex-match.js';

/** By the names that matchers call them by. */
export const patternFunctions: ReadonlyMap<string, ReadPattern> = new Map([
  ['keyMatch', readKeyMatch],
  ['keyMatch2', readKeyMatch2],
  ['keyMatch3', readKeyMatch3],
  ['keyMatch4', readKeyMatch4],
  ['keyMatch5', readKeyMatch5],
  ['regexMatch', readRegexMatch],
  ['globMatch', readGlobMatch],
  ['ipMatch', readIpMatch],
]);
