import { createHmac } from 'node:crypto';

/**
 * A name for what must not stand in a counter's key as it is: a credential, a username. Nobody who reads the counters can try out what it
 * was made of without the key. 128 bits.
 */
export type KeyDigest = (text: string) => string;

/** `key` is the same in all processes that count together. */
export function createKeyDigest(key: Uint8Array): KeyDigest {
  return (text) => createHmac('sha256', key).update(text).digest('base64url').slice(0, 22);
}
