/** What neither `.` nor a star in a path stands for: the line terminators of ECMA-262. */
export const lineBreak = /[\n\r\u2028\u2029]/;

/** @param unit a UTF-16 code unit, or NaN after the end of a text */
export function isLineBreak(unit: number): boolean {
  return unit === 0x0a || unit === 0x0d || unit === 0x2028 || unit === 0x2029;
}
