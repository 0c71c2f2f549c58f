import { PatternError } from './pattern.js';
import { complement, digits, oneUnit, type UnitSet, whiteSpace, wordUnits } from './unit-set.js';

const sets: ReadonlyMap<string, UnitSet> = new Map([
  ['d', digits],
  ['D', complement(digits)],
  ['w', wordUnits],
  ['W', complement(wordUnits)],
  ['s', whiteSpace],
  ['S', complement(whiteSpace)],
]);

const controls: ReadonlyMap<string, number> = new Map([
  ['t', 0x09],
  ['n', 0x0a],
  ['v', 0x0b],
  ['f', 0x0c],
  ['r', 0x0d],
  ['0', 0x00],
]);

/** What JavaScript reads in a way that hardly anybody means, or by remembering what it has seen. */
const refused: ReadonlyMap<string, string> = new Map([
  ['c', 'a control escape (\\c)'],
  ['k', 'a named back-reference (\\k)'],
  ['p', 'a Unicode property (\\p), which is only the letter p without the flag u'],
  ['P', 'a Unicode property (\\P), which is only the letter P without the flag u'],
  ['u', 'a \\u without four hexadecimal digits'],
  ['x', 'a \\x without two hexadecimal digits'],
]);

/**
 * What an escape stands for, but for `\b` and `\B`.
 * @param written from the backslash on, with all its digits
 * @param shown the pattern, for messages
 */
export function readEscape(written: string, shown: string): UnitSet {
  const name = written.slice(1);
  const set = sets.get(name);
  if (set !== undefined) return set;
  const control = controls.get(name);
  if (control !== undefined) return oneUnit(control);
  if (name.length > 1 && /^[ux]/.test(name)) return oneUnit(Number.parseInt(name.slice(1), 16));
  if (/^[0-9A-Za-z]/.test(name)) throw new PatternError(`${shown} has ${describe(name)}`, remedyFor(name));
  return oneUnit(name.charCodeAt(0));
}

function describe(name: string): string {
  if (/^0/.test(name)) return `an octal escape (\\${name})`;
  if (/^[1-9]/.test(name)) return `a back-reference or an octal escape (\\${name})`;
  return refused.get(name) ?? `an escaped letter (\\${name}), which is only the letter ${name}`;
}

function remedyFor(name: string): string {
  if (/^[1-9k]/.test(name)) return 'Write what may stand there once more, or several rules.';
  return 'Write the character itself, or \\xHH or \\uHHHH with its hexadecimal number.';
}
