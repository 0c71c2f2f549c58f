import {
  type ApiKeyMaker,
  type ApiKeyWish,
  type BaseAuth,
  createPeppers,
  createPrincipal,
  type LogFields,
  lastTime,
  type Peppers,
  Secret,
  type Stores,
  silentLog,
  type TenantId,
} from '@agentflow/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { crc32Oracle } from '../../../../../test/harness/crc32-oracle.js';
import { describeOnDatabases, type TestDatabase } from '../../../../../test/harness/databases.js';
import { type IssuingWorld, issueOn, testPeppers } from '../../../../../test/harness/key-issuing.js';
import { useSecret } from '../../../../../test/harness/leaks/used-secrets.js';

/* Security bar 28, 30 and 31: what an issued key costs who presents it, how long it lives, and what takes it back. */

const hour = 3_600_000;
const day = 24 * hour;
const tenant = 'default' as TenantId;
const wish: ApiKeyWish = {
  ...{ name: 'a test', expiresAt: undefined, scopes: undefined, roles: undefined, rate: undefined, quota: undefined },
};
const anybody = { principal: createPrincipal({ realm: 'https://issuer.example', subject: 'alice', roles: ['guest'] }) };
const alice: ApiKeyMaker = { ...anybody, credentialId: undefined };

describeOnDatabases((createDatabase) => {
  let now: number;
  const clock = { now: () => now };
  let database: TestDatabase;
  let kept: Stores;
  let stores: Stores;
  let asked: { keys: number; users: number; macs: number };
  const closing: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    now = Date.parse('2026-01-01T00:00:00Z');
    database = await createDatabase();
    kept = await database.open(clock);
    asked = { keys: 0, users: 0, macs: 0 };
    const { apiKeys, users } = kept;
    stores = {
      ...kept,
      apiKeys: { ...apiKeys, findOrDecoy: (id) => counted('keys', () => apiKeys.findOrDecoy(id)) },
      users: { ...users, find: (id) => counted('users', () => users.find(id)) },
    };
  });

  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
    await kept.close();
    await database.remove();
  });

  function counted<T>(what: keyof typeof asked, work: () => T): T {
    asked[what] += 1;
    return work();
  }

  function countingPeppers(peppers: Peppers): Peppers {
    const wrap = (pepper: Peppers['current']) => ({
      ...{ id: pepper.id, deriveKey: (purpose: string) => pepper.deriveKey(purpose) },
      mac: (purpose: string, text: string) => counted('macs', () => pepper.mac(purpose, text)),
    });
    return {
      current: wrap(peppers.current),
      find(id) {
        const found = peppers.find(id);
        return found && wrap(found);
      },
    };
  }

  async function issuing(more: Partial<IssuingWorld> = {}) {
    const made = await issueOn({ clock, stores, peppers: countingPeppers(testPeppers), ...more });
    closing.push(() => made.close());
    return made;
  }

  async function issueKey(
    { apiKeys }: Awaited<ReturnType<typeof issuing>>,
    by = alice,
    more: Partial<ApiKeyWish> = {},
  ) {
    const issued = await apiKeys.issue(by, { ...wish, ...more });
    if (issued === undefined) throw new Error('there are too many');
    useSecret(issued.key);
    return issued;
  }

  const present = async (backend: BaseAuth, key: string) =>
    (await backend.authenticate({ headers: new Headers({ 'X-API-Key': key }) } as never, {} as never, null)) as {
      readonly kind: string;
    };
  const isGood = async (backend: BaseAuth, key: string) => (await present(backend, key)).kind === 'authenticated';

  /** What presenting it has asked of the database and the processor. */
  async function costOf(backend: BaseAuth, key: string) {
    asked = { keys: 0, users: 0, macs: 0 };
    const { kind } = await present(backend, key);
    return { ...asked, kind };
  }

  describe('what is asked', () => {
    test('nothing, for what cannot be a key', async () => {
      const made = await issuing();
      const { key } = await issueKey(made);
      const changed = `${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`;
      for (const text of [changed, key.slice(0, -1), `${key}0`, `af_sk_${'0'.repeat(1_000_000)}`, 'af_sk_']) {
        expect(await costOf(made.backend, text)).toEqual({ keys: 0, users: 0, macs: 0, kind: 'rejected' });
      }
      expect(await costOf(made.backend, key)).toEqual({ keys: 1, users: 0, macs: 1, kind: 'authenticated' });
    });

    test('the same, for one that is unknown, wrong, revoked, or over', async () => {
      const made = await issuing();
      const [good, revoked, over] = [
        await issueKey(made),
        await issueKey(made),
        await issueKey(made, alice, { expiresAt: now + hour }),
      ];
      await made.apiKeys.revoke(revoked.stored.id, revoked.stored.owner);
      const body = `${good.key.slice(0, -38)}${revoked.key.slice(-38, -6)}`;
      const unknown = `af_sk_live_${'a'.repeat(16)}_${'0'.repeat(32)}`;
      now += hour;
      const costs = [];
      for (const key of [`${unknown}${crc32Oracle(unknown)}`, `${body}${crc32Oracle(body)}`, revoked.key, over.key]) {
        costs.push(await costOf(made.backend, key));
      }
      expect(costs).toEqual(Array(4).fill({ keys: 1, users: 0, macs: 1, kind: 'rejected' }));
      expect(await isGood(made.backend, good.key)).toBe(true);
    });

    test('a refusal names the key, and nothing else of it', async () => {
      const made = await issuing();
      const { key, stored } = await issueKey(made);
      await made.apiKeys.revoke(stored.id, stored.owner);
      expect(await present(made.backend, key)).toMatchObject({
        reason: `the key "${stored.id}" is not known, or has ended`,
      });
    });

    test('once, for a hundred at once; and again only when a moment has passed', async () => {
      const made = await issuing();
      const { key } = await issueKey(made);
      asked.keys = 0;
      const answers = await Promise.all(Array.from({ length: 100 }, () => isGood(made.backend, key)));
      expect([answers.every(Boolean), asked.keys]).toEqual([true, 1]);
      now += 999;
      await present(made.backend, key);
      expect(asked.keys).toBe(1);
      now += 1;
      await present(made.backend, key);
      expect(asked.keys).toBe(2);
    });
  });

  describe('its end', () => {
    test('no sooner than in a minute', async () => {
      const made = await issuing();
      await expect(issueKey(made, alice, { expiresAt: now + 59_999 })).rejects.toThrow('at least a minute from now');
      expect(await isGood(made.backend, (await issueKey(made, alice, { expiresAt: now + 60_000 })).key)).toBe(true);
    });

    test('rotated again and again: so many rows in a day, and no more', async () => {
      const made = await issuing();
      let { stored } = await issueKey(made);
      const rotate = () => made.apiKeys.rotate(stored.id, alice, 0, () => undefined);
      for (let rows = 1; rows < 125; rows += 1) {
        const next = await rotate();
        if (typeof next === 'string') throw new Error(`${rows}: ${next}`);
        stored = next.stored;
      }
      expect(await rotate()).toBe('many');
      now += day;
      expect(await rotate()).toMatchObject({ stored: {} });
    });

    test('at the moment that it says, also where it is remembered', async () => {
      const made = await issuing();
      const { key } = await issueKey(made, alice, { expiresAt: now + 60_000 });
      now += 59_500;
      expect(await isGood(made.backend, key)).toBe(true);
      now += 499;
      expect(await isGood(made.backend, key)).toBe(true);
      now += 1;
      expect(await isGood(made.backend, key)).toBe(false);
    });

    test('by a word of another process, at once, and not for what others have', async () => {
      const [one, other] = [await issuing(), await issuing()];
      const [taken, stays] = [await issueKey(one), await issueKey(one)];
      expect(await isGood(other.backend, taken.key)).toBe(true);
      await one.apiKeys.revoke(taken.stored.id, taken.stored.owner);
      await expect.poll(() => isGood(other.backend, taken.key)).toBe(false);
      expect(await isGood(one.backend, taken.key)).toBe(false);
      expect(await isGood(other.backend, stays.key)).toBe(true);
    });

    /** The connection breaks off, before a change was kept or before its answer has come. */
    function breaking(when: 'before' | 'after') {
      const { apiKeys } = stores;
      const broken = async <T>(change: () => Promise<T>): Promise<T> => {
        if (when === 'before') throw new Error('the database broke off');
        const kept = await change();
        if (when === 'after') throw new Error('the database broke off');
        return kept;
      };
      return issuing({
        stores: {
          ...stores,
          apiKeys: {
            ...apiKeys,
            revoke: (...asked) => broken(() => apiKeys.revoke(...asked)),
            replace: (...asked) => broken(() => apiKeys.replace(...asked)),
          },
        },
      });
    }

    test('where the database breaks off, all of it or nothing, and it is told as it is', async () => {
      const whole = await issuing();
      const rotate = ({ apiKeys }: typeof whole, id: string) => apiKeys.rotate(id, alice, 0, () => undefined);
      const [revoked, rotated] = [await issueKey(whole), await issueKey(whole)];
      const before = await breaking('before');
      const owner = revoked.stored.owner;
      await expect(before.apiKeys.revoke(revoked.stored.id, owner)).rejects.toThrow('broke off');
      await expect(rotate(before, rotated.stored.id)).rejects.toThrow('broke off');
      for (const { key } of [revoked, rotated]) {
        expect([await isGood(before.backend, key), await isGood(whole.backend, key)]).toEqual([true, true]);
      }

      const after = await breaking('after');
      for (const { key } of [revoked, rotated]) expect(await isGood(after.backend, key)).toBe(true);
      expect(await after.apiKeys.revoke(revoked.stored.id, owner)).toMatchObject({ id: revoked.stored.id });
      const next = await rotate(after, rotated.stored.id);
      if (typeof next === 'string') throw new Error(next);
      for (const { key } of [revoked, rotated]) expect(await isGood(after.backend, key)).toBe(false);
      expect([await isGood(after.backend, next.key), await isGood(whole.backend, next.key)]).toEqual([true, true]);

      now += 1;
      // What had ended before is not said to have ended by this.
      await expect(after.apiKeys.revoke(revoked.stored.id, { tenant })).rejects.toThrow('broke off');
      expect((await whole.apiKeys.list(owner)).map(({ id }) => id).toSorted()).toEqual(
        [rotated.stored.id, next.stored.id].toSorted(),
      );
    });

    test('rotated: an hour of both, and never longer than the old one had', async () => {
      const made = await issuing({ options: { issued: { overlap: '1h' } } });
      const limits = { rate: { requests: 5, windowSeconds: 60 }, quota: 7, scopes: ['graph:*'], roles: ['guest'] };
      const old = await issueKey(made, alice, { ...limits, expiresAt: now + 10 * day });
      now += day;
      const next = await made.apiKeys.rotate(old.stored.id, alice, undefined, () => undefined);
      if (typeof next === 'string') throw new Error(next);
      expect(next.stored).toMatchObject({
        ...limits,
        owner: old.stored.owner,
        name: 'a test',
        expiresAt: now + 10 * day,
      });
      expect(next.stored.family).toBe(old.stored.family);
      now += hour - 1;
      expect([await isGood(made.backend, old.key), await isGood(made.backend, next.key)]).toEqual([true, true]);
      now += 1;
      expect([await isGood(made.backend, old.key), await isGood(made.backend, next.key)]).toEqual([false, true]);

      now += 9 * day;
      const last = await made.apiKeys.rotate(next.stored.id, alice, 5 * 86_400, () => undefined);
      if (typeof last === 'string') throw new Error(last);
      expect((await kept.apiKeys.find(next.stored.id))?.expiresAt).toBe(next.stored.expiresAt);
      const refusals: unknown[] = [];
      for (const id of [old.stored.id, next.stored.id, 'key_aaaaaaaaaaaaaaaa']) {
        refusals.push(await made.apiKeys.rotate(id, alice, 0, () => undefined));
      }
      expect(refusals).toEqual(['ended', 'rotated', 'unknown']);
    });

    test('an overlap without end is one to the last moment that there is', async () => {
      const made = await issuing();
      await kept.users.add({ id: 'usr_1', username: 'Bob', tenant, roles: [], passwordHash: undefined });
      const bob = { principal: createPrincipal({ realm: 'local', subject: 'usr_1' }), credentialId: undefined };
      const { stored } = await issueKey(made, bob);
      const next = await made.apiKeys.rotate(stored.id, bob, 8_640_000_000_000, () => undefined);
      expect(next).toMatchObject({ stored: {} });
      const listed = await made.apiKeys.list(stored.owner);
      expect(new Set(listed.map(({ expiresAt }) => expiresAt))).toEqual(new Set([lastTime, undefined]));
    });

    test('those that live on beside their successors are as many as the others, and no more', async () => {
      const made = await issuing({ options: { issued: { max_keys: 1 } } });
      const { stored } = await issueKey(made);
      const next = await made.apiKeys.rotate(stored.id, alice, 3600, () => undefined);
      if (typeof next === 'string') throw new Error(next);
      expect(await made.apiKeys.rotate(next.stored.id, alice, 3600, () => undefined)).toBe('many');
      now += hour;
      expect(await made.apiKeys.rotate(next.stored.id, alice, 3600, () => undefined)).toMatchObject({ stored: {} });
    });

    test('of one who has lost a role, the next key has lost it too', async () => {
      const made = await issuing();
      const { stored } = await issueKey(made);
      const { realm, subject } = alice.principal;
      const poorer = { principal: createPrincipal({ realm, subject, roles: ['other'] }), credentialId: undefined };
      const next = await made.apiKeys.rotate(stored.id, poorer, 0, () => undefined);
      expect(next).toMatchObject({ stored: { ownerRoles: [] } });
    });
  });

  describe('its owner', () => {
    test('as they are now, where they are a user: nothing in between is remembered', async () => {
      const made = await issuing();
      const user = {
        id: 'usr_1',
        username: 'Bob',
        tenant: 'default' as TenantId,
        roles: ['baker'],
        passwordHash: undefined,
      };
      await kept.users.add(user);
      const principal = createPrincipal({ realm: 'local', subject: 'usr_1', roles: ['baker'] });
      const bob = { principal, credentialId: undefined };
      const { key, stored } = await issueKey(made, bob);
      expect(stored).toMatchObject({ holder: 'user', expiresAt: undefined, roles: undefined });
      expect(await present(made.backend, key)).toMatchObject({ principal: { roles: ['baker'], subject: 'usr_1' } });

      await kept.users.update('usr_1', { roles: ['chief'] });
      now += 10;
      const owner = stored.owner;
      // The clock of whoever sends word is ahead of ours.
      await made.revocations.revoke([{ kind: 'principal', owner, issuedBefore: now + 3_000, expiresAt: undefined }]);
      const answer = await present(made.backend, key);
      expect(answer).toMatchObject({ kind: 'authenticated', principal: { roles: ['chief'] } });
      const { principal: asPresented, evidence } = answer as never;
      expect(made.revocations.isRevoked({ ...(evidence as object), principal: asPresented })).toBe(false);
      await kept.users.delete('usr_1');
      now += 1_000;
      expect(await isGood(made.backend, key)).toBe(false);
    });

    test('a key of the configuration, as long as it stands there', async () => {
      const secret = 'c2a94f1be07d8356a1f0947be2d65c83f90e17ab44d2c6581b3e7f09';
      const withKey = await issuing({ environment: { API_KEY: secret } });
      const by = {
        principal: createPrincipal({ realm: 'local', subject: 'env:API_KEY' }),
        credentialId: 'env:API_KEY',
      };
      const { key, stored } = await issueKey(withKey, by);
      expect(stored).toMatchObject({ holder: 'key', heldBy: 'env:API_KEY' });
      expect(await isGood(withKey.backend, key)).toBe(true);
      expect(await isGood((await issuing()).backend, key)).toBe(false);
    });

    test('a key of the configuration whose scopes were narrowed: those that it has made are, too', async () => {
      const entry = { id: 'ci', key: { env: 'CI_KEY' }, subject: 'ci' };
      const of = (scopes?: readonly string[]) =>
        issuing({
          options: { keys: [{ ...entry, ...(scopes && { scopes }) }] },
          environment: { CI_KEY: 'c2a94f1be07d8356a1f0947be2d65c83f90e17ab44d2c6581b3e7f09' },
        });
      const before = await of();
      const by = { principal: createPrincipal({ realm: 'local', subject: 'ci' }), credentialId: 'ci' };
      const [whole, narrow] = [await issueKey(before, by), await issueKey(before, by, { scopes: ['graph:*'] })];
      const scopesOf = async (made: typeof before) =>
        Promise.all(
          [whole, narrow].map(async ({ key }) => ((await present(made.backend, key)) as never)['principal']['scopes']),
        );
      expect(await scopesOf(before)).toEqual([undefined, ['graph:*']]);
      expect(await scopesOf(await of(['graph:invoke', 'session:read']))).toEqual([
        ['graph:invoke', 'session:read'],
        ['graph:invoke'],
      ]);
    });

    test('by another of their keys: rotated, it has no part in what the first one is given later', async () => {
      const [one, other] = [
        '6a94f1be07d8356a1f0947be2d65c83f90e17ab44d2c658',
        '0f94f1be07d8356a1f0947be2d65c83f90e17ab44d2c658',
      ];
      const of = (roles: readonly string[]) =>
        issuing({
          options: {
            keys: [
              { id: 'first', key: { env: 'ONE' }, subject: 'ci', roles },
              { id: 'second', key: { env: 'OTHER' }, subject: 'ci', roles: ['reader'] },
            ],
          },
          environment: { ONE: one ?? '', OTHER: other ?? '' },
        });
      const before = await of(['reader']);
      const principal = createPrincipal({ realm: 'local', subject: 'ci', roles: ['reader'] });
      const rotated = [];
      for (const credentialId of ['first', 'second']) {
        const { stored } = await issueKey(before, { principal, credentialId: 'first' });
        const next = await before.apiKeys.rotate(stored.id, { principal, credentialId }, 0, () => undefined);
        if (typeof next === 'string') throw new Error(next);
        rotated.push(next.key);
      }
      const after = await of(['reader', 'chief']);
      const roles = rotated.map(async (key) => ((await present(after.backend, key)) as never)['principal']['roles']);
      expect(await Promise.all(roles)).toEqual([['reader', 'chief'], ['reader']]);
    });

    test('turned out, where nobody can be asked about them: their keys are over, for good', async () => {
      const made = await issuing();
      const { key, stored } = await issueKey(made);
      now += 10;
      const word = { kind: 'principal', owner: stored.owner, issuedBefore: now, expiresAt: now + 60_000 } as const;
      await made.revocations.revoke([word]);
      expect(await isGood(made.backend, key)).toBe(false);
      now += hour;
      expect(await isGood((await issuing()).backend, key)).toBe(false);
      expect(await isGood(made.backend, (await issueKey(made)).key)).toBe(true);
    });
  });

  describe('the pepper', () => {
    test('of before still checks, and its MAC is made anew; taken away, nothing of it is good', async () => {
      const [first, second] = ['a', 'b'].map((letter) => new Secret(letter.repeat(32)));
      if (first === undefined || second === undefined) throw new Error('there are two');
      const before = await issuing({ peppers: createPeppers(first, []) });
      const { key, stored } = await issueKey(before);
      const unused = await issueKey(before);
      const rotated = createPeppers(second, [first]);
      const after = await issuing({ peppers: rotated });
      expect(await isGood(after.backend, key)).toBe(true);
      await expect.poll(async () => (await kept.apiKeys.find(stored.id))?.pepperId).toBe(rotated.current.id);
      const alone = await issuing({ peppers: createPeppers(second, []) });
      expect([await isGood(alone.backend, key), await isGood(alone.backend, unused.key)]).toEqual([true, false]);
    });
  });

  test('when it was last used is written at the end, if not before', async () => {
    const made = await issuing();
    const { key, stored } = await issueKey(made);
    const answer = await present(made.backend, key);
    const use = { address: '192.0.2.1', recordChange: () => undefined };
    await made.backend.admit?.(answer as never, use);
    expect((await kept.apiKeys.find(stored.id))?.lastUsedAt).toBeUndefined();
    await made.backend.close();
    expect((await kept.apiKeys.find(stored.id))?.lastUsedAt).toBe(now);
  });

  test('what is due for rotation is named at start', async () => {
    const told: unknown[] = [];
    const log = { ...silentLog, warn: (fields: LogFields, message: string) => void told.push([fields, message]) };
    const first = await issuing();
    await kept.users.add({
      id: 'usr_2',
      username: 'Bea',
      tenant: 'default' as TenantId,
      roles: [],
      passwordHash: undefined,
    });
    const bea = { principal: createPrincipal({ realm: 'local', subject: 'usr_2' }), credentialId: undefined };
    const due = await issueKey(first, bea);
    now += 90 * day - 1;
    const young = await issueKey(first);
    expect([first.apiKeys.isDueForRotation(due.stored), first.apiKeys.isDueForRotation(young.stored)]).toEqual([
      ...[false, false],
    ]);
    now += 1;
    expect(first.apiKeys.isDueForRotation(due.stored)).toBe(true);
    const { backend } = await issuing({ log, isTrial: false });
    await expect.poll(() => told.length).toBe(1);
    expect(JSON.stringify(told)).toContain(due.stored.id);
    expect(JSON.stringify(told)).not.toContain(young.stored.id);
    expect(backend.describe()).toContain('1 key is due for rotation');
  });

  test('two processes exchange the pepper one after another: known to both before one uses it, every key is good at both', async () => {
    const [former, next] = [new Secret('6f1c29a8e4d05b7398fa42c1d60e8b57'), new Secret('n'.repeat(40))];
    const prepared = createPeppers(former, [next]);
    const exchanged = createPeppers(next, [former]);
    const made = await issueKey(await issuing({ peppers: createPeppers(former, []) }));
    const [one, other] = [await issuing({ peppers: exchanged }), await issuing({ peppers: prepared })];
    expect(await isGood(one.backend, made.key)).toBe(true);
    const isMadeAnew = async () => (await kept.apiKeys.find(made.stored.id))?.pepperId === exchanged.current.id;
    await expect.poll(isMadeAnew, { timeout: 5_000 }).toBe(true);
    const unprepared = await issuing({ peppers: createPeppers(former, []) });
    expect(await isGood(unprepared.backend, made.key)).toBe(false);
    const young = await issueKey(one);
    for (const { backend } of [other, one, other]) {
      now += 1_000;
      expect([await isGood(backend, made.key), await isGood(backend, young.key)]).toEqual([true, true]);
    }
  });

  test('a key of the configuration does not look like one of these', async () => {
    const secret = 'af_sk_c2a94f1be07d8356a1f0947be2d65c83';
    await expect(issuing({ environment: { API_KEY: secret } })).rejects.toThrow('only those do that are issued here');
  });
});
