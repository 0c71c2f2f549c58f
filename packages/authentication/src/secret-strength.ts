import { isPublished } from './published-secrets.js';

/** Texts that stand in the guides as examples: everybody knows them. Compared without case, dashes and underscores. */
const placeholders = [
  'yoursupersecretkeyatleast32characterslonglikethis',
  'yoursecretkeymin32characters',
  'supersecretkey123!',
  'yoursecretkey',
  'yourjwtsecrethere',
  'changeme',
  'secret',
  'mysecret',
];

const placeholderWords = /^(?:change[-_ ]?me|your[-_ ]|my[-_ ]?secret|super[-_ ]?secret|example|placeholder|insecure)/i;

/** Below this a key can be searched for. In bits. */
const minEntropyBits = 128;

/** What is wrong with a secret: `unusable` is never accepted, `weak` not in production where strangers come. */
export interface SecretWeakness {
  readonly kind: 'unusable' | 'weak';
  readonly message: string;
  readonly remedy: string;
}

const remedy = 'Make one with: openssl rand -hex 32';

/** The text of a public key would let everybody sign who has it, and a private key is no shared secret (RFC 8725 §2.1). */
const keyOfAnotherKind = /-----BEGIN [A-Z0-9 ]+-----|^\s*\{.*"(?:kty|keys)"\s*:/s;

/** How long a secret must be, and who says so: "HS256 needs at least 32 (RFC 7518 §3.2)". */
export interface LengthRule {
  readonly minBytes: number;
  readonly rule: string;
}

/** Judges a secret without repeating any of it. Undefined if nothing is wrong with it. */
export function findSecretWeakness(secret: string, { minBytes, rule }: LengthRule): SecretWeakness | undefined {
  if (keyOfAnotherKind.test(secret)) {
    const instead =
      'A public key belongs under "public_key" or in JWT_PUBLIC_KEY; a private key not on this server at all.';
    return { kind: 'unusable', message: 'is a key of a pair, not a shared secret', remedy: instead };
  }
  const bytes = Buffer.byteLength(secret);
  if (bytes < minBytes) {
    const message = `has ${bytes} bytes; ${rule}`;
    return { kind: 'unusable', message, remedy: minBytes > 32 ? 'Make one with: openssl rand -hex 64' : remedy };
  }
  const plain = secret.toLowerCase().replace(/[-_ ]/g, '');
  if (placeholders.includes(plain) || placeholderWords.test(secret)) {
    return { kind: 'weak', message: 'is a placeholder from a guide, which everybody knows', remedy };
  }
  if (isPublished(secret)) {
    const message = 'is one of the secrets known from public code, which attackers try first';
    return { kind: 'weak', message, remedy };
  }
  if (entropyBits(secret) < minEntropyBits) {
    const message = `is too regular: it looks like less than ${minEntropyBits} bits of randomness`;
    return { kind: 'weak', message, remedy };
  }
  return undefined;
}

/** Shannon's entropy of the characters, times their number: an upper bound for a text that somebody typed. */
function entropyBits(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  const length = Array.from(text).length;
  const perCharacter = [...counts.values()].reduce(
    (sum, count) => sum - (count / length) * Math.log2(count / length),
    0,
  );
  return perCharacter * length;
}
