import { createPrivateKey, createPublicKey, type webcrypto } from 'node:crypto';
import {
  accessTokensCountMilliseconds,
  type Clock,
  type Log,
  openSeal,
  type Peppers,
  type SigningKeyStore,
  type StoredSigningKey,
  seal,
} from '@agentflow/core';
import type { JsonObject } from '@agentflow/protocol';
import type { VerificationKey } from '../jwt/choose-keys.js';
import { type GeneratedAlgorithm, generateSigningKey } from './generate-signing-key.js';

/** A key pair of ours, ready for use. */
interface OpenedKey extends VerificationKey {
  readonly id: string;
  readonly number: number;
  readonly signing: webcrypto.CryptoKey;
  readonly published: JsonObject;
  readonly createdAt: number;
}

/** The keys that sign our access tokens: one signs, and those before it verify until their last token has run out. */
export interface SigningKeys {
  /** That which signs now. */
  signer(): Promise<{ readonly id: string | undefined; readonly algorithm: string; readonly key: webcrypto.CryptoKey }>;
  /** Those that verify, as far as they are known here. */
  known(): readonly VerificationKey[];
  /** Looks for one that is not known yet, which another process may have made. For one that is known, nobody waits. */
  look(keyId: string | undefined): Promise<void>;
  published(): Promise<readonly JsonObject[]>;
}

export interface SigningKeyParts {
  readonly open: () => Promise<SigningKeyStore>;
  readonly algorithm: GeneratedAlgorithm;
  readonly lifetimeMilliseconds: number;
  readonly peppers: () => Peppers;
  /** Whether it was taken back before its time. */
  readonly isRetired: (keyId: string) => boolean;
  readonly clock: Clock;
  readonly log: Log;
}

const purpose = 'signing keys';

const parameters = {
  EdDSA: { name: 'Ed25519' },
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
} as const;

/** A key is known to everybody before it signs: within so long each process has looked, and whoever keeps our JWK Set has asked again. */
const announcedMilliseconds = 60_000;

/** How old may be what is known of the keys where one is to sign; and after so long it is looked at behind those that verify. */
const freshMilliseconds = 20_000;

/** Whoever invents key ids has the database asked no more often. */
const coolDownMilliseconds = 1_000;

/** After its successor has come, a key verifies for so long. */
const overlapMilliseconds = announcedMilliseconds + accessTokensCountMilliseconds;

export function createSigningKeys(parts: SigningKeyParts): SigningKeys {
  const { open, algorithm, lifetimeMilliseconds, isRetired, clock, log } = parts;
  const openOne = createOpener(parts);
  let current: readonly OpenedKey[] = [];
  let past: readonly string[] = [];
  let lastNumber = 0;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let beganAt = Number.NEGATIVE_INFINITY;
  let looking: Promise<void> | undefined;

  async function lookOnce(): Promise<void> {
    const stored = await (await open()).list();
    lookedAt = clock.now();
    lastNumber = stored.at(-1)?.number ?? 0;
    const found = await Promise.all(stored.map((one) => openOne(one)));
    const all = found.filter((one) => one !== undefined);
    current = stillUsed(all, clock.now());
    // Never those that cannot be opened here: they are another's, who has the right pepper, or this process has the wrong one.
    past = all.filter((one) => !current.includes(one)).map(({ id }) => id);
  }

  function look(): Promise<void> {
    if (looking !== undefined) return looking;
    beganAt = clock.now();
    looking = lookOnce().finally(() => {
      looking = undefined;
    });
    return looking;
  }

  /**
   * Nobody waits for it: a key is refused by the list of what was revoked, which every process follows, and not because it was found to be
   * gone here; and those whose last token has run out verify nothing any more.
   */
  function lookBehind(): void {
    if (looking !== undefined || clock.now() - beganAt < freshMilliseconds) return;
    look().catch((error: unknown) => log.warn({ error }, 'the keys that sign access tokens could not be looked at'));
  }

  /** Whatever the last look has found: that a key was taken back is known sooner. */
  const known = () => current.filter(({ id }) => !isRetired(id));
  const ofAlgorithm = () => known().filter((key) => key.algorithm === algorithm);

  async function make(): Promise<void> {
    const store = await open();
    const number = lastNumber + 1;
    const pepper = parts.peppers().current;
    const key = await generateSigningKey(algorithm);
    const identity = { number, keyId: key.keyId, algorithm };
    const sealed = seal(key.bytes, pepper.deriveKey(purpose), bindingOf(identity));
    const added = await store.add({ ...identity, sealed, pepperId: pepper.id, createdAt: clock.now() });
    if (added) log.info({ key: key.keyId, algorithm }, 'a key that signs access tokens was made');
    await lookOnce();
    if (added) await store.delete(past);
  }

  async function refresh(): Promise<void> {
    if (clock.now() - lookedAt >= freshMilliseconds || ofAlgorithm().length === 0) await look();
    const newest = ofAlgorithm().at(-1);
    if (newest === undefined || clock.now() - newest.createdAt >= lifetimeMilliseconds) await make();
  }

  return {
    async signer() {
      await refresh();
      const keys = ofAlgorithm();
      const announced = keys.filter(({ createdAt }) => clock.now() - createdAt >= announcedMilliseconds);
      const key = announced.at(-1) ?? keys[0];
      if (key === undefined) throw new Error('there is no key that signs access tokens');
      return { id: key.id, algorithm, key: key.signing };
    },

    known,

    async look(keyId) {
      // Whoever still has tokens by it keeps nobody from finding the one that has taken its place.
      if (keyId !== undefined && isRetired(keyId)) return;
      if (known().some(({ id }) => id === keyId)) lookBehind();
      else if (clock.now() - lookedAt >= coolDownMilliseconds) await look();
    },

    async published() {
      await refresh();
      return known().map(({ published }) => published);
    },
  };
}

