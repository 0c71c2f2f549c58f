import { isIPv4, isIPv6 } from 'node:net';

/** 4 bytes or 16. */
export type AddressBytes = readonly number[];

/** @returns undefined for what is no address, and for one with a zone, which means something on one machine only */
export function readAddress(text: string): AddressBytes | undefined {
  if (isIPv4(text)) return text.split('.').map(Number);
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const [before = '', after] = text.split('::');
  const head = readWords(before);
  if (after === undefined) return head;
  const tail = readWords(after);
  return [...head, ...new Array<number>(16 - head.length - tail.length).fill(0), ...tail];
}

/** The address of version 4 that this one of version 6 is a form of (RFC 4291, 2.5.5.2). */
export function mappedAddress(bytes: AddressBytes): AddressBytes | undefined {
  if (bytes.length !== 16) return undefined;
  const isMapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  return isMapped ? bytes.slice(12) : undefined;
}

/** `1:2` or `1:2.3.4.5`: what stands on one side of `::`. */
function readWords(text: string): AddressBytes {
  if (text === '') return [];
  return text.split(':').flatMap((word) => {
    if (word.includes('.')) return word.split('.').map(Number);
    const value = Number.parseInt(word, 16);
    return [value >> 8, value & 0xff];
  });
}
