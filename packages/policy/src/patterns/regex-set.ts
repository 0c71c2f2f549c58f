import { PatternError } from './pattern.js';
import { readEscape } from './regex-escape.js';
import { complement, oneUnit, type UnitRange, type UnitSet } from './unit-set.js';

const members = /\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|\d+|.)|./gs;
const backspace = 0x08;

/**
 * What `[...]` stands for. `[]` is nothing, `[^]` is everything, and `[:alpha:]` is some letters and a colon, as in JavaScript.
 * @param set from bracket to bracket
 * @param shown the pattern, for messages
 */
export function readSet(set: string, shown: string): UnitSet {
  const negated = set.startsWith('[^');
  const items = set.slice(negated ? 2 : 1, -1).match(members) ?? [];
  const ranges: UnitRange[] = [];
  for (let index = 0; index < items.length; ) {
    const [item = '', dash, end] = items.slice(index, index + 3);
    const isRange = dash === '-' && end !== undefined;
    if (isRange) ranges.push([readEnd(item, shown), readEnd(end, shown)]);
    else ranges.push(...readMember(item, shown));
    index += isRange ? 3 : 1;
  }
  return negated ? complement(ranges) : ranges;
}

function readMember(item: string, shown: string): UnitSet {
  if (item === '\\b') return oneUnit(backspace);
  return item.startsWith('\\') ? readEscape(item, shown) : oneUnit(item.charCodeAt(0));
}

function readEnd(item: string, shown: string): number {
  const [range, ...more] = readMember(item, shown);
  if (range === undefined || more.length > 0 || range[0] !== range[1]) {
    throw new PatternError(
      `${shown} has a range in brackets that begins or ends with ${item}`,
      'Put the dash last in the brackets if it stands for itself.',
    );
  }
  return range[0];
}
