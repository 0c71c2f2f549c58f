import { minSecretBytes } from './options.js';

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

/** What is wrong with a secret: `short` is never accepted, `weak` not in production. Undefined if nothing is. */
export type SecretWeakness = { readonly kind: 'short' | 'weak'; readonly message: string };

/** Judges a secret without repeating any of it. */
export function findSecretWeakness(secret: string, algorithm: keyof typeof minSecretBytes): SecretWeakness | undefined {
  const bytes = Buffer.byteLength(secret);
  const needed = minSecretBytes[algorithm];
  if (bytes < needed) {
    return { kind: 'short', message: `has ${bytes} bytes; ${algorithm} needs at least ${needed} (RFC 7518 §3.2)` };
  }
  const plain = secret.toLowerCase().replace(/[-_ ]/g, '');
  if (placeholders.includes(plain) || placeholderWords.test(secret)) {
    return { kind: 'weak', message: 'is a placeholder from a guide, which everybody knows' };
  }
  if (entropyBits(secret) < minEntropyBits) {
    return { kind: 'weak', message: `is too regular: it looks like less than ${minEntropyBits} bits of randomness` };
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
