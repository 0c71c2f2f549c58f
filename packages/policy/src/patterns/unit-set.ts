/** UTF-16 code units from the first to the last, both included. */
export type UnitRange = readonly [first: number, last: number];
export type UnitSet = readonly UnitRange[];

const lastUnit = 0xffff;

/** ECMA-262, LineTerminator: what `.` does not stand for. */
export const lineBreaks: UnitSet = [
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x2028, 0x2029],
];

/** `\d` */
export const digits: UnitSet = [[0x30, 0x39]];

/** `\w` */
export const wordUnits: UnitSet = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
];

/** `\s`: ECMA-262, WhiteSpace and LineTerminator, of which RE2's `\s` knows only those of ASCII, without `\v`. */
export const whiteSpace: UnitSet = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];

export function oneUnit(unit: number): UnitSet {
  return [[unit, unit]];
}

/** The code units that are not in the set. */
export function complement(set: UnitSet): UnitSet {
  const rest: UnitRange[] = [];
  let next = 0;
  for (const [first, last] of set.toSorted(([one], [other]) => one - other)) {
    if (first > next) rest.push([next, first - 1]);
    next = Math.max(next, last + 1);
  }
  return next > lastUnit ? rest : [...rest, [next, lastUnit]];
}
