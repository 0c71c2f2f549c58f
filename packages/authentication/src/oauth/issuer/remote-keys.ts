import type { Clock, Log } from '@agentflow/core';
import type { PublicKeyAlgorithm } from '../../jwt/algorithms.js';
import { type ChangingKeys, type ChooseKeys, createPublicKeyChoice, type KeyHint } from '../../jwt/choose-keys.js';
import { TokenRefusedError } from '../../jwt/token-gate.js';
import { createKeptDocument, type Handover, type KeepingRules } from '../fetch/kept-document.js';
import { parseKeySet, type RemoteKey } from './parse-key-set.js';

/** The keys of a provider, as they were published together. */
export interface KeySet {
  readonly choose: ChooseKeys;
  readonly fingerprints: ReadonlySet<string>;
}

export interface RemoteKeysParts {
  /** The JWK Set, as JSON. */
  readonly load: () => Promise<unknown>;
  readonly accepted: readonly PublicKeyAlgorithm[];
  readonly clock: Clock;
  readonly log: Log;
  readonly handover?: Handover<KeySet> | undefined;
}

export interface RemoteKeys extends ChangingKeys {
  /** Fetches them, so that the first token need not wait; what goes wrong is in the log. */
  warm(): Promise<void>;
}

/**
 * The keys of a provider. One that a token names and that is not there is looked for once in a while; whoever names one that is there never
 * waits for that.
 */
export function createRemoteKeys(
  { load, accepted, clock, log, handover }: RemoteKeysParts,
  rules: KeepingRules,
): RemoteKeys {
  let told = '';

  async function loadSet(): Promise<KeySet> {
    const { keys, ignored } = await parseKeySet(await load(), accepted);
    const ignoredNow = ignored.join('; ');
    if (ignoredNow !== told && ignoredNow !== '') {
      log.warn({ ignored }, `some of ${rules.what} are not used: ${ignoredNow}`);
    }
    told = ignoredNow;
    return { choose: createPublicKeyChoice(keys), fingerprints: new Set(keys.map(({ fingerprint }) => fingerprint)) };
  }

  const kept = createKeptDocument(loadSet, rules, { clock, log, handover });

  return {
    async choose(hint) {
      const known = await kept.current();
      const refusal = refusalOf(known, hint);
      if (refusal === undefined) return known.choose(hint);
      // A token that names no key is not told apart from others by any newer set.
      const newer = hint.keyId === undefined ? undefined : await kept.newer(known);
      if (newer === undefined) throw refusal;
      return newer.choose(hint);
    },
    async holds(key) {
      const { fingerprints } = await kept.current();
      return 'fingerprint' in key && fingerprints.has((key as RemoteKey).fingerprint);
    },
    async warm() {
      await kept.current().catch(() => undefined);
    },
  };
}

function refusalOf({ choose }: KeySet, hint: KeyHint): TokenRefusedError | undefined {
  try {
    choose(hint);
    return undefined;
  } catch (error) {
    if (error instanceof TokenRefusedError) return error;
    throw error;
  }
}
