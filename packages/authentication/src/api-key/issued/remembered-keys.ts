import type { AuthenticatedResult, Clock, Revocations, StoredApiKey } from '@agentflow/core';
import { createProcessDigest } from '../../process-digest.js';

/** What was found out about a key that is good. */
export interface KnownKey {
  readonly stored: StoredApiKey;
  readonly answer: AuthenticatedResult;
  /** When it was begun to be looked up: what was taken back since then is not in it. */
  readonly loadedAt: number;
}

export interface RememberedKeys {
  /** Joins who asks for the same key at the same time. Undefined where it is no good. */
  find(text: string): Promise<KnownKey | undefined>;
  forget(id: string): void;
  close(): void;
}

/** However a row was changed, and whether or not anybody was told: it is looked at again after so long. */
const freshMilliseconds = 1_000;

const most = 10_000;

/**
 * Remembers good keys for a moment, by a digest of the whole key, so that a heap dump holds none. Only who has the secret of a key ever meets what is remembered: to all others every key costs the same. What is taken back is dropped at once.
 */
export function createRememberedKeys(
  load: (text: string) => Promise<KnownKey | undefined>,
  { clock, revocations }: { readonly clock: Clock; readonly revocations: Revocations },
): RememberedKeys {
  const digest = createProcessDigest();
  const known = new Map<string, KnownKey>();
  const loading = new Map<string, Promise<KnownKey | undefined>>();

  /** Whether anything was said, since it was looked up, by which it may be another answer now. */
  const isOutdated = ({ stored, answer, loadedAt }: KnownKey) =>
    revocations.isRevoked({ principal: answer.principal, credentialId: stored.id, issuedAt: loadedAt });

  const stopListening = revocations.onChange(() => {
    // What is being looked up may have been read before: nobody who comes from now on is answered by it.
    loading.clear();
    for (const [key, one] of known) if (isOutdatedOrUnknown(one)) known.delete(key);
  });

  function isOutdatedOrUnknown(one: KnownKey): boolean {
    try {
      return isOutdated(one);
    } catch {
      return true;
    }
  }

  function remember(key: string, found: KnownKey): void {
    known.delete(key);
    known.set(key, found);
    if (known.size <= most) return;
    const oldest = known.keys().next();
    if (oldest.done !== true) known.delete(oldest.value);
  }

  function loadShared(key: string, text: string): Promise<KnownKey | undefined> {
    const under = loading.get(key);
    if (under !== undefined) return under;
    const promise = load(text).finally(() => {
      if (loading.get(key) === promise) loading.delete(key);
    });
    loading.set(key, promise);
    return promise;
  }

  return {
    async find(text) {
      const key = digest(text);
      const one = known.get(key);
      const age = one === undefined ? Number.POSITIVE_INFINITY : clock.now() - one.loadedAt;
      if (one !== undefined && age >= 0 && age < freshMilliseconds && !isOutdated(one)) return one;
      const found = await loadShared(key, text);
      // Word has come while it was read: it is read once more, and then it was read after it.
      const now = found !== undefined && isOutdated(found) ? await load(text) : found;
      if (now === undefined) known.delete(key);
      else remember(key, now);
      return now;
    },
    forget(id) {
      for (const [key, { stored }] of known) if (stored.id === id) known.delete(key);
    },
    close: stopListening,
  };
}