/** Those of each algorithm, without those whose last token has run out. */
function stillUsed(keys: readonly OpenedKey[], now: number): readonly OpenedKey[] {
  return keys.filter((key, index) => {
    const successor = keys.slice(index + 1).find((other) => other.algorithm === key.algorithm);
    return successor === undefined || now < successor.createdAt + overlapMilliseconds;
  });
}

/** Only what opens under a pepper of ours counts: whoever writes into the database alone brings no key in. */
function createOpener({ peppers, log }: Pick<SigningKeyParts, 'peppers' | 'log'>) {
  const opened = new Map<string, OpenedKey>();
  /** Strangers have the keys looked at as often as they like, and may not fill the log with it. */
  const told = new Set<string>();
  return async (stored: StoredSigningKey): Promise<OpenedKey | undefined> => {
    const known = opened.get(stored.keyId);
    if (known !== undefined) return known;
    const pepper = peppers().find(stored.pepperId);
    try {
      if (pepper === undefined) throw new Error(`it was sealed with the pepper ${stored.pepperId}, which is not there`);
      const made = await importKey(openSeal(stored.sealed, pepper.deriveKey(purpose), bindingOf(stored)), stored);
      opened.set(stored.keyId, made);
      return made;
    } catch (error) {
      const why = 'a key that signs access tokens cannot be opened: its tokens are refused';
      if (!told.has(stored.keyId)) log.warn({ key: stored.keyId, error }, why);
      told.add(stored.keyId);
      return undefined;
    }
  };
}

function bindingOf({ number, keyId, algorithm }: Pick<StoredSigningKey, 'number' | 'keyId' | 'algorithm'>): string {
  return JSON.stringify([number, keyId, algorithm]);
}

async function importKey(bytes: Uint8Array, { keyId, algorithm, number, createdAt }: StoredSigningKey) {
  if (algorithm !== 'EdDSA' && algorithm !== 'ES256') throw new Error(`${algorithm} is none that is made here`);
  const key = createPrivateKey({ key: Buffer.from(bytes), format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(key);
  const { subtle } = crypto;
  const signing = await subtle.importKey('pkcs8', new Uint8Array(bytes), parameters[algorithm], false, ['sign']);
  const spki = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }));
  const verifying = await subtle.importKey('spki', spki, parameters[algorithm], true, ['verify']);
  const published = { ...publicKey.export({ format: 'jwk' }), kid: keyId, alg: algorithm, use: 'sig' } as JsonObject;
  return { id: keyId, algorithm, number, createdAt, signing, key: verifying, published } satisfies OpenedKey;
}
