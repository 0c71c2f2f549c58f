import { gzipSync } from 'node:zlib';

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** The checksum of a key, by zlib's own CRC-32: RFC 1952 §2.3.1 has it in the last eight bytes. */
export function crc32Oracle(text: string): string {
  let value = BigInt(gzipSync(text).readUInt32LE(gzipSync(text).length - 8));
  let written = '';
  for (let place = 0; place < 6; place += 1) {
    written = `${digits[Number(value % 62n)]}${written}`;
    value /= 62n;
  }
  return written;
}
