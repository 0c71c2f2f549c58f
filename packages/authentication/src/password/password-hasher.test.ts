import { UnavailableError } from '@agentflow/core';
import { describe, expect, test } from 'vitest';
import { type PasswordOptions, passwordOptionsSchema } from './options.js';
import { createPasswordHasher } from './password-hasher.js';

/* Security bar 36: what a password may be, and that it is tried as it was sent. */

const weak: PasswordOptions = {
  ...{ memory: 1024, passes: 1, lanes: 1, min_length: 8, concurrency: 2, max_waiting: 3 },
};

describe('the parameters', () => {
  test.each([
    [{}, true],
    [{ memory: 19_455 }, false],
    [{ memory: 19_456, passes: 2 }, true],
    [{ memory: 47_103, passes: 1 }, false],
    [{ memory: 47_104, passes: 1 }, true],
    [{ memory: 12_287, passes: 3 }, false],
    [{ memory: 12_288, passes: 3 }, true],
    [{ memory: 12_287, passes: 10 }, false],
    [{ memory: 12_288, passes: 10 }, true],
    [{ min_length: 7 }, false],
    [{ lanes: 0 }, false],
  ])('%j', (options, isTaken) => {
    expect(passwordOptionsSchema.safeParse(options).success).toBe(isTaken);
  });
});

describe('a hash', () => {
  const hasher = createPasswordHasher(weak);

  test('is of its password alone, and each is another', async () => {
    const [one, two] = [await hasher.hash('a password'), await hasher.hash('a password')];
    expect(one).toMatch(/^\$argon2id\$v=19\$m=1024,t=1,p=1\$/);
    expect(one).not.toBe(two);
    expect(await hasher.verify(one, 'a password')).toBe(true);
    for (const other of ['a passwore', 'a password ', 'A password', ''])
      expect(await hasher.verify(one, other)).toBe(false);
    expect(await hasher.verify(undefined, 'a password')).toBe(false);
  });

  test('is outdated where it is not as hashes are made now', async () => {
    const known = await hasher.hash('a password');
    expect(hasher.isOutdated(known)).toBe(false);
    for (const other of [{ memory: 2048 }, { passes: 2 }, { lanes: 2 }]) {
      expect(createPasswordHasher({ ...weak, ...other }).isOutdated(known)).toBe(true);
    }
    expect(hasher.isOutdated('something else')).toBe(true);
  });

  test('has room for so many at once; the next is refused at once, and room comes back', async () => {
    const all = await Promise.allSettled(Array.from({ length: 20 }, () => hasher.verify(undefined, 'a password')));
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    for (const one of all) if (one.status === 'rejected') expect(one.reason).toBeInstanceOf(UnavailableError);
    expect(() => hasher.requireRoom()).not.toThrow();
    expect(await hasher.verify(undefined, 'a password')).toBe(false);
  });

  test('of what is too long is not made', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => hasher.verify(undefined, 'x'.repeat(1025))));
    expect(new Set(all)).toEqual(new Set([false]));
  });
});
