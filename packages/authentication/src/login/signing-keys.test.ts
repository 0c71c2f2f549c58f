import {
  createPeppers,
  type Log,
  type Peppers,
  Secret,
  type SigningKeyStore,
  type Stores,
  silentLog,
} from '@agentflow/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { describeOnDatabases, type TestDatabase } from '../../../../test/harness/databases.js';
import { useSecret } from '../../../../test/harness/leaks/used-secrets.js';
import { createAccessTokens } from './access-tokens.js';
import type { GeneratedAlgorithm } from './generate-signing-key.js';
import { createSigningKeys } from './signing-keys.js';

const start = Date.parse('2026-01-01T00:00:00Z');
const second = 1000;
const day = 86_400 * second;
const principal = { realm: 'local', subject: 'usr_a', tenant: 'default', roles: ['user'], claims: { username: 'a' } };
const pepper = createPeppers(new Secret('p'.repeat(40)), []);

describeOnDatabases((create) => {
  let now: number;
  let database: TestDatabase;
  let stores: Stores;
  let looks: number;
  /** Instead of the database's own. */
  let answer: SigningKeyStore['list'] | undefined;
  const retired = new Set<string>();
  const clock = { now: () => now };

  /** As one process has them. */
  function processOf(
    options: { readonly algorithm?: GeneratedAlgorithm; readonly peppers?: Peppers; readonly log?: Log } = {},
  ) {
    const { algorithm = 'EdDSA', peppers = pepper, log = silentLog } = options;
    const store = {
      ...stores.signingKeys,
      list() {
        looks += 1;
        return answer === undefined ? stores.signingKeys.list() : answer();
      },
    };
    const keys = createSigningKeys({
      ...{ open: async () => store, algorithm, lifetimeMilliseconds: 90 * day },
      ...{ peppers: () => peppers, isRetired: (id) => retired.has(id), clock, log },
    });
    const rules = { issuer: 'agentflow', audience: 'agentflow', token_ttl: 900 };
    const tokens = createAccessTokens({ keys, areSecrets: false, options: rules, clock });
    const sign = async () => {
      const { token } = await tokens.sign({ principal, sessionId: 'ses_1', notAfter: now + day });
      useSecret(token);
      return token;
    };
    const isGood = async (token: string) => (await tokens.read(token)) !== undefined;
    return { keys, tokens, sign, isGood };
  }

  const keyIdOf = (token: string) =>
    (JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }).kid;

  beforeEach(async () => {
    now = start;
    looks = 0;
    answer = undefined;
    retired.clear();
    database = await create();
    stores = await database.open(clock);
  });
  afterEach(async () => {
    await stores.close();
    await database.remove();
  });

  test('of all processes that want to be first, one makes the key', async () => {
    const processes = Array.from({ length: 5 }, () => processOf());
    const signed = await Promise.all(processes.map(({ sign }) => sign()));
    expect(new Set(signed.map(keyIdOf)).size).toBe(1);
    for (const { isGood } of processes) {
      expect(await Promise.all(signed.map(isGood))).toEqual(signed.map(() => true));
    }
  });

  test('after its time another is made, which is known to all before it signs; the former verifies until its tokens have run out', async () => {
    const [one, two] = [processOf(), processOf()];
    const former = keyIdOf(await one.sign());
    now += 90 * day;
    const late = await one.sign();
    expect(keyIdOf(late)).toBe(former);
    const published = await two.keys.published();
    expect(published.map(({ kid }) => kid)).toEqual([former, expect.not.stringMatching(former)]);
    now += 61 * second;
    const next = await one.sign();
    expect(keyIdOf(next)).toBe(published[1]?.['kid']);
    expect(keyIdOf(await two.sign())).toBe(keyIdOf(next));
    expect(await Promise.all([two.isGood(next), two.isGood(late)])).toEqual([true, true]);
    now += 2 * 3600 * second;
    expect((await one.keys.published()).map(({ kid }) => kid)).toEqual([keyIdOf(next)]);
    now += 90 * day;
    await one.sign();
    expect((await stores.signingKeys.list()).map(({ number }) => number)).toEqual([2, 3]);
  });

  test('taken back before its time, it neither signs nor verifies from that moment on, and another signs at once', async () => {
    const [one, two] = [processOf(), processOf()];
    const before = await one.sign();
    expect(await two.isGood(before)).toBe(true);
    const stolen = keyIdOf(before);
    retired.add(stolen);
    // The row may still be there, and what the processes know of it is a moment old.
    expect(await Promise.all([one.isGood(before), two.isGood(before)])).toEqual([false, false]);
    const [next, other] = await Promise.all([one.sign(), two.sign()]);
    expect(new Set([keyIdOf(next), keyIdOf(other), stolen]).size).toBe(2);
    now += 2 * second;
    expect(await Promise.all([one.isGood(other), two.isGood(next)])).toEqual([true, true]);
    for (const { keys } of [one, two, processOf()]) {
      expect((await keys.published()).map(({ kid }) => kid)).toEqual([keyIdOf(next)]);
    }
    await stores.signingKeys.delete([stolen]);
    now += 30 * second;
    expect(await Promise.all([one.isGood(next), one.isGood(before)])).toEqual([true, false]);
    expect(keyIdOf(await two.sign())).toBe(keyIdOf(next));
  });

  test('tokens of a key that was taken back are in nobody’s way who has one of the next', async () => {
    const [one, two] = [processOf(), processOf()];
    const before = await one.sign();
    expect(await two.isGood(before)).toBe(true);
    now += 2 * second;
    retired.add(keyIdOf(before));
    looks = 0;
    for (let index = 0; index < 100; index += 1) expect(await two.isGood(before)).toBe(false);
    expect(looks).toBe(0);
    expect(await two.isGood(await one.sign())).toBe(true);
  });

  test('a key that another process has made is found when a token names it, and invented ones have nobody asked', async () => {
    const [one, two] = [processOf(), processOf({ algorithm: 'ES256' })];
    await two.sign();
    looks = 0;
    const token = await one.sign();
    now += 2 * second;
    expect(await two.isGood(token)).toBe(true);
    const [, payload = '', signature = ''] = token.split('.');
    looks = 0;
    for (let index = 0; index < 500; index += 1) {
      const header = Buffer.from(JSON.stringify({ alg: 'EdDSA', typ: 'at+jwt', kid: `made-up-${index}` }));
      expect(await two.isGood(`${header.toString('base64url')}.${payload}.${signature}`)).toBe(false);
    }
    expect(looks).toBeLessThanOrEqual(1);
    now += 2 * second;
    expect(await two.isGood(token)).toBe(true);
  });

  test('what is known verifies at once, also while the database does not answer; only what is not known waits for it', async () => {
    const warned: string[] = [];
    const log = { ...silentLog, warn: (_fields: object, message: string) => void warned.push(message) };
    const [one, two] = [processOf({ log }), processOf({ algorithm: 'ES256' })];
    const token = await one.sign();
    const unknown = await two.sign();
    let fail: (error: Error) => void = () => undefined;
    const failing = new Promise<never>((_resolve, reject) => {
      fail = reject;
    });
    answer = () => failing;
    now += 20 * second;
    looks = 0;
    for (let index = 0; index < 100; index += 1) expect(await one.isGood(token)).toBe(true);
    const waiting = one.isGood(unknown);
    expect(looks).toBe(1);
    fail(new Error('the database is away'));
    await expect(waiting).rejects.toThrow('the database is away');
    for (let index = 0; index < 100; index += 1) expect(await one.isGood(token)).toBe(true);
    expect([looks, warned]).toEqual([1, [expect.stringContaining('could not be looked at')]]);
    now += 20 * second;
    expect([await one.isGood(token), looks]).toEqual([true, 2]);
    await expect.poll(() => warned.length, { timeout: 5_000 }).toBe(2);

    answer = undefined;
    expect(await one.isGood(unknown)).toBe(true);
    await database.execute('delete from signing_keys');
    now += 20 * second;
    expect(await one.isGood(token), 'at once, and looked at behind').toBe(true);
    await expect.poll(() => one.isGood(token), { timeout: 5_000 }).toBe(false);
  });

  test('algorithms change one process after another', async () => {
    const [old, young] = [processOf(), processOf({ algorithm: 'ES256' })];
    const [one, two] = [await old.sign(), await young.sign()];
    now += 30 * second;
    for (const { isGood } of [old, young]) expect([await isGood(one), await isGood(two)]).toEqual([true, true]);
    expect(keyIdOf(await old.sign())).toBe(keyIdOf(one));
    expect(keyIdOf(await young.sign())).toBe(keyIdOf(two));
  });

  test('without its pepper a key neither signs nor verifies; with the former pepper it goes on', async () => {
    const token = await processOf().sign();
    const other = new Secret('q'.repeat(40));
    const warned: string[] = [];
    const log = { ...silentLog, warn: (_fields: object, message: string) => void warned.push(message) };
    const stranger = processOf({ peppers: createPeppers(other, []), log });
    const own = await stranger.sign();
    expect([await stranger.isGood(own), await stranger.isGood(token)]).toEqual([true, false]);
    looks = 0;
    for (let index = 0; index < 5; index += 1) {
      now += 2 * second;
      expect(await stranger.isGood(token)).toBe(false);
    }
    // Looked at each time, and told once.
    expect([looks, warned.length]).toEqual([5, 1]);
    const heir = processOf({ peppers: createPeppers(other, [new Secret('p'.repeat(40))]) });
    await heir.sign();
    expect([await heir.isGood(own), await heir.isGood(token)]).toEqual([true, true]);
  });

  test('what the database has is sealed, and whoever writes there brings in no key', async () => {
    const { sign, isGood } = processOf();
    const token = await sign();
    const [row] = await stores.signingKeys.list();
    if (row === undefined) throw new Error('there is no key');
    // ASN.1 of a private key of Ed25519 begins with these bytes (RFC 8410 §7); fewer of them might be there by chance.
    expect(Buffer.from(row.sealed).includes(Buffer.from('302e020100300506032b6570', 'hex'))).toBe(false);
    await stores.signingKeys.add({ ...row, number: 2, keyId: 'moved' });
    now += 30 * second;
    expect(await isGood(token)).toBe(true);
    const fresh = processOf();
    expect((await fresh.keys.published()).map(({ kid }) => kid)).toEqual([keyIdOf(token)]);
  });
});
