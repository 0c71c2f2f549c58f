import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createPasswordHasher, passwordOptionsSchema } from '@agentflow/authentication';
import {
  attemptPolicies,
  createAttempts,
  createKeyDigest,
  createMemoryCounters,
  createPasswordSignIn,
  defaultAttemptNumbers,
  RateLimitedError,
  silentLog,
  systemClock,
} from '@agentflow/core';
import { openSqlite } from '@agentflow/stores';
import { rankSumP } from './statistics/rank-sum.mjs';

/*
 * Whether it can be told from the time of a refusal what was wrong: each kind against the wrong password of somebody who is there, in turn, so
 * that whatever else the machine does happens to all of them.
 */

const usual = { rounds: 1000 };

/** For a test of the bench itself. */
export const small = { rounds: 3 };

const password = 'a password that nobody has';

async function addUsers(users, hasher) {
  const passwordHash = await hasher.hash('another password');
  const user = { tenant: 'default', roles: ['user'] };
  await users.add({ ...user, id: 'usr_there', username: 'there', passwordHash });
  await users.add({ ...user, id: 'usr_disabled', username: 'disabled', passwordHash: await hasher.hash(password) });
  await users.update('usr_disabled', { isDisabled: true });
  await users.add({ ...user, id: 'usr_without', username: 'without', passwordHash: undefined });
}

const free = {
  begin: async () => ({ allowed: true, failed: async () => {}, succeeded: async () => {}, abandoned: async () => {} }),
};

export async function run({ rounds } = usual) {
  const directory = mkdtempSync(join(tmpdir(), 'agentflow-bench-'));
  const stores = await openSqlite(join(directory, 'agentflow.db'), systemClock);
  const hasher = createPasswordHasher(passwordOptionsSchema.parse({}));
  await addUsers(stores.users, hasher);
  const parts = { open: async () => stores, openAttempts: async () => free, hasher, log: silentLog };
  const signIn = createPasswordSignIn(parts);
  const times = { there: [], unknown: [], disabled: [], without: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const username of Object.keys(times)) {
      const began = performance.now();
      const { kind } = await signIn({ username, password, address: '192.0.2.1' });
      times[username].push(performance.now() - began);
      if (kind !== 'refused') throw new Error(`${username} was let in`);
    }
  }
  const locked = await timeLocked({ ...parts, openAttempts: async () => countedAttempts() }, rounds);
  await stores.close();
  rmSync(directory, { recursive: true, force: true });
  const lockedRows = Object.entries(locked).map(([username, taken]) => ({
    case: `locked, ${username}`,
    refused: taken.length,
    medianMilliseconds: median(taken),
    p: username === 'there' ? null : rankSumP(taken, locked.there),
  }));
  const unlockedRows = Object.entries(times).map(([username, taken]) => ({
    case: username,
    refused: taken.length,
    medianMilliseconds: median(taken),
    p: username === 'there' ? null : rankSumP(taken, times.there),
  }));
  const rows = [...unlockedRows, ...lockedRows];
  return {
    rows,
    text: [`${rounds} refusals of each kind, argon2id as it is by default`, ...rows.map(line)].join('\n'),
  };
}

function countedAttempts() {
  const digest = createKeyDigest(randomBytes(32));
  const policies = attemptPolicies(defaultAttemptNumbers);
  return createAttempts({ counters: createMemoryCounters({ clock: systemClock }), digest, policies: () => policies });
}

/** Whoever is locked out is refused before anything is looked up, whether they are there or not. */
async function timeLocked({ openAttempts, ...parts }, rounds) {
  const attempts = await openAttempts();
  const signIn = createPasswordSignIn({ ...parts, openAttempts: async () => attempts });
  const times = { there: [], unknown: [] };
  const isLocked = async (username) => {
    const began = performance.now();
    const error = await signIn({ username, password, address: `192.0.2.${username.length}` }).catch((one) => one);
    const taken = performance.now() - began;
    if (error instanceof RateLimitedError) times[username].push(taken);
    return error instanceof RateLimitedError;
  };
  for (const username of Object.keys(times)) while (!(await isLocked(username)));
  for (const username of Object.keys(times)) times[username].length = 0;
  for (let round = 0; round < rounds; round += 1) for (const username of Object.keys(times)) await isLocked(username);
  return times;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

function line({ case: name, medianMilliseconds, p }) {
  const told = p === null ? 'the others of its kind are held against it' : `p ${p.toFixed(4)}`;
  return `  ${name.padEnd(16)} ${medianMilliseconds.toFixed(3)} ms  ${told}`;
}
