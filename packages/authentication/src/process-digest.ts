import { createHmac, randomBytes } from 'node:crypto';

/** Of one text or of several in their order, as text of one length. */
export type ProcessDigest = (...texts: readonly string[]) => string;

/**
 * Digests under which credentials are remembered: HMACs under a key that is random, and of whoever asks for this in this process alone. So no
 * heap dump of a running server holds a credential because of us, and none can be guessed from what it holds without that key as well.
 *
 * A map compares digests byte by byte, and its time may tell how far two of them agree; but whoever sends a text does not know its digest,
 * cannot steer it, and learns nothing from it about a credential that is remembered.
 */
export function createProcessDigest(): ProcessDigest {
  const processKey = randomBytes(32);
  return (...texts) => createHmac('sha256', processKey).update(JSON.stringify(texts)).digest('base64');
}
