/** The digits of base 62, as GitHub's tokens have them. */
export const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

const digits = 6;

// ISO 3309, reflected.
const polynomial = 0xed_b8_83_20;

const table = Uint32Array.from({ length: 256 }, (_none, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit += 1) rest = (rest & 1) === 1 ? (rest >>> 1) ^ polynomial : rest >>> 1;
  return rest;
});

/**
 * The CRC-32 of a text of ASCII, as six digits of base 62. It proves nothing; it tells a text that was cut off, or mistyped, from a key before
 * anybody is asked about it.
 */
export function checksumOf(text: string): string {
  let rest = 0xff_ff_ff_ff;
  for (let index = 0; index < text.length; index += 1) {
    rest = (table[(rest ^ text.charCodeAt(index)) & 0xff] ?? 0) ^ (rest >>> 8);
  }
  let value = (rest ^ 0xff_ff_ff_ff) >>> 0;
  let written = '';
  for (let place = 0; place < digits; place += 1) {
    written = `${base62[value % 62]}${written}`;
    value = Math.floor(value / 62);
  }
  return written;
}
