import type { UnitRange, UnitSet } from './unit-set.js';

/*
 * Without flags, JavaScript matches code units: `^.$` does not match an emoji, which is two. RE2 matches code points. So a
 * surrogate, whether it has its pair or not, is moved to a code point of its own in a private plane, in the text and in the
 * pattern, and then both mean the same.
 */

const surrogates: UnitRange = [0xd800, 0xdfff];
const plane = 0x100000;

const anySurrogate = /[\ud800-\udfff]/;
const everySurrogate = /[\ud800-\udfff]/g;

/** A text, so that RE2 sees each of its code units as one character. */
export function separateSurrogates(text: string): string {
  if (!anySurrogate.test(text)) return text;
  return text.replace(everySurrogate, (unit) => String.fromCodePoint(plane + unit.charCodeAt(0)));
}

/** A set of code units as RE2 writes it, for texts with separated surrogates. */
export function writeUnitSet(set: UnitSet): string {
  const ranges = set.flatMap(([first, last]): UnitRange[] => {
    const moved = overlap([first, last], surrogates).map(([from, to]): UnitRange => [plane + from, plane + to]);
    return [
      ...overlap([first, last], [0, surrogates[0] - 1]),
      ...moved,
      ...overlap([first, last], [surrogates[1] + 1, last]),
    ];
  });
  const [range, ...more] = ranges;
  if (range === undefined) return '[^\\x{0}-\\x{10ffff}]';
  if (more.length === 0 && range[0] === range[1]) return writeRune(range[0]);
  return `[${ranges.map(([first, last]) => `${writeRune(first)}-${writeRune(last)}`).join('')}]`;
}

function overlap(one: UnitRange, other: UnitRange): UnitRange[] {
  const first = Math.max(one[0], other[0]);
  const last = Math.min(one[1], other[1]);
  return first > last ? [] : [[first, last]];
}

function writeRune(rune: number): string {
  const sign = String.fromCodePoint(rune);
  return /[0-9A-Za-z/_]/.test(sign) ? sign : `\\x{${rune.toString(16)}}`;
}
