import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Log } from './log.js';
import { createPrincipal, ownerOf } from './principal.js';
import { createRevocations, type FollowedRevocations } from './revocations.js';
import type { Revocation, RevocationsSince } from './stores/revocation-store.js';

const start = Date.parse('2026-01-01T00:00:00Z');
const alice = createPrincipal({ realm: 'local', subject: 'alice' });
const session: Revocation = { kind: 'session', sessionId: 'ses_1', expiresAt: start + 90_000 };

let now: number;
let kept: Revocation[];
let failure: Error | undefined;
let lines: string[];
let revocations: FollowedRevocations;
let tellOfChange: () => void;

const log: Log = {
  info: (_fields, message) => void lines.push(`info ${message}`),
  warn: (_fields, message) => void lines.push(`warn ${message}`),
  error: (_fields, message) => void lines.push(`error ${message}`),
};

beforeEach(() => {
  now = start;
  kept = [];
  failure = undefined;
  lines = [];
  const store = {
    add: async (more: readonly Revocation[]) => void kept.push(...more),
    async since(sequence: number): Promise<RevocationsSince> {
      if (failure !== undefined) throw failure;
      return { revocations: kept.slice(sequence), sequence: kept.length };
    },
  };
  const changes = {
    listen(_topic: string, listener: () => void) {
      tellOfChange = listener;
      return () => undefined;
    },
  };
  const clock = { now: () => now };
  revocations = createRevocations({ open: async () => ({ revocations: store, changes }), clock, log });
});

/** As another process would, which is heard. */
async function hear(...more: readonly Revocation[]): Promise<void> {
  kept.push(...more);
  tellOfChange();
  await new Promise((resolve) => setImmediate(resolve));
}

const isOut = (more: object = {}) => revocations.isRevoked({ principal: alice, ...more });

test('nobody is let through before the list has been read', async () => {
  expect(() => isOut()).toThrow('has not been read yet');
  await revocations.start();
  expect(isOut()).toBe(false);
  revocations.close();
});

test('a start without the list fails', async () => {
  failure = new Error('away');
  await expect(revocations.start()).rejects.toThrow('away');
  expect(() => isOut()).toThrow('has not been read yet');
});

