import { randomBytes } from 'node:crypto';

/** RFC 4648 §6, in small letters. */
const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

/** 100 random bits. */
export function createId(prefix: 'usr' | 'ses'): string {
  return `${prefix}_${createIdPart(20)}`;
}

/** Five random bits for each letter. */
export function createIdPart(length: number): string {
  return Array.from(randomBytes(length), (byte) => alphabet[byte & 31]).join('');
}
