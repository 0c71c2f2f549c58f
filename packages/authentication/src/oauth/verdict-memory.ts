import { LRUCache } from 'lru-cache';
import { createProcessDigest, type ProcessDigest } from '../process-digest.js';
import { maxRememberedCharacters, maxRememberedTokens } from './limits.js';
import type { OAuthSurroundings } from './oauth-surroundings.js';
import type { Verdict } from './verdict.js';

/** What is known of a token, and until when. Milliseconds since the epoch. */
export interface RememberedVerdict {
  readonly verdict: Verdict;
  readonly until: number;
}

/** What an endpoint has said of tokens, by their digests. */
export interface VerdictMemory {
  readonly digestOf: ProcessDigest;
  readonly good: LRUCache<string, RememberedVerdict>;
  readonly bad: LRUCache<string, RememberedVerdict>;
}

export function createVerdictMemory(): VerdictMemory {
  return {
    digestOf: createProcessDigest(),
    good: new LRUCache({
      max: maxRememberedTokens,
      maxSize: maxRememberedCharacters,
      sizeCalculation: ({ verdict }) => JSON.stringify(verdict).length,
    }),
    bad: new LRUCache({ max: maxRememberedTokens }),
  };
}

interface Shared {
  readonly memory: VerdictMemory;
  holders: number;
}

/** Of the rules, which may hold what an endpoint is asked with. */
const digestOfRules = createProcessDigest();
const shared = new Map<string, Shared>();

/**
 * The memory of an entry. One that a reload has made goes on with what the one before it knew, if it asks and judges by the same rules: else
 * everybody who goes on would be asked about at once, and would be ended who is one too many for the endpoint. `rules` is all that an answer is
 * judged by; `leave` is called when the entry ends.
 */
export function holdVerdictMemory(
  rules: object,
  { isTrial, isReload = false }: Pick<OAuthSurroundings, 'isTrial' | 'isReload'>,
): { readonly memory: VerdictMemory; readonly leave: () => void } {
  if (isTrial) return { memory: createVerdictMemory(), leave: () => undefined };
  const name = digestOfRules(JSON.stringify(rules));
  const one = (isReload ? shared.get(name) : undefined) ?? { memory: createVerdictMemory(), holders: 0 };
  shared.set(name, one);
  one.holders += 1;
  let isHeld = true;
  return {
    memory: one.memory,
    leave() {
      if (!isHeld) return;
      isHeld = false;
      one.holders -= 1;
      if (one.holders === 0 && shared.get(name) === one) shared.delete(name);
    },
  };
}