describe('started', () => {
  beforeEach(async () => {
    kept.push(session);
    await revocations.start();
    return () => revocations.close();
  });

  test('a session, a credential, and all of a principal from before; and nobody else', async () => {
    expect([isOut({ sessionId: 'ses_1' }), isOut({ sessionId: 'ses_2' })]).toEqual([true, false]);
    await hear({ kind: 'credential', realm: 'local', credentialId: 'jti-1', expiresAt: undefined });
    expect([isOut({ credentialId: 'jti-1' }), isOut({ credentialId: 'jti-2' })]).toEqual([true, false]);
    const elsewhere = createPrincipal({ realm: 'https://issuer.example', subject: 'alice' });
    expect(revocations.isRevoked({ principal: elsewhere, credentialId: 'jti-1' })).toBe(false);
    await hear({ kind: 'principal', owner: ownerOf(alice), issuedBefore: start, expiresAt: undefined });
    expect([isOut({ issuedAt: start - 1 }), isOut({ issuedAt: start }), isOut()]).toEqual([true, false, true]);
    expect(revocations.isRevoked({ principal: elsewhere, issuedAt: start - 1 })).toBe(false);
    // What is for good stays so, also where less is taken back later, and forgotten again.
    await hear({ kind: 'principal', owner: ownerOf(alice), issuedBefore: start - 50, expiresAt: start + 1 });
    expect(isOut({ issuedAt: start - 1 })).toBe(true);
  });

  test('is in force here once it is kept, and whoever listens is told', async () => {
    let rung = 0;
    const stop = revocations.onChange(() => {
      rung += 1;
    });
    await revocations.revoke([{ kind: 'session', sessionId: 'ses_2', expiresAt: undefined }]);
    expect([isOut({ sessionId: 'ses_2' }), rung, kept.length]).toEqual([true, 1, 2]);
    await hear({ kind: 'session', sessionId: 'ses_3', expiresAt: undefined });
    expect(rung).toBe(2);
    stop();
    await hear({ kind: 'session', sessionId: 'ses_4', expiresAt: undefined });
    expect([rung, isOut({ sessionId: 'ses_4' })]).toEqual([2, true]);
  });

  test('what a store has kept with something else is in force here at once, and is not kept again', () => {
    let rung = 0;
    revocations.onChange(() => {
      rung += 1;
    });
    revocations.apply([{ kind: 'session', sessionId: 'ses_2', expiresAt: undefined }]);
    expect([isOut({ sessionId: 'ses_2' }), rung, kept.length]).toEqual([true, 1, 1]);
  });

  test('where the database was put back, what is known stays known, and what is new is found', async () => {
    await hear({ kind: 'session', sessionId: 'ses_2', expiresAt: undefined });
    kept = [{ kind: 'session', sessionId: 'ses_3', expiresAt: undefined }];
    await hear();
    expect(['ses_1', 'ses_2', 'ses_3'].map((sessionId) => isOut({ sessionId }))).toEqual([true, true, true]);
  });

  test('a list that cannot be read for long refuses everybody, until it can', async () => {
    failure = new Error('away');
    // Counted from the last good look, whenever it is noticed that there are no more.
    now += 4_999;
    await hear();
    expect(isOut()).toBe(false);
    now += 1;
    expect(() => isOut()).toThrow('could not be read for too long');
    failure = undefined;
    await hear({ kind: 'session', sessionId: 'ses_2', expiresAt: undefined });
    expect([isOut(), isOut({ sessionId: 'ses_2' })]).toEqual([false, true]);
    expect(lines).toEqual([
      'warn what was revoked cannot be read; if that lasts, everybody is refused with 503',
      'info what was revoked can be read again',
    ]);
  });
});

test('what has run out is forgotten, so that what is remembered does not grow for ever; what is for good is not', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const owner = ownerOf(alice);
  const [soon, later] = [start + 60_000, start + 60_001];
  kept.push(
    { kind: 'session', sessionId: 'soon', expiresAt: soon },
    { kind: 'session', sessionId: 'later', expiresAt: later },
  );
  kept.push({ kind: 'credential', realm: 'local', credentialId: 'soon', expiresAt: soon });
  kept.push({ kind: 'credential', realm: 'local', credentialId: 'for good', expiresAt: undefined });
  kept.push({ kind: 'principal', owner, issuedBefore: start, expiresAt: soon });
  kept.push({ kind: 'signing-key', keyId: 'for good', expiresAt: undefined });
  await revocations.start();
  const outOf = () => [
    ...['soon', 'later'].map((sessionId) => isOut({ sessionId, issuedAt: start })),
    ...['soon', 'for good'].map((credentialId) => isOut({ credentialId, issuedAt: start })),
    ...[isOut({ issuedAt: start - 1 }), revocations.isRetired('for good')],
  ];
  expect(outOf()).toEqual([true, true, true, true, true, true]);
  now = soon;
  vi.advanceTimersByTime(60_000);
  expect(outOf()).toEqual([false, true, false, true, false, true]);
  revocations.close();
});

test('a key that signs is taken back by its own name, and by no token that has the same', async () => {
  expect(() => revocations.isRetired('k1')).toThrow('has not been read yet');
  await revocations.start();
  await hear({ kind: 'credential', realm: 'local', credentialId: 'k1', expiresAt: undefined });
  expect([revocations.isRetired('k1'), isOut({ credentialId: 'k1' })]).toEqual([false, true]);
  await hear({ kind: 'signing-key', keyId: 'k2', expiresAt: undefined });
  expect([revocations.isRetired('k2'), isOut({ credentialId: 'k2' }), isOut({ sessionId: 'k2' })]).toEqual([
    ...[true, false, false],
  ]);
  now += 365 * 86_400_000;
  expect(revocations.isRetired('k2')).toBe(true);
  revocations.close();
});
