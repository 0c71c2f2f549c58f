import { describe, expect, test } from 'vitest';
import { type AttemptSubject, attemptPolicies, createAttempts, defaultAttemptNumbers } from './attempts.js';
import { createKeyDigest } from './key-digest.js';
import { createMemoryCounters } from './memory-counters.js';

/* Security bar 45: whoever guesses is slowed, and nobody is locked out by it where they are known. */

const policies = attemptPolicies(defaultAttemptNumbers);
const subject = { kind: 'password', account: 'default/alice', address: '192.0.2.1' } as const;

function start() {
  let now = 1_800_000_000_000;
  const counters = createMemoryCounters({ clock: { now: () => now } });
  const attempts = createAttempts({ counters, digest: createKeyDigest(Buffer.alloc(32, 1)), policies: () => policies });
  /** How many of them may be made; each fails. */
  const fail = async (count: number, of: (index: number) => AttemptSubject = () => subject) => {
    let made = 0;
    for (let index = 0; index < count; index += 1) {
      const attempt = await attempts.begin(of(index));
      if (!attempt.allowed) continue;
      made += 1;
      await attempt.failed();
    }
    return made;
  };
  const succeed = async (one: AttemptSubject = subject) => {
    const attempt = await attempts.begin(one);
    if (attempt.allowed) await attempt.succeeded();
    return attempt.allowed;
  };
  return { attempts, fail, succeed, pass: (seconds: number) => (now += seconds * 1000) };
}

describe('attempts', () => {
  test('of one account at one address: ten, and then one a minute', async () => {
    const { fail, pass, attempts } = start();
    expect(await fail(100)).toBe(10);
    expect(await attempts.begin(subject)).toMatchObject({ allowed: false, retryAfterSeconds: 60 });
    pass(60);
    expect(await fail(100)).toBe(1);
    // Another's attempts at another address are none of it.
    expect(await fail(1, () => ({ ...subject, account: 'default/bob', address: '192.0.2.2' }))).toBe(1);
  });

  test('that go on at once are as many as one after another', async () => {
    const { attempts } = start();
    const begun = await Promise.all(Array.from({ length: 1000 }, () => attempts.begin(subject)));
    expect(begun.filter(({ allowed }) => allowed)).toHaveLength(10);
  });

  test('one password on a thousand accounts, from one address', async () => {
    const { fail } = start();
    expect(await fail(1000, (index) => ({ ...subject, account: `default/user-${index}` }))).toBe(30);
  });

  test('a thousand addresses at one account', async () => {
    const { fail } = start();
    expect(await fail(1000, (index) => ({ ...subject, address: `192.0.${index >> 8}.${index & 255}` }))).toBe(30);
  });

  test('a thousand addresses of one IPv6 network are one address', async () => {
    const { fail } = start();
    const address = (index: number) => `2001:db8:1:2::${index.toString(16)}`;
    expect(await fail(1000, (index) => ({ ...subject, address: address(index) }))).toBe(10);
  });

  test('of others do not lock out the owner where the account is known', async () => {
    const { fail, succeed } = start();
    expect(await succeed()).toBe(true);
    const elsewhere = { ...subject, address: '198.51.100.7' };
    const far = (index: number) => ({ ...subject, address: `203.0.113.${index}` });
    expect(await fail(200, far)).toBe(30);
    // The account is exhausted for whoever is not known, with the right password too.
    expect(await succeed(elsewhere)).toBe(false);
    expect(await succeed()).toBe(true);
    // And at the same address, others who guess at other accounts do not either.
    expect(await fail(200, (index) => ({ ...subject, account: `default/user-${index}` }))).toBe(30);
    expect(await succeed()).toBe(true);
    expect(await succeed({ ...subject, account: 'default/bob' })).toBe(false);
  });

  test('at the known address itself are still limited', async () => {
    const { fail, succeed } = start();
    await succeed();
    expect(await fail(100)).toBe(10);
  });

  test('that succeed count for nothing, and make no room for guesses at others', async () => {
    const { fail, succeed } = start();
    for (let index = 0; index < 200; index += 1) expect(await succeed()).toBe(true);
    const others = (index: number) => ({ ...subject, account: `default/user-${index}` });
    let made = 0;
    for (let index = 0; index < 200; index += 1) {
      await succeed();
      made += await fail(1, () => others(index));
    }
    expect(made).toBe(30);
  });

  test('of everybody in one office, each with the right password, are no guesses', async () => {
    const { succeed, fail } = start();
    const colleague = (index: number) => ({ ...subject, account: `default/colleague-${index}` });
    for (let index = 0; index < 200; index += 1) expect(await succeed(colleague(index))).toBe(true);
    expect(await fail(200, (index) => colleague(1000 + index))).toBe(30);
  });

  test('that were abandoned count for nothing', async () => {
    const { attempts, fail } = start();
    for (let index = 0; index < 100; index += 1) {
      const attempt = await attempts.begin(subject);
      if (!attempt.allowed) throw new Error('an abandoned attempt counted');
      await attempt.abandoned();
    }
    expect(await fail(100)).toBe(10);
  });

  test('that stayed counted are forgiven one by one, and never more than there are', async () => {
    const { attempts, fail } = start();
    const device = { kind: 'device', address: '192.0.2.1' } as const;
    expect(await fail(100, () => device)).toBe(30);
    await attempts.forgive(device);
    expect(await fail(100, () => device)).toBe(1);
    for (let index = 0; index < 100; index += 1) await attempts.forgive(device);
    expect(await fail(100, () => device)).toBe(30);
    // Of what else is tried there it makes no room.
    expect(await fail(100, () => ({ ...device, kind: 'code' }))).toBe(30);
    await attempts.forgive(device);
    expect(await fail(100, () => ({ ...device, kind: 'code' }))).toBe(0);
  });

  test('a known account is forgotten after thirty days', async () => {
    const { fail, succeed, pass } = start();
    await succeed();
    const far = (index: number) => ({ ...subject, address: `203.0.113.${index}` });
    pass(29 * 86_400);
    await fail(100, far);
    expect(await succeed()).toBe(true);
    pass(31 * 86_400);
    await fail(100, far);
    expect(await succeed()).toBe(false);
  });

  test('tell by which limit they are refused no more than which are configured', async () => {
    const { attempts, fail } = start();
    await fail(1000, (index) => ({ ...subject, address: `192.0.${index >> 8}.${index & 255}` }));
    expect(await attempts.begin({ ...subject, address: '203.0.113.9' })).toMatchObject({
      violated: [{ name: 'sign-in' }],
    });
  });
});
