import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

const file = new URL('../data/published-secrets.txt', import.meta.url);
let fingerprints: ReadonlySet<string> | undefined;

/** Whether a secret stands in public code (`data/README.md` says where from). Read once, at the first secret. */
export function isPublished(secret: string): boolean {
  fingerprints ??= new Set(readFileSync(file, 'utf8').trimEnd().split('\n'));
  const fingerprint = createHash('sha256').update(secret).digest('hex').slice(0, 12);
  return fingerprints.has(fingerprint);
}
