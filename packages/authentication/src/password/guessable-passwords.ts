import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

const file = new URL('../../data/common-passwords.txt', import.meta.url);
let fingerprints: ReadonlySet<string> | undefined;

/** Whether a password, in small letters, is among the most common (`data/README.md` says where from). Read once, at the first of them. */
export function isCommonPassword(password: string): boolean {
  fingerprints ??= new Set(readFileSync(file, 'utf8').trimEnd().split('\n'));
  return fingerprints.has(createHash('sha256').update(password).digest('hex').slice(0, 12));
}
