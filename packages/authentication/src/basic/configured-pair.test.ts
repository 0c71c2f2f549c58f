import { randomBytes } from 'node:crypto';
import { type BackendSurroundings, ConfigurationError } from '@agentflow/core';
import { expect, test } from 'vitest';
import { createConfiguredPair } from './configured-pair.js';
import { basicAuthOptionsSchema } from './options.js';

const password = randomBytes(32).toString('hex');
const warnings: string[] = [];
const surroundings = (strict: boolean): BackendSurroundings => ({
  ...{ directory: '.', path: ['auth'], environment: {}, isLiteral: () => false, strict },
  clock: { now: () => 0 },
  warn: ({ message }) => void warnings.push(message),
});
const create = (options: object, strict = true) =>
  createConfiguredPair(basicAuthOptionsSchema.parse({ method: 'basic', ...options }), surroundings(strict));

test('the pair is somebody, and no other is', async () => {
  const pair = create({ username: 'builder', password, roles: ['builder'], scopes: ['graph:invoke'] });
  const find = (username: string, given: string) => pair.find({ username, password: given }, 'x');
  expect(await find('builder', password)).toMatchObject({
    kind: 'authenticated',
    principal: { realm: 'local', subject: 'builder', roles: ['builder'], scopes: ['graph:invoke'] },
  });
  // Nor is another that would read the same, were the two put together.
  for (const [username, other] of [
    ['builder', `${password} `],
    ['builderb', password.slice(1)],
    ['Builder', password],
    ['', password],
    ['builder', ''],
  ] as const) {
    expect(await find(username, other)).toMatchObject({ kind: 'rejected' });
  }
});

test.each([
  ['admin', 'admin', /is the username/, true],
  ['administrator', 'ADMINISTRATOR', /is the username/, true],
  ['builder', 'short', /has 5 bytes/, true],
  ['builder', 'your-password-goes-here', /placeholder/, false],
  ['builder', 'a'.repeat(40), /too regular/, false],
])('%s with %s is refused in production', (username, weak, message, isUnusable) => {
  const start = (strict: boolean) => () => create({ username, password: weak }, strict);
  expect(start(true)).toThrow(ConfigurationError);
  expect(start(true)).toThrow(message);
  warnings.length = 0;
  if (isUnusable) expect(start(false)).toThrow(message);
  else expect(start(false)).not.toThrow();
  expect(warnings.length).toBe(isUnusable ? 0 : 1);
  expect(warnings.join()).not.toContain(weak);
});
