import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { findSecretWeakness } from './secret-strength.js';

const length = { minBytes: 16, rule: 'at least 16' };

/** Long and irregular, and in the sources of others: nothing but the list can know them. */
const published = [
  'u7x!A%D*G-KaPdSgVkYp2s5v8y/B?E(H+MbQeThWmZq4t6w9z$C&F)J@NcRfUjXn',
  'UnMTH4QvAAp0BLYyEmdXYjoAOv4biHW4',
  'E)H@McQfTjWnZr4t7w!z%C*F-JaNdRgU',
  '62eb8c48339aac7038596066bbdd0e59e2cdc337b309d6fd7837d33ecbefe1ce',
];

test.each(published)('a secret from public code is weak, and one character makes another of it (%#)', (secret) => {
  expect(findSecretWeakness(secret, length)).toEqual({
    kind: 'weak',
    message: 'is one of the secrets known from public code, which attackers try first',
    remedy: 'Make one with: openssl rand -hex 32',
  });
  expect(findSecretWeakness(`${secret}~`, length)).toBeUndefined();
});

test('a thousand random secrets are none of them', () => {
  const secrets = Array.from({ length: 1000 }, () => randomBytes(32).toString('hex'));
  expect(secrets.filter((secret) => findSecretWeakness(secret, length) !== undefined)).toEqual([]);
});

test('the list holds fingerprints, sorted, each once, and no secret', () => {
  const lines = readFileSync(new URL('../data/published-secrets.txt', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n');
  expect(lines).toHaveLength(3438);
  expect(lines.filter((line) => !/^[0-9a-f]{12}$/.test(line))).toEqual([]);
  expect([...new Set(lines)].sort()).toEqual(lines);
});
