import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../clock.js';
import type { ServerKeyStore } from '../../stores/server-key-store.js';

/** What opens a file for a short time without a credential. */
export interface SignedLink {
  /** Path and query: only whoever asks knows by which host they came. */
  readonly url: string;
  /** In seconds since the epoch. */
  readonly expiresAt: number;
}

export interface SignedLinks {
  sign(fileId: string): Promise<SignedLink>;
  /** Whether we have signed a link to this file with these words, and its time is not over. */
  isSigned(fileId: string, query: URLSearchParams): Promise<boolean>;
}

interface SignedLinkParts {
  readonly keys: ServerKeyStore;
  readonly clock: Clock;
  readonly lifeSeconds: number;
}

/** For nothing else: whoever had another key of ours could sign nothing here. */
const purpose = 'file-links';

/**
 * Links signed by HMAC-SHA-256 (RFC 2104) over the file and the end of its time, with a key that the server has made for them alone. There is
 * no row of a link: one that is no good is refused before anything is looked for, so that it tells nothing about files.
 */
export function createSignedLinks({ keys, clock, lifeSeconds }: SignedLinkParts): SignedLinks {
  let key: Promise<Uint8Array> | undefined;
  const obtain = () => {
    key ??= keys.obtain(purpose).catch((error: unknown) => {
      key = undefined;
      throw error;
    });
    return key;
  };
  const signatureOf = async (fileId: string, expires: string) =>
    createHmac('sha256', await obtain())
      .update(`v1\n${fileId}\n${expires}`)
      .digest();

  return {
    async sign(fileId) {
      const expiresAt = Math.floor(clock.now() / 1000) + lifeSeconds;
      const signature = await signatureOf(fileId, String(expiresAt));
      const query = new URLSearchParams({ expires: String(expiresAt), signature: signature.toString('base64url') });
      return { url: `/v1/files/${fileId}/content?${query.toString()}`, expiresAt };
    },

    async isSigned(fileId, query) {
      const [expires, ...moreTimes] = query.getAll('expires');
      const [given, ...moreSignatures] = query.getAll('signature');
      if (expires === undefined || given === undefined || moreTimes.length + moreSignatures.length > 0) return false;
      if (!/^[1-9]\d{0,11}$/.test(expires) || !/^[\w-]{43}$/.test(given)) return false;
      const expected = await signatureOf(fileId, expires);
      return timingSafeEqual(expected, Buffer.from(given, 'base64url')) && clock.now() < Number(expires) * 1000;
    },
  };
}
