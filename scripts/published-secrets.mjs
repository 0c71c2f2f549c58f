/**
 * Makes published-secrets.txt from a list with one secret a line:
 * `node scripts/published-secrets.mjs jwt.secrets.list > packages/authentication/data/published-secrets.txt`
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Shorter ones are refused for their length alone. In bytes: an API key's minimum. */
const minBytes = 16;
const digits = 12;

const lines = readFileSync(process.argv[2], 'utf8').split(/\r?\n/);
const secrets = lines.flatMap((line) => [line, line.trim()]).filter((line) => Buffer.byteLength(line) >= minBytes);
const fingerprints = secrets.map((secret) => createHash('sha256').update(secret).digest('hex').slice(0, digits));
process.stdout.write(`${[...new Set(fingerprints)].sort().join('\n')}\n`);
