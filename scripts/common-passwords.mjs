/**
 * Makes common-passwords.txt from `passwords.json` of the package @zxcvbn-ts/language-common, a list with the most common first:
 * `node scripts/common-passwords.mjs passwords.json > packages/authentication/data/common-passwords.txt`
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Shorter ones are refused for their length alone. */
const minLength = 8;
const count = 10_000;
const digits = 12;

const all = JSON.parse(readFileSync(process.argv[2], 'utf8')).map((password) => password.toLowerCase());
const common = [...new Set(all)].filter((password) => password.length >= minLength).slice(0, count);
const fingerprints = common.map((password) => createHash('sha256').update(password).digest('hex').slice(0, digits));
process.stdout.write(`${[...new Set(fingerprints)].sort().join('\n')}\n`);
